"""Forward mode: changes in place, and views that share their tangents."""

from __future__ import annotations

from conformance import case, raises

FORWARD = "torch.autograd: Forward-mode Automatic Differentiation"
IN_PLACE = "Forward-mode Automatic Differentiation: In-place operations"


def _dual(torch, values, tangent):
    return torch.autograd.forward_ad.make_dual(torch.tensor(values), torch.tensor(tangent))


@case(FORWARD)
def changes_in_place_change_the_tangent(torch):
    """A change in place changes the tangent in place, too: the tensor that was given as the tangent."""
    fw = torch.autograd.forward_ad
    x, tangent = torch.tensor([1.5, -2.5]), torch.tensor([0.25, 4.0])
    with fw.dual_level():
        dual = fw.make_dual(x, tangent)
        yield "same object", dual.mul_(3.0) is dual
        yield "tangent is the one given", fw.unpack_dual(dual).tangent is tangent
        yield "tangent", tangent
        yield "x", x
        dual += 1.0
        dual.sin_()
        yield "after sin_", fw.unpack_dual(dual)
        yield "versions", (x._version, tangent._version)


@case(FORWARD)
def arithmetic_in_place(torch):
    """The rules of products and quotients hold in place, with the values from before the change."""
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        other = _dual(torch, [1.25, 2.5], [4.0, 0.25])
        for name in ("add_", "sub_", "mul_", "div_", "pow_"):
            dual = _dual(torch, [1.5, 2.25], [0.5, -3.0])
            getattr(dual, name)(other)
            yield name, fw.unpack_dual(dual).tangent
        dual = _dual(torch, [1.5, 2.25], [0.5, -3.0])
        dual.add_(other, alpha=3)
        yield "add_ with alpha", fw.unpack_dual(dual).tangent
        dual.mul_(dual)
        yield "by itself", fw.unpack_dual(dual).tangent


@case(FORWARD)
def functions_in_place(torch):
    """Functions in place push the tangent with the slope at the values from before."""
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        for name in [
            "exp_",
            "log_",
            "sqrt_",
            "rsqrt_",
            "cos_",
            "tanh_",
            "sigmoid_",
            "relu_",
            "neg_",
            "abs_",
            "reciprocal_",
            "square_",
        ]:
            dual = _dual(torch, [1.5, 2.25], [0.5, -3.0])
            getattr(dual, name)()
            yield name, fw.unpack_dual(dual).tangent
        dual = _dual(torch, [1.5, 2.25], [0.5, -3.0])
        dual.clamp_(max=2.0)
        yield "clamp_", fw.unpack_dual(dual).tangent
        dual.masked_fill_(torch.tensor([True, False]), 7.0)
        yield "masked_fill_", fw.unpack_dual(dual)


@case(FORWARD)
def overwritten_duals(torch):
    """`zero_` and `fill_` with a number leave a tangent of zeros; `copy_` and `fill_` with a dual take the source's."""
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        dual = _dual(torch, [1.5, 2.25], [0.5, -3.0])
        dual.zero_()
        yield "zero_", fw.unpack_dual(dual)
        dual = _dual(torch, [1.5, 2.25], [0.5, -3.0])
        dual.fill_(5.0)
        yield "fill_", fw.unpack_dual(dual)
        dual.fill_(_dual(torch, 2.0, 7.0))
        yield "fill_ with a dual", fw.unpack_dual(dual)
        dual.copy_(_dual(torch, [8.0, 9.0], [0.125, 0.75]))
        yield "copy_", fw.unpack_dual(dual)
        dual.copy_(torch.tensor([1.0, 3.0]))
        yield "copy_ of a plain tensor", fw.unpack_dual(dual)


@case(FORWARD)
def plain_tensors_get_tangents(torch):
    """A plain tensor that is changed with a dual has a tangent from then on."""
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        plain = torch.tensor([3.0, -4.0])
        yield "before", fw.unpack_dual(plain).tangent
        plain.mul_(_dual(torch, [1.5, 2.25], [0.5, -3.0]))
        yield "after mul_", fw.unpack_dual(plain)
        other = torch.tensor([3.0, -4.0])
        other.copy_(_dual(torch, [1.5, 2.25], [0.5, -3.0]))
        yield "after copy_", fw.unpack_dual(other)
        yield "square", fw.unpack_dual(other * other).tangent


@case(FORWARD)
def views_share_their_tangent(torch):
    """The tangent of a view is a view of the tangent: a change through one shows in the other."""
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        dual = _dual(torch, [[1.5, 2.25], [3.0, -4.0]], [[0.5, -3.0], [7.0, 2.0]])
        row = dual[1]
        yield "is a view", fw.unpack_dual(row).tangent._is_view()
        row.mul_(10.0)
        yield "whole", fw.unpack_dual(dual)
        dual.mul_(dual)
        yield "row", fw.unpack_dual(row)
        dual[0] = 6.0
        yield "first row overwritten", fw.unpack_dual(dual)


