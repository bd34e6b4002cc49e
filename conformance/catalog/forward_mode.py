"""Forward mode: levels, dual tensors and their parts."""

from __future__ import annotations

from conformance import case, raises

FORWARD = "torch.autograd: Forward-mode Automatic Differentiation"
DUAL_LEVEL = "torch.autograd: torch.autograd.forward_ad.dual_level"
MAKE_DUAL = "torch.autograd: torch.autograd.forward_ad.make_dual"
UNPACK_DUAL = "torch.autograd: torch.autograd.forward_ad.unpack_dual"


@case(FORWARD)
def tangent_goes_through_a_function(torch):
    """The tangent of a result is the Jacobian times the tangent of the input."""
    fw = torch.autograd.forward_ad
    x, tangent = torch.tensor([1.5, -2.5]), torch.tensor([0.25, 4.0])
    with fw.dual_level():
        result = (fw.make_dual(x, tangent) ** 3).sin()
        yield "result", result
        primal, found = fw.unpack_dual(result)
        yield "primal", primal
        yield "tangent", found


@case(UNPACK_DUAL)
def unpacked_dual_is_a_named_tuple(torch):
    """`unpack_dual` gives a named tuple: a view of the values, and the very tangent that was given."""
    fw = torch.autograd.forward_ad
    x, tangent = torch.tensor([1.5, -2.5]), torch.tensor([0.25, 4.0])
    with fw.dual_level():
        dual = fw.make_dual(x, tangent)
        unpacked = fw.unpack_dual(dual)
        yield "fields", unpacked._fields
        yield "is a tuple", isinstance(unpacked, tuple)
        yield "class", type(unpacked).__name__
        yield "class of the module", isinstance(unpacked, fw.UnpackedDualTensor)
        yield "same tangent", unpacked.tangent is tangent
        yield "same primal", unpacked.primal is dual
        yield "shares memory", unpacked.primal.data_ptr() == x.data_ptr()
        yield "is a view", unpacked.primal._is_view()
        yield "text", str(unpacked)


@case(MAKE_DUAL)
def dual_is_a_view_of_its_primal(torch):
    """`make_dual` makes another tensor over the same memory; the tensor itself has no tangent."""
    fw = torch.autograd.forward_ad
    x = torch.tensor([1.5, -2.5])
    with fw.dual_level():
        dual = fw.make_dual(x, torch.tensor([0.25, 4.0]))
        yield "same object", dual is x
        yield "same memory", dual.data_ptr() == x.data_ptr()
        yield "is a view", dual._is_view()
        yield "base is the tensor", dual._base is x
        yield "tensor's tangent", fw.unpack_dual(x).tangent
        x.add_(1.0)
        yield "dual after the tensor changed", fw.unpack_dual(dual).primal
        yield "versions", (x._version, dual._version)


@case(FORWARD)
def duals_print_their_tangent(torch):
    """The text of a dual tensor shows its tangent, also where the values need several lines."""
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        print(fw.make_dual(torch.tensor([1.5, -2.5]), torch.tensor([0.25, 4.0])))
        print(fw.make_dual(torch.tensor(1.5), torch.tensor(-0.25)))
        print(fw.make_dual(torch.tensor([[1.5, 2.5], [3.5, 4.5]]), torch.tensor([[0.25, 4.0], [-1.0, 2.0]])))
        leaf = torch.tensor([1.5, -2.5], requires_grad=True)
        dual = fw.make_dual(leaf, torch.tensor([0.25, 4.0], dtype=torch.float64))
        print(dual)
        print(dual * 3)
        yield "matrix", fw.make_dual(torch.eye(2), torch.full((2, 2), 0.125)) + 1


@case(DUAL_LEVEL)
def tangents_end_with_the_level(torch):
    """After the level a tensor has no tangent, and it prints none."""
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        dual = fw.make_dual(torch.tensor([1.5, -2.5]), torch.tensor([0.25, 4.0]))
        result = dual * 2
    yield "result", result
    unpacked = fw.unpack_dual(result)
    yield "tangent", unpacked.tangent
    yield "primal is the tensor", unpacked.primal is result
    with fw.dual_level():
        yield "in the next level", fw.unpack_dual(result).tangent
        again = fw.make_dual(result, torch.tensor([7.0, 8.0]))
        yield "new tangent", fw.unpack_dual(again * 2).tangent


@case(DUAL_LEVEL)
def levels_are_numbers(torch):
    """`enter_dual_level` gives the level's number, which `make_dual`, `unpack_dual` and `exit_dual_level` take."""
    fw = torch.autograd.forward_ad
    with fw.dual_level() as number:
        yield "as a context manager", number
    level = fw.enter_dual_level()
    try:
        yield "number", level
        dual = fw.make_dual(torch.tensor(1.5), torch.tensor(0.25), level=level)
        yield "tangent", fw.unpack_dual(dual * dual, level=level).tangent
    finally:
        fw.exit_dual_level(level=level)
    yield "tangent afterwards", fw.unpack_dual(dual).tangent


