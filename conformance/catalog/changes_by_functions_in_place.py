"""The in-place forms of functions, element by element: values, versions, histories, refusals."""

from __future__ import annotations

from conformance import case, raises

TENSOR = "torch.Tensor: In-place functions"


def _changed(torch, name, *operands, start=(0.25, -0.75, 0.5)):
    """What a change in place leaves behind: the tensor, and the gradient of the leaf behind it."""
    leaf = torch.tensor(list(start), requires_grad=True)
    x = leaf * 1.5
    result = getattr(x, name)(*operands)
    yield f"{name}", x
    yield f"{name} returns the tensor", result is x
    yield f"{name}: gradient", torch.autograd.grad(x, leaf, torch.tensor([1.0, -2.0, 0.5]))


@case(TENSOR)
def exponentials_in_place(torch):
    """Exponentials and logarithms have in-place forms."""
    for name in ("exp2_", "expm1_"):
        yield from _changed(torch, name)
    for name in ("log2_", "log10_", "log1p_"):
        yield from _changed(torch, name, start=(0.25, 1.75, 2.5))


@case(TENSOR)
def trigonometry_in_place(torch):
    """Trigonometric and hyperbolic functions have in-place forms."""
    for name in ("tan_", "sinh_", "cosh_", "asin_", "acos_", "atan_", "sinc_"):
        yield from _changed(torch, name, start=(0.25, -0.5, 0.125))


@case(TENSOR)
def inverse_hyperbolic_functions_in_place(torch):
    """In place, inverse hyperbolic functions have no derivative, as backward says."""
    for name, start in (("asinh_", 0.75), ("atanh_", -0.5), ("acosh_", 2.5), ("arctanh_", 0.25)):
        leaf = torch.tensor([start, start + 0.125], requires_grad=True)
        x = leaf * 1.5
        yield name, getattr(x, name)()
        yield f"{name}: backward", raises(lambda: x.backward(torch.tensor([1.0, -2.0])))  # noqa: B023


@case(TENSOR)
def rounding_in_place(torch):
    """What rounds in place has a gradient of zeros, but keeps its history."""
    for name in ("floor_", "ceil_", "round_", "trunc_", "frac_", "sign_"):
        yield from _changed(torch, name, start=(1.25, -0.75, 2.5))


@case(TENSOR)
def bounds_in_place(torch):
    """Bounds in place let the gradient through inside."""
    yield from _changed(torch, "clamp_", -0.5, 0.5)
    yield from _changed(torch, "clamp_min_", 0.0)
    yield from _changed(torch, "clamp_max_", torch.tensor([0.5, 0.5, 0.25]))


@case(TENSOR)
def sums_of_products_in_place(torch):
    """`addcmul_`, `addcdiv_` and `lerp_` change their first operand."""
    y = torch.tensor([1.25, 0.5, -1.5])
    z = torch.tensor([2.5, -0.75, 0.5])
    yield from _changed(torch, "addcmul_", y, z)
    yield from _changed(torch, "addcdiv_", y, z)
    yield from _changed(torch, "lerp_", y, 0.25)


@case(TENSOR)
def two_operands_in_place(torch):
    """Functions of two tensors have in-place forms."""
    other = torch.tensor([1.25, 0.5, 2.5])
    for name in ("atan2_", "hypot_", "copysign_", "fmod_", "xlogy_", "ldexp_"):
        yield from _changed(torch, name, other)


@case(TENSOR)
def special_functions_in_place(torch):
    """Error and gamma functions have in-place forms."""
    for name in ("erf_", "erfc_", "erfinv_"):
        yield from _changed(torch, name)
    for name in ("lgamma_", "digamma_", "i0_"):
        yield from _changed(torch, name, start=(0.5, 1.25, 2.5))


@case(TENSOR)
def comparisons_in_place(torch):
    """A comparison in place leaves 1 and 0 in the tensor's type."""
    x = torch.tensor([1.5, 2.5, 3.5])
    yield "gt_", x.clone().gt_(2.0)
    yield "less_equal_", x.clone().less_equal_(torch.tensor([1.5, 2.0, 4.0]))
    yield "eq_", x.clone().eq_(2.5)
    yield "logical_not_", torch.tensor([0.0, 2.5]).logical_not_()
    yield "logical_xor_", torch.tensor([0, 3]).logical_xor_(torch.tensor([1, 1]))


@case(TENSOR)
def bits_in_place(torch):
    """Bits are inverted and shifted in place, by methods and by operators."""
    x = torch.tensor([5, -3])
    yield "bitwise_not_", x.clone().bitwise_not_()
    yield "bitwise_left_shift_", x.clone().bitwise_left_shift_(2)
    y = x.clone()
    y <<= torch.tensor([1, 2])
    yield "<<=", y
    y >>= 1
    yield ">>=", y
    yield "version", y._version


@case(TENSOR)
def scans_in_place(torch):
    """Running sums and products are taken in place."""
    yield from _changed(torch, "cumsum_", 0)
    yield from _changed(torch, "cumprod_", 0)
    x = torch.tensor([3, 4])
    yield "integers", x.cumsum_(0)


@case(TENSOR)
def functions_that_change_their_argument(torch):
    """The namespace has the in-place forms as functions, too."""
    x = torch.tensor([0.25, 0.75])
    for name in ("exp_", "sqrt_", "sigmoid_", "erf_", "neg_", "square_"):
        result = getattr(torch, name)(x)
        yield name, x
        yield f"torch.{name} returns it", result is x
    yield "version", x._version


@case(TENSOR)
def results_that_do_not_fit_in_place(torch):
    """A floating result does not fit into integers, nor a larger shape into a smaller one."""
    whole = torch.tensor([3, 4])
    yield "erf_", raises(lambda: whole.erf_())
    yield "atan2_", raises(lambda: whole.atan2_(torch.tensor([1.5, 2.5])))
    yield "lerp_", raises(lambda: torch.tensor([1.5]).lerp_(torch.tensor([1.5, 2.5]), 0.5))
    leaf = torch.tensor([1.5], requires_grad=True)
    yield "a leaf", raises(lambda: leaf.erf_())


@case("torch.Tensor: Operators")
def numbers_before_operators(torch):
    """Operators take a number on their left."""
    x = torch.tensor([2.0, -4.5], requires_grad=True)
    yield "7 // x", 7 // x.detach()
    yield "7 % x", 7.5 % x.detach()
    yield "2.5 - x", 2.5 - x
    yield "2.5 ** x", 2.5**x
    whole = torch.tensor([6, 3])
    yield "&", 5 & whole
    yield "|", 8 | whole
    yield "^", 5 ^ whole
    yield "<<", 3 << whole
    yield ">>", 192 >> whole


@case("torch.Tensor: Operators")
def operands_that_operators_refuse(torch):
    """An operator hands back what is no operand, and Python refuses it."""
    x = torch.tensor([2, 3])
    yield "<<", raises(lambda: x << "a")
    yield "&", raises(lambda: "a" & x)
    yield "//", raises(lambda: None // x)
    yield "@", raises(lambda: x @ 2)
    yield "list @", raises(lambda: [1, 2] @ x)
    yield "divmod", raises(lambda: divmod(x, 2))
    yield "a float & an integer tensor", raises(lambda: 1.5 & x)