@case(FORWARD)
def views_of_plain_tensors_get_tangents(torch):
    """When a view of a plain tensor is changed with a dual, the whole gets a tangent that is zeros elsewhere."""
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        plain = torch.tensor([3.0, -4.0, 5.0])
        part = plain[1:]
        part.mul_(_dual(torch, [1.5, 2.25], [0.5, -3.0]))
        yield "part", fw.unpack_dual(part)
        yield "whole", fw.unpack_dual(plain)
        yield "other part", fw.unpack_dual(plain[:2]).tangent
        yield "tangent of the part is a view", fw.unpack_dual(part).tangent._is_view()


@case(FORWARD)
def older_views_get_tangents(torch):
    """A view made before its base got a tangent has its part of it."""
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        plain = torch.tensor([3.0, -4.0, 5.0])
        part, turned = plain[1:], plain.view(3, 1)
        plain.copy_(_dual(torch, [1.5, 2.25, -0.5], [0.5, -3.0, 7.0]))
        yield "part", fw.unpack_dual(part)
        yield "turned", fw.unpack_dual(turned * 2).tangent


@case(FORWARD)
def assigned_elements(torch):
    """Assigned elements bring their tangents; assigned constants have none."""
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        plain = torch.zeros(2, 3)
        plain[0, 1] = _dual(torch, 2.0, 5.0)
        plain[1] = _dual(torch, [1.5, 2.25, -0.5], [0.5, -3.0, 7.0])
        yield "assigned", fw.unpack_dual(plain)
        plain[:, 1] = 8.0
        yield "constant column", fw.unpack_dual(plain)
        plain[torch.tensor([[True, False, False], [False, False, True]])] = _dual(torch, 9.0, -1.0)
        yield "by a mask", fw.unpack_dual(plain)
        plain[torch.tensor([1, 0]), torch.tensor([2, 2])] = _dual(torch, [6.0, 4.0], [0.125, 0.25])
        yield "by indices", fw.unpack_dual(plain)


@case(FORWARD)
def tangents_that_require_grad_are_leaves(torch):
    """A tangent that is a leaf and requires grad refuses a change in place of its dual."""
    fw = torch.autograd.forward_ad
    tangent = torch.tensor([0.25, 4.0], requires_grad=True)
    with fw.dual_level():
        dual = fw.make_dual(torch.tensor([1.5, -2.5]), tangent)
        yield "leaf", raises(lambda: dual.mul_(2.0))
        dual = fw.make_dual(torch.tensor([1.5, -2.5]), tangent * 2)
        dual.mul_(3.0)
        found = fw.unpack_dual(dual).tangent
        yield "computed", found
        found.backward(torch.tensor([1.0, 0.5]))
    yield "gradient of the tangent", tangent.grad


@case(FORWARD)
def recorded_changes_of_tangents(torch):
    """The graph of a tangent that was changed in place copies the new values over the old ones."""
    fw = torch.autograd.forward_ad
    tangent = torch.tensor([0.25, 4.0], requires_grad=True)
    with fw.dual_level():
        dual = fw.make_dual(torch.tensor([1.5, -2.5]), tangent * 1)
        dual.mul_(3.0)
        yield "mul_", fw.unpack_dual(dual).tangent
        dual.zero_()
        yield "zero_", fw.unpack_dual(dual).tangent
        dual = fw.make_dual(torch.tensor([1.5, -2.5]), tangent * 1)
        dual[0] = 5.0
        yield "assigned", fw.unpack_dual(dual).tangent


@case(FORWARD)
def copied_tangents_are_their_own(torch):
    """`copy_` copies the tangent, too: a later change of one tensor does not reach the other."""
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        dual, plain = _dual(torch, [1.5, 2.25], [0.5, -3.0]), torch.zeros(2)
        plain.copy_(dual)
        yield "same tangent", fw.unpack_dual(plain).tangent is fw.unpack_dual(dual).tangent
        plain.mul_(10.0)
        yield "dual", fw.unpack_dual(dual).tangent
        yield "plain", fw.unpack_dual(plain).tangent
        rows = torch.zeros(2, 2)
        rows.copy_(dual)
        yield "broadcast", fw.unpack_dual(rows).tangent


@case(FORWARD)
def detached_in_place(torch):
    """`detach_` takes the tangent away, and inference mode computes none."""
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        plain = torch.tensor([3.0, -4.0])
        plain.mul_(_dual(torch, [1.5, 2.25], [0.5, -3.0]))
        yield "before", fw.unpack_dual(plain).tangent
        plain.detach_()
        yield "after", fw.unpack_dual(plain).tangent
        dual = _dual(torch, [1.5, 2.25], [0.5, -3.0])
        with torch.inference_mode():
            yield "in inference mode", fw.unpack_dual(dual * 2).tangent
        yield "dual", fw.unpack_dual(dual * 2).tangent