@case(DUAL_LEVEL)
def levels_cannot_be_nested(torch):
    """A second level inside the first is refused, and the first one stays."""
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        dual = fw.make_dual(torch.tensor(1.5), torch.tensor(0.25))
        yield "nested", raises(lambda: fw.enter_dual_level())
        yield "nested with", raises(lambda: fw.dual_level().__enter__())
        yield "still there", fw.unpack_dual(dual * 3).tangent


@case(DUAL_LEVEL)
def leaving_what_was_not_entered(torch):
    """Leaving without a level, or another level than the last one, is refused."""
    fw = torch.autograd.forward_ad
    yield "no level", raises(lambda: fw.exit_dual_level())
    with fw.dual_level():
        yield "another level", raises(lambda: fw.exit_dual_level(level=1))
        dual = fw.make_dual(torch.tensor(1.5), torch.tensor(0.25))
        yield "still there", fw.unpack_dual(dual * 3).tangent


@case(DUAL_LEVEL)
def level_ends_with_an_exception(torch):
    """A level that an exception leaves is ended, and another can be entered."""
    fw = torch.autograd.forward_ad
    kept = []

    def fail():
        with fw.dual_level():
            kept.append(fw.make_dual(torch.tensor(1.5), torch.tensor(0.25)))
            raise ValueError("inside")

    yield "inside", raises(fail)
    yield "tangent", fw.unpack_dual(kept[0]).tangent
    with fw.dual_level() as number:
        yield "next level", number


@case(DUAL_LEVEL)
def level_as_a_decorator(torch):
    """As a decorator the level lasts as long as the call."""
    fw = torch.autograd.forward_ad

    @fw.dual_level()
    def pushed(x, tangent):
        return fw.unpack_dual(fw.make_dual(x, tangent) ** 2).tangent

    yield "tangent", pushed(torch.tensor([1.5, -2.5]), torch.tensor([0.25, 4.0]))
    yield "again", pushed(torch.tensor(3.0), torch.tensor(0.5))
    yield "outside", raises(lambda: fw.make_dual(torch.tensor(1.5), torch.tensor(0.25)))


@case(MAKE_DUAL)
def dual_without_a_level(torch):
    """Outside a level, `make_dual` is refused and `unpack_dual` finds no tangent."""
    fw = torch.autograd.forward_ad
    x = torch.tensor([1.5, -2.5])
    yield "make_dual", raises(lambda: fw.make_dual(x, x))
    yield "make_dual with a level", raises(lambda: fw.make_dual(x, x, level=0))
    primal, tangent = fw.unpack_dual(x)
    yield "tangent", tangent
    yield "primal is the tensor", primal is x


@case(MAKE_DUAL)
def integers_have_no_tangents(torch):
    """Primal and tangent must be floating or complex."""
    fw = torch.autograd.forward_ad
    x, numbers = torch.tensor([1.5, -2.5]), torch.tensor([1, 2])
    with fw.dual_level():
        yield "integer primal", raises(lambda: fw.make_dual(numbers, x))
        yield "integer tangent", raises(lambda: fw.make_dual(x, numbers))
        yield "bool tangent", raises(lambda: fw.make_dual(x, x > 0))
        yield "no tangent", raises(lambda: fw.make_dual(x, None))
        yield "number", raises(lambda: fw.make_dual(x, 2.0))


@case(MAKE_DUAL)
def tangents_must_fit(torch):
    """The tangent must have the primal's size: it is not broadcast."""
    fw = torch.autograd.forward_ad
    x = torch.tensor([[1.5, -2.5, 0.5]])
    with fw.dual_level():
        yield "smaller", raises(lambda: fw.make_dual(x, torch.tensor([1.0, 2.0, 3.0])))
        yield "0-d", raises(lambda: fw.make_dual(x, torch.tensor(1.0)))
        yield "other sizes", raises(lambda: fw.make_dual(x, torch.ones(3, 1)))
        yield "fits", fw.unpack_dual(fw.make_dual(x, torch.tensor([[3.0, 4.0, 5.0]]))).tangent


@case(MAKE_DUAL)
def one_tangent_only(torch):
    """A dual is not made of a dual, and a dual is no tangent."""
    fw = torch.autograd.forward_ad
    x, tangent = torch.tensor([1.5, -2.5]), torch.tensor([0.25, 4.0])
    with fw.dual_level():
        dual = fw.make_dual(x, tangent)
        yield "dual of a dual", raises(lambda: fw.make_dual(dual, tangent))
        yield "dual of its result", raises(lambda: fw.make_dual(dual * 2, tangent))
        yield "dual as the tangent", raises(lambda: fw.make_dual(x, dual))
        again = fw.make_dual(fw.unpack_dual(dual).primal, torch.tensor([7.0, 8.0]))
        yield "of its primal", fw.unpack_dual(again * 2).tangent
        yield "the first one", fw.unpack_dual(dual * 2).tangent


