"""Functions that do the same to each tensor of a list, and the checks of conditions, as programs of one's own use them."""

from __future__ import annotations

from conformance import case, raises

LISTS = "torch: Foreach Operations"
CHECKS = "torch: Control Flow"
UNARY = "abs ceil cos erf exp expm1 floor frac lgamma log log1p neg reciprocal round rsqrt sigmoid sign sin sqrt tanh trunc"
BINARY = "add clamp_max clamp_min div maximum minimum mul pow sub"


def tensors(torch):
    """A list to compute with."""
    return [torch.tensor([1.0, 4.0, -9.5]), torch.tensor([[0.5, 2.0]])]


def others(torch):
    """What stands beside it."""
    return [torch.tensor([2.0, 3.0, 4.0]), torch.tensor([[0.25, -2.0]])]


@case(LISTS)
def operations_on_each_tensor_of_a_list(torch):
    """`torch._foreach_exp` and alike give a result for each tensor; with an underscore they change it."""
    for name in UNARY.split():
        yield name, list(getattr(torch, f"_foreach_{name}")(tensors(torch)))
        changed = tensors(torch)
        getattr(torch, f"_foreach_{name}_")(changed)
        yield f"{name}_", changed
    zeros = tensors(torch)
    torch._foreach_zero_(zeros)
    yield "zero_", zeros


@case(LISTS, builds_on=("lists_of_tensors::operations_on_each_tensor_of_a_list",))
def operations_on_each_tensor_and_another(torch):
    """Beside the tensors of a list stand those of another, a number for all, or a number for each."""
    for name in BINARY.split():
        for kind, beside in {"tensors": others(torch), "a number": 2.0, "numbers": [2.0, 3.0]}.items():
            yield f"{name}, {kind}", list(getattr(torch, f"_foreach_{name}")(tensors(torch), beside))
            changed = tensors(torch)
            getattr(torch, f"_foreach_{name}_")(changed, beside)
            yield f"{name}_, {kind}", changed
    yield "alpha", list(torch._foreach_add(tensors(torch), others(torch), alpha=-2))
    yield "a power of one number", list(torch._foreach_pow(2.0, tensors(torch)))
    copied = tensors(torch)
    torch._foreach_copy_(copied, others(torch))
    yield "copy_", copied


@case(LISTS, builds_on=("lists_of_tensors::operations_on_each_tensor_and_another",))
def steps_of_optimizers_on_lists(torch):
    """`addcdiv`, `addcmul`, `lerp` and norms of the tensors of a list, as optimizers write their steps."""
    for name in ("addcdiv", "addcmul"):
        call, change = getattr(torch, f"_foreach_{name}"), getattr(torch, f"_foreach_{name}_")
        for options in ({}, {"value": 2.0}, {"scalars": [1.0, -2.0]}):
            yield f"{name}, {options}", list(call(tensors(torch), others(torch), others(torch), **options))
            changed = tensors(torch)
            change(changed, others(torch), others(torch), **options)
            yield f"{name}_, {options}", changed
    yield "lerp", list(torch._foreach_lerp(tensors(torch), others(torch), 0.25))
    yield "norms", list(torch._foreach_norm(tensors(torch)))
    yield "sums", list(torch._foreach_norm(tensors(torch), 1))


@case(LISTS)
def lists_of_tensors_that_are_refused(torch):
    """An empty list, and a list beside it of another length, are refused."""
    yield "empty", raises(lambda: torch._foreach_exp([]))
    yield "fewer tensors", raises(lambda: torch._foreach_add(tensors(torch), others(torch)[:1]))
    yield "fewer numbers", raises(lambda: torch._foreach_mul(tensors(torch), [1.5]))


@case(CHECKS)
def checks_of_conditions(torch):
    """`torch._check` and its relatives raise an error of their kind with the caller's message, if it is not so."""
    said = {"said": lambda: "three is not four"}
    for kind in ("_check", "_check_index", "_check_value", "_check_type", "_check_not_implemented"):
        check = getattr(torch, kind)
        yield f"{kind}, so", check(True) is None
        for name, message in said.items():
            yield f"{kind}, {name}", raises(lambda check=check, message=message: check(False, message))
    yield "no bool", raises(lambda: torch._check(3))
    yield "an assertion", raises(lambda: torch._assert(torch.tensor(3) > 4, "three is not four"))


@case(LISTS)
def arguments_by_name(torch):
    """Functions of lists take a number, numbers or other tensors by the name that each form has for them."""
    mine, other = tensors(torch), [each + 0.5 for each in tensors(torch)]
    count = len(mine)
    yield "scalar", torch._foreach_add(mine, scalar=2.0)
    yield "other", torch._foreach_mul(self=mine, other=other)
    yield "scalars", torch._foreach_mul(mine, scalars=[0.5 + each for each in range(count)])
    yield "exponent", torch._foreach_pow(mine, exponent=2)
    yield "tensor1, tensor2, value", torch._foreach_addcmul(mine, tensor1=other, tensor2=mine, value=3.0)
    yield "tensors1, weight", torch._foreach_lerp(mine, tensors1=other, weight=0.25)
    yield "in place", torch._foreach_lerp_(mine, other, weight=0.25)
    yield "src", torch._foreach_copy_(mine, src=other)
