"""Records of cases, written by hand as the plain data that a recording holds."""

import base64

import numpy as np

from conformance.case import Case
from conformance.comparison import compare_case

RETURNED = {"how": "returned"}
CRASH = {"how": "crash", "exit": -11}
TIMEOUT = {"how": "timeout", "after": 20.0}


def raised(kind="ValueError", message="no", **more):
    return {"how": "raised", "error type": kind, "error message": message, "line": "x", **more}


def data(values, dtype="float32"):
    if dtype == "bfloat16":
        array = np.array(values, np.float32)
        packed = (array.view(np.uint32) >> 16).astype("<u2")
    else:
        array = packed = np.array(values, np.dtype(dtype).newbyteorder("<"))
    encoded = base64.b64encode(packed.tobytes()).decode()
    return {"tensor": {"dtype": dtype, "shape": list(array.shape), "data": encoded}}


def tensor(label, values, dtype="float32", **changes):
    aspects = {
        "value": data(values, dtype),
        "dtype": f"torch.{dtype}",
        "shape": list(np.shape(values)),
        "requires_grad": False,
        "is_leaf": True,
        "grad_fn": None,
        "graph": None,
        "version": 0,
        "text": f"tensor({np.array(values, float).round(4).tolist()})",
    }
    return {"label": label, "aspects": {**aspects, **changes}}


def text(label, shown):
    return {"label": label, "aspects": {"text": shown}}


def value(label, shown):
    return {"label": label, "aspects": {"value": shown}}


def error(label, kind="RuntimeError", message="cannot", **more):
    return {"label": label, "aspects": {"error type": kind, "error message": message}, **more}


def record(*observations, end=RETURNED, **changes):
    standard = {"id": "file::name", "stdout": "", "stderr": "", "warnings": [], "seconds": 0.1}
    return {**standard, "observations": list(observations), "end": end, **changes}


def case(case_id="file::name", tolerance=None, builds_on=()):
    return Case(
        case_id, "It holds.", "Document", (), builds_on, tolerance, "a reason" if tolerance else None, print
    )


def judge(reference, subject, others=(), **options):
    return compare_case(case(**options), reference, subject, others)


def verdict_of(reference, subject, **options):
    """The verdict on two records of one observation each."""
    return judge(record(reference), record(subject), **options).verdict


def findings_of(judged):
    return {(finding.observation, finding.aspect): finding.verdict for finding in judged.findings}