@case(MAKE_DUAL)
def unknown_levels(torch):
    """A level that does not exist is refused."""
    fw = torch.autograd.forward_ad
    x = torch.tensor([1.5, -2.5])
    with fw.dual_level():
        dual = fw.make_dual(x, x)
        yield "make_dual", raises(lambda: fw.make_dual(x, x, level=1))
        yield "unpack_dual", raises(lambda: fw.unpack_dual(dual, level=1))
        yield "negative make_dual", raises(lambda: fw.make_dual(x, x, level=-1))
        yield "negative unpack_dual", fw.unpack_dual(dual, level=-1).tangent
        yield "no tensor", raises(lambda: fw.unpack_dual(2.5))


@case(MAKE_DUAL)
def tangent_of_another_type(torch):
    """The tangent may have another floating type; results promote both."""
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        dual = fw.make_dual(torch.tensor([1.5, -2.5]), torch.tensor([0.25, 4.0], dtype=torch.float64))
        yield "tangent", fw.unpack_dual(dual).tangent
        squared = fw.unpack_dual(dual * dual)
        yield "primal of the square", squared.primal
        yield "tangent of the square", squared.tangent


@case(MAKE_DUAL)
def tangent_is_laid_out_as_the_primal(torch):
    """A tangent with other strides is copied, so that views of both match; then the one given stays as it is."""
    fw = torch.autograd.forward_ad
    x = torch.arange(6.0).reshape(3, 2).t()
    tangent = torch.arange(6.0).reshape(2, 3) / 4
    with fw.dual_level():
        dual = fw.make_dual(x, tangent)
        found = fw.unpack_dual(dual).tangent
        yield "same object", found is tangent
        yield "strides", (x.stride(), tangent.stride(), found.stride())
        yield "values", found
        dual.mul_(2.0)
        yield "the one given", tangent
        yield "tangent", fw.unpack_dual(dual).tangent


@case(UNPACK_DUAL)
def tensors_without_a_tangent(torch):
    """What was not computed from a dual has no tangent, nor have integers computed from one."""
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        dual = fw.make_dual(torch.tensor([1.5, -2.5]), torch.tensor([0.25, 4.0]))
        yield "other tensor", fw.unpack_dual(torch.tensor([1.0]) * 3).tangent
        yield "comparison", fw.unpack_dual(dual > 0).tangent
        yield "index of the largest", fw.unpack_dual(dual.argmax()).tangent
        yield "integers", fw.unpack_dual(dual.to(torch.int64)).tangent
        yield "any", fw.unpack_dual((dual > 0).any()).tangent
        values, indices = dual.max(0)
        yield "indices", fw.unpack_dual(indices).tangent
        yield "values", fw.unpack_dual(values).tangent


@case(FORWARD)
def detached_duals(torch):
    """`detach`, `data` and the unpacked primal have no tangent."""
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        dual = fw.make_dual(torch.tensor([1.5, -2.5]), torch.tensor([0.25, 4.0]))
        yield "detach", dual.detach()
        yield "data", dual.data
        yield "primal", fw.unpack_dual(dual).primal * 3
        yield "primal of a result", fw.unpack_dual(dual * 3).primal * 2
        yield "list", dual.tolist()
        yield "number", dual[0].item()


@case(FORWARD)
def forward_mode_without_grad_mode(torch):
    """Tangents are computed under `no_grad` as well."""
    fw = torch.autograd.forward_ad
    x = torch.tensor([1.5, -2.5], requires_grad=True)
    with fw.dual_level(), torch.no_grad():
        result = (fw.make_dual(x, torch.tensor([0.25, 4.0])) ** 2).exp()
        yield "result", result
        yield "tangent", fw.unpack_dual(result).tangent
        yield "requires_grad", result.requires_grad


@case("torch.autograd: torch.autograd.Function.jvp")
def function_without_jvp(torch):
    """A custom function without `jvp` is refused in forward mode, where its input has a tangent."""
    fw = torch.autograd.forward_ad

    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * 2

    with fw.dual_level():
        dual = fw.make_dual(torch.tensor([1.5, -2.5]), torch.tensor([0.25, 4.0]))
        yield "dual", raises(lambda: Double.apply(dual))
        yield "plain", Double.apply(torch.tensor([1.5]))


@case("torch.autograd: torch.autograd.Function.jvp")
def function_with_jvp(torch):
    """A custom function's `jvp` gives the tangent of its result."""
    fw = torch.autograd.forward_ad

    class Scale(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, factor):
            ctx.factor = factor
            return x * factor

        @staticmethod
        def jvp(ctx, x_tangent, factor_tangent):
            print("tangents", x_tangent, factor_tangent)
            return x_tangent * ctx.factor * 100

    with fw.dual_level():
        dual = fw.make_dual(torch.tensor([1.5, -2.5]), torch.tensor([0.25, 4.0]))
        result = fw.unpack_dual(Scale.apply(dual, 3.0))
        yield "primal", result.primal
        yield "tangent", result.tangent


@case(FORWARD)
def refused_operations(torch):
    """An operation without a derivative refuses a tangent, and computes without one."""
    fw = torch.autograd.forward_ad
    x = torch.tensor([7.5, -2.5])
    with fw.dual_level():
        dual = fw.make_dual(x, torch.tensor([0.25, 4.0]))
        yield "floor_divide by a number", raises(lambda: dual // 2)
        yield "floor_divide by a tensor", raises(lambda: x // dual)
        yield "without", x // 2
