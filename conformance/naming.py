"""Says which names a subject has, in its interpreter: `python -u conformance/naming.py SPEC DEVICE`.

    in   {"names": {namespace: [names]} or null}
    out  {"header": ..}  or  {"error": sentence}, then {"found": {namespace: [names]}}

For null these are all public names; else those of the given ones that are there.
"""

from __future__ import annotations

import importlib
import os
import sys

if __name__ == "__main__":  # started by its path: the folder of this file is no place to import from
    FOLDER = os.path.dirname(os.path.realpath(__file__))
    others = [path for path in sys.path if os.path.realpath(path) != FOLDER]
    sys.path[:] = [os.path.dirname(FOLDER), os.getcwd(), *others]
    importlib.import_module("conformance.naming").main(*sys.argv[1:])
    sys.exit()

import json
from functools import reduce
from types import ModuleType
from typing import Any

from .observe import clean
from .subject import SubjectError, load
from .worker import conversation

NAMESPACES = (
    "torch",
    "Tensor",
    "nn",
    "nn.functional",
    "nn.init",
    "optim",
    "optim.lr_scheduler",
    "linalg",
    "fft",
    "special",
    "autograd",
    "utils.data",
    "distributions",
)


def main(spec: str, device: str) -> None:
    """Load a subject and answer one request."""
    requests, send = conversation()
    try:
        subject = load(spec, device)
    except SubjectError as error:
        send(error=clean(str(error)))
        return
    send(header={"subject": subject.described()})
    wanted = json.loads(requests.readline())["names"]
    found = {}
    for name in NAMESPACES:
        holder = _holder(subject.namespace, name)
        if wanted is None:
            found[name] = [each for each in _listed(holder) if _is_public(holder, each)]
        else:
            found[name] = [each for each in wanted.get(name, ()) if _has(holder, each)]
    send(found=found)


def _holder(namespace: Any, name: str) -> Any:
    if name == "torch":
        return namespace
    if isinstance(namespace, ModuleType) and name != "Tensor":
        try:
            return importlib.import_module(f"{namespace.__name__}.{name}")
        except ImportError:
            pass  # it may still be an attribute
    try:
        return reduce(getattr, name.split("."), namespace)
    except BaseException:  # the namespace is the subject's
        return None


def _listed(holder: Any) -> list[str]:
    """What a module says that it offers; all that it has where it does not say, or where that is `torch`."""
    offered = getattr(holder, "__all__", None)
    return sorted(dir(holder) if offered is None or hasattr(holder, "Tensor") else offered)


def _is_public(holder: Any, name: str) -> bool:
    """Whether PyTorch means this name for its users: no module or remark, and nothing imported for itself."""
    if name.startswith("_") or not _has(holder, name):
        return False
    value = getattr(holder, name)
    origin = getattr(value, "__module__", None) or "torch"
    return not isinstance(value, (ModuleType, str, dict, bool)) and str(origin).partition(".")[0] == "torch"


def _has(holder: Any, name: str) -> bool:
    try:
        getattr(holder, name)
    except BaseException:  # a subject may raise anything
        return False
    return True
