"""Storages, parts of complex numbers, named tuples, and large unsigned integers, which have no order: the same line on both."""

import copy
import pickle
import re
import warnings

import numpy as np
import pytest

import engine

torch = pytest.importorskip("torch")

STORAGES = """
torch.FloatStorage([1.5, 2]).int()
torch.FloatStorage([1.5, 2]).double().type()
torch.FloatStorage([1.5, 0]).bool().tolist()
torch.FloatStorage()
torch.UntypedStorage([1, 2]).half().tolist()
torch.UntypedStorage([300, -1])
torch.UntypedStorage([1.0, 2])
torch.UntypedStorage(2.5)
torch.UntypedStorage([1, 2]).fill_(300).tolist()
torch.UntypedStorage([1, 2]).type()
torch.UntypedStorage([1, 2]).type(torch.ByteStorage)
torch.UntypedStorage([1, 2]).copy_(torch.UntypedStorage([1, 2, 3]))
torch.UntypedStorage.from_buffer(b"abcdefgh", "big", dtype=torch.int16).tolist()
torch.UntypedStorage.from_buffer(b"abcdefgh", "foo", dtype=torch.int16)
torch.UntypedStorage.from_buffer(b"abcdefg", "native", dtype=torch.int16)
torch.IntStorage.from_buffer(b"abcdefgh", "little").tolist()
torch.TypedStorage(wrap_storage=torch.UntypedStorage(8))
x.untyped_storage() == x[0].untyped_storage()
torch.empty(0).set_(x.double().untyped_storage(), -2, (2, 2))
torch.empty(0).set_(x.untyped_storage(), 0, (2, 2), (-1, 1))
torch.empty(0).set_(x.untyped_storage(), 0, (2, 2), (1,))
torch.empty(0).set_(torch.DoubleStorage([1.0]))
torch.zeros(3, 4).T.view(torch.float64)
x.double().view(int)
pickle.loads(pickle.dumps(torch.max(x, 0)))
pickle.loads(pickle.dumps(torch.sort(x)))
pickle.loads(pickle.dumps(torch.linalg.eigh(torch.eye(2))))
pickle.loads(pickle.dumps(torch.ones(2, 3, device="meta", requires_grad=True)))
np.asarray(torch.ones(2, device="meta"))
torch.tensor(2.5).T
torch.tensor(2.5).mT
torch.tensor(2.5).adjoint()
torch.fmod(torch.tensor([1, 2], dtype=torch.uint8), -1)
"""
PLACED = """
x.real = 3
x.imag = 3
y.real = 3
y.imag = torch.arange(3)
y.real = "a"
y.requires_grad_().real = 3
"""
PLACES = """
x.std(0, 1)
x.std(0, 2)
torch.std(x, True, 0)
torch.var_mean(x, 0, 1)
x.sort(True)
x.sort(0, stable=True)
x.sort("a")
torch.sort(x, True, 0)
torch.sort(x, 0, True, False)
x.argsort(True)
x.topk(True)
torch.histogram(x, 3).bin_edges.tolist()
torch.histogram(x, 3, density=True).hist.tolist()
torch.histogram(x, 3, range=(5.0, 0.0))
torch.histogram(x, torch.tensor([0, 3, 8]))
torch.histogram(x, torch.tensor([0.0, 3, 8]), range=(0.0, 1.0))
torch.histogram(x, torch.tensor([[0.0, 3, 8]]))
torch.histogram(x.half(), 3)
torch.histogram(x, [1, 2])
"""
ORDERED = """
max() min() max(0) min(0) amax(0) aminmax() topk(1) kthvalue(1) mode() median() cummax(0) cummin(0) bincount() clamp_min(3)
histc(3) bitwise_not() lt(2) ge(2)
"""


def shown(namespace, line):
    """What the line gives, in words: the result or the error, and the warnings."""
    x = namespace.arange(6.0).reshape(2, 3)
    given = {"torch": namespace, "np": np, "copy": copy, "pickle": pickle, "x": x, "y": x + 1j}
    given["u"] = namespace.tensor([3, 1, 2], dtype=namespace.uint16)
    namespace.set_warn_always(True)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            if " = " in line:
                exec(line, given)
            found = repr((given["x"], given["y"]) if " = " in line else eval(line, given))
        except Exception as error:
            found = f"{type(error).__name__}: {error}"
    namespace.set_warn_always(False)
    texts = [re.sub(r" \(Triggered internally.*", "", str(each.message)) for each in caught]
    return [found.replace("engine.", "torch."), *[each for each in texts if "TypedStorage" not in each]]


@pytest.mark.parametrize("line", (STORAGES + PLACED + PLACES).replace("\n\n", "\n").strip().splitlines())
def test_lines_give_what_pytorch_gives(line):
    assert shown(engine, line) == shown(torch, line)


@pytest.mark.parametrize("call", ORDERED.split())
def test_large_unsigned_integers_have_no_order(call):
    assert shown(engine, f"u.{call}") == shown(torch, f"u.{call}")
