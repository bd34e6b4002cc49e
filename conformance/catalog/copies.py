"""What `copy.copy` and `copy.deepcopy` make of a tensor: memory, version, history, gradient and attributes."""

from __future__ import annotations

import copy

from conformance import case, raises

PAGE = "torch.Tensor: copy.deepcopy"
COPIES = (("copy", copy.copy), ("deepcopy", copy.deepcopy))


def leaf(torch):
    """A leaf with a gradient that was changed in place once."""
    x = torch.tensor([1.5, 2.5, 4.0], requires_grad=True)
    x.grad = torch.tensor([3.0, -1.0, 0.5])
    with torch.no_grad():
        x.mul_(2)
    return x


@case(PAGE)
def memory_of_copies(torch):
    """A shallow copy is over the memory of the tensor; a deep copy is not."""
    for name, make in COPIES:
        x = torch.tensor([1.5, 2.5, 4.0])
        copied = make(x)
        copied[1] = -7.0
        yield f"{name}: changed", copied
        yield f"{name}: original", x


@case(PAGE)
def versions_of_copies(torch):
    """Each copy counts its changes by itself, from 1 on: its memory was set once."""
    for name, make in COPIES:
        x = leaf(torch)
        copied = make(x)
        yield f"{name}: before", (copied._version, x._version)
        with torch.no_grad():
            copied.add_(1)
        yield f"{name}: after", (copied._version, x._version)


@case(PAGE)
def gradients_of_copies(torch):
    """A shallow copy has no `.grad`; a deep one has a copy of it."""
    for name, make in COPIES:
        x = leaf(torch)
        copied = make(x)
        yield f"{name}: gradient", copied.grad
        yield f"{name}: the same", copied.grad is x.grad
        yield f"{name}: leaf", copied


@case(PAGE)
def strides_of_copies(torch):
    """Copies of a view keep its strides and its offset, and are no views."""
    for name, make in COPIES:
        base = torch.arange(24.0).reshape(2, 3, 4)
        copied = make(base.transpose(0, 2)[1:])
        yield f"{name}: strides", (copied.stride(), copied.storage_offset(), copied._is_view())
        copied.fill_(9.0)
        yield f"{name}: base", base.sum()


@case(PAGE)
def deep_copies_of_expanded_tensors(torch):
    """A deep copy of an expanded tensor is expanded, too: its rows share memory."""
    copied = copy.deepcopy(torch.tensor([1.5, -2.0, 0.25]).expand(2, 3))
    yield "strides", copied.stride()
    copied[0, 1:2].fill_(8.0)
    yield "copy", copied


@case(PAGE)
def memory_shared_within_a_deep_copy(torch):
    """Tensors that share memory still do in a deep copy of both."""
    x = torch.tensor([0.5, 1.5, 2.5])
    one, same, part = copy.deepcopy([x, x, x[1:]])
    one.fill_(7.0)
    yield "the same object", one is same
    yield "part", part
    yield "original", x


@case(PAGE)
def copies_of_results(torch):
    """A shallow copy of a result is a leaf that requires grad; a deep copy is refused."""
    y = torch.tensor([1.5, 2.5], requires_grad=True) * 3
    copied = copy.copy(y)
    yield "copy", copied
    yield "deep copy", raises(lambda: copy.deepcopy(y))


@case(PAGE)
def copies_of_parameters(torch):
    """Copies of a parameter are parameters whose version is 0; only the shallow one keeps attributes."""
    for name, make in COPIES:
        p = torch.nn.Parameter(torch.tensor([1.5, -2.0]))
        p.grad = torch.tensor([3.0, 4.0])
        p.role = "weight"
        with torch.no_grad():
            p.mul_(2)
        copied = make(p)
        yield f"{name}: parameter", copied
        yield f"{name}: gradient", copied.grad
        yield f"{name}: attribute", getattr(copied, "role", None)
        yield f"{name}: shares memory", copied.data_ptr() == p.data_ptr()


@case(PAGE)
def attributes_of_copies(torch):
    """Attributes of a tensor are copied: the objects themselves by a shallow copy, copies of them by a deep one."""
    for name, make in COPIES:
        x = torch.tensor([1.5, 2.5])
        x.notes = ["first"]
        copied = make(x)
        yield name, (copied.notes, copied.notes is x.notes)


@case(PAGE)
def hooks_of_copies(torch):
    """Hooks are not copied; a shallow copy warns of that."""
    for name, make in COPIES:
        calls = []
        x = torch.tensor([1.5, 2.5], requires_grad=True)
        x.register_hook(calls.append)
        copied = make(x)
        (copied * torch.tensor([2.0, 3.0])).sum().backward()
        yield f"{name}: gradients", (copied.grad, x.grad)
        yield f"{name}: calls", len(calls)


@case(PAGE)
def copies_of_conjugates(torch):
    """A shallow copy of a lazy conjugate is lazy, a deep copy is not."""
    for name, make in COPIES:
        copied = make(torch.tensor([1 + 2j, 3j]).conj())
        yield name, copied
        yield f"{name}: lazy", copied.is_conj()


@case(PAGE)
def copies_of_dual_tensors(torch):
    """Copies of a dual tensor have no tangent."""
    forward_ad = torch.autograd.forward_ad
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(torch.tensor([1.5, 2.5]), torch.tensor([3.0, -4.0]))
        for name, make in COPIES:
            yield name, forward_ad.unpack_dual(make(dual)).tangent is None
        yield "original", forward_ad.unpack_dual(dual).tangent


@case(PAGE)
def copies_of_inference_tensors(torch):
    """Copies of an inference tensor that are made outside of inference mode are ordinary tensors."""
    with torch.inference_mode():
        x = torch.tensor([1.5, 2.5])
    for name, make in COPIES:
        copied = make(x)
        yield name, (copied.is_inference(), copied._version)


@case(PAGE)
def gradient_types_of_copies(torch):
    """Copies have the `grad_dtype` of a new leaf, not that of the tensor."""
    x = torch.tensor([1.5, 2.5], requires_grad=True)
    x.grad_dtype = torch.float64
    for name, make in COPIES:
        yield name, make(x).grad_dtype


@case("torch.func: torch.func.grad")
def copies_inside_grad(torch):
    """A tensor inside `grad` cannot be copied: it has no storage."""
    x = torch.tensor([1.5, 2.5])
    for name, make in COPIES:
        yield name, raises(lambda make=make: torch.func.grad(lambda y: (make(y) * y).sum())(x))
    yield "result", raises(lambda: torch.func.grad(lambda y: copy.deepcopy(y * 2).sum())(x))
