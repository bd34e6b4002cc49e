"""What `torch.func.vmap` refuses, and how it says so."""

from __future__ import annotations

from conformance import case, raises

VMAP = "torch.func: torch.vmap"
LIMITS = "torch.func: UX Limitations, vmap limitations"


def _rows(torch):
    return torch.tensor([[0.5, -1.5, 3.0], [1.5, 2.5, -4.0]])


def refused(torch, f, *inputs, **options):
    """What `vmap(f)` raises."""
    return raises(lambda: torch.func.vmap(f, **options)(*inputs))


# ---- inputs ------------------------------------------------------------------------------------------------


@case(VMAP)
def nothing_to_map_over(torch):
    """Without inputs, or without any that has examples, there is nothing to map over."""
    yield "no inputs", refused(torch, lambda: torch.ones(1))
    yield "no examples", refused(torch, lambda x: x, _rows(torch), in_dims=(None,))
    yield "empty list", refused(torch, lambda x: torch.ones(1), [])


@case(VMAP)
def different_numbers_of_examples(torch):
    """All inputs must have the same number of examples."""
    yield "first", refused(torch, lambda x, y: x, torch.ones(2, 3), torch.ones(3))
    yield (
        "along other dimensions",
        refused(torch, lambda x, y: x, torch.ones(2, 3), torch.ones(3, 3), in_dims=(0, 1)),
    )


@case(VMAP)
def in_dims_of_a_wrong_kind(torch):
    """`in_dims` must be an int or a tuple."""
    x = _rows(torch)
    for in_dims in (None, "x", [0], 0.5, {"x": 0}):
        yield repr(in_dims), refused(torch, lambda x: x, x, in_dims=in_dims)


@case(VMAP)
def in_dims_that_do_not_fit_the_inputs(torch):
    """A tuple of `in_dims` must have the structure of the inputs; the message shows both."""
    x = _rows(torch)
    yield "too few", refused(torch, lambda x, y: x, x, x, in_dims=(0,))
    yield "too many", refused(torch, lambda x: x, x, in_dims=(0, 0))
    yield "nested", refused(torch, lambda x: x, x, in_dims=((0,),))
    yield "list for a tuple", refused(torch, lambda t: t[0], (x, x), in_dims=([0, 0],))
    yield "missing key", refused(torch, lambda d: d["a"], {"a": x, "b": x}, in_dims=({"a": 0},))


@case(VMAP)
def in_dim_that_is_no_dimension(torch):
    """An `in_dim` must be an integer or None, and a dimension of the input."""
    x = _rows(torch)
    yield "fraction", refused(torch, lambda x: x, x, in_dims=(0.5,))
    yield "text", refused(torch, lambda x: x, x, in_dims=("0",))
    yield "2", refused(torch, lambda x: x, x, in_dims=2)
    yield "-3", refused(torch, lambda x: x, x, in_dims=(-3,))
    yield "of a scalar", refused(torch, lambda x: x, torch.tensor(1.5))


@case(VMAP)
def input_that_is_no_tensor(torch):
    """An input that is no tensor needs None as its `in_dim`."""
    x = _rows(torch)
    yield "number", refused(torch, lambda x, y: x * y, x, 2.5)
    yield "None", refused(torch, lambda x, y: x, x, None)
    yield "nested", refused(torch, lambda d: d["x"], {"x": x, "n": 3}, in_dims=0)


# ---- outputs -----------------------------------------------------------------------------------------------


@case(VMAP)
def output_that_is_no_tensor(torch):
    """Outputs must be tensors, or have None as their `out_dims`."""
    x = _rows(torch)

    def named(x):
        return 2.5

    yield "number", refused(torch, lambda x: 2.5, x)
    yield "None", refused(torch, lambda x: None, x)
    yield "text beside a tensor", refused(torch, lambda x: (x, "text"), x)
    yield "of a named function", refused(torch, named, x)


@case(VMAP)
def out_dims_that_do_not_fit(torch):
    """`out_dims` must be made of ints and None, in the structure of the outputs."""
    x = _rows(torch)
    yield "text", refused(torch, lambda x: x, x, out_dims="x")
    yield "fraction", refused(torch, lambda x: (x, x), x, out_dims=(0, 0.5))
    yield "too few", refused(torch, lambda x: (x, x), x, out_dims=(0,))
    yield "too many", refused(torch, lambda x: x, x, out_dims=(0, 0))
    yield "nested", refused(torch, lambda x: (x, x), x, out_dims=((0, 0), 0))


@case(VMAP)
def out_dim_that_is_no_dimension(torch):
    """An `out_dim` must be a dimension of the result."""
    x = _rows(torch)
    yield "2", refused(torch, lambda x: x, x, out_dims=2)
    yield "-3", refused(torch, lambda x: x, x, out_dims=-3)


@case(VMAP)
def examples_where_none_are_expected(torch):
    """With `out_dims=None` an output must not depend on the examples."""
    x = _rows(torch)
    yield "result", refused(torch, lambda x: x * 2, x, out_dims=None)
    yield "one of two", refused(torch, lambda x: (x, x.sum()), x, out_dims=(0, None))


# ---- values ------------------------------------------------------------------------------------------------


@case(LIMITS)
def item_inside(torch):
    """`item()`, and whatever turns a tensor into a Python number, is refused."""
    numbers = torch.tensor([0.5, -1.5])
    yield "item", refused(torch, lambda x: x.item(), numbers)
    yield "float", refused(torch, lambda x: float(x), numbers)
    yield "int", refused(torch, lambda x: int(x), numbers)
    yield "formatted", refused(torch, lambda x: f"{x}", numbers)


@case(LIMITS)
def control_flow_by_values(torch):
    """A branch that depends on the values of an example is refused."""
    numbers = torch.tensor([0.5, -1.5])
    yield "if", refused(torch, lambda x: x if x > 0 else -x, numbers)
    yield "and", refused(torch, lambda x: (x > 0) and x, numbers)
    yield "of a vector", refused(torch, lambda x: x if x.any() else -x, _rows(torch))


@case(LIMITS)
def values_as_lists_and_arrays(torch):
    """`tolist()` and `numpy()` are refused, and so is `data`."""
    yield "tolist", refused(torch, lambda x: x.tolist(), _rows(torch))
    yield "tolist of a number", refused(torch, lambda x: x.tolist(), torch.tensor([0.5, -1.5]))
    yield "numpy", refused(torch, lambda x: x.numpy(), _rows(torch))
    yield "data", refused(torch, lambda x: x.data, _rows(torch))


@case(LIMITS)
def results_of_unknown_size(torch):
    """Operations whose result has a size that depends on the values are refused."""
    yield "mask", refused(torch, lambda x: x[x > 0], _rows(torch))
    yield "where", refused(torch, lambda x: torch.where(x > 0)[0], _rows(torch))


@case(LIMITS)
def comparisons_of_whole_tensors(torch):
    """`equal` and `allclose` give one bool for all, and are refused."""
    yield "equal", refused(torch, lambda x: torch.equal(x, x), _rows(torch))
    yield "allclose", refused(torch, lambda x: torch.allclose(x, x), _rows(torch))


# ---- changes in place --------------------------------------------------------------------------------------


@case(LIMITS)
def values_of_examples_into_a_tensor_without(torch):
    """What has no examples cannot take the values of examples in place; the message names the operation."""
    held = torch.tensor([2.0, 3.0, 4.0])
    x = _rows(torch)
    yield "add_", refused(torch, lambda x: held.add_(x), x)
    yield "mul_", refused(torch, lambda x: held.mul_(x), x)
    yield "copy_", refused(torch, lambda x: held.copy_(x), x)
    yield "fill_", refused(torch, lambda x: held.fill_(x[0]), x)
    yield "assignment", refused(torch, lambda x: held.__setitem__(0, x[0]), x)
    yield "unchanged", held


@case(LIMITS)
def assignment_to_new_zeros(torch):
    """`torch.zeros` inside makes a tensor without examples, to which values of examples cannot be assigned."""

    def f(x):
        y = torch.zeros(3)
        y[0] = x[1]
        return y

    yield refused(torch, f, _rows(torch))


@case(LIMITS)
def change_without_examples_is_allowed(torch):
    """A tensor without examples may be changed by what has none either: once, not for each example."""
    held = torch.tensor([2.0, 3.0, 4.0])
    yield torch.func.vmap(lambda x: held.add_(1) * x)(_rows(torch))
    yield "held", held


# ---- autograd ----------------------------------------------------------------------------------------------


@case(LIMITS)
def backward_inside_vmap(torch):
    """`backward()` and `requires_grad_()` are refused inside `vmap`."""
    x = _rows(torch).requires_grad_()
    yield "backward", refused(torch, lambda x: x.sum().backward(), x)
    yield "requires_grad_", refused(torch, lambda x: x.requires_grad_(), x)


@case(LIMITS)
def autograd_grad_inside_vmap(torch):
    """Inside `vmap` tensors do not require grad, so `torch.autograd.grad` finds nothing to differentiate."""
    x = _rows(torch).requires_grad_()
    yield refused(torch, lambda x: torch.autograd.grad((x * x).sum(), x), x)


@case(LIMITS)
def level_is_left_after_a_refusal(torch):
    """After a refusal inside the function everything is as before."""
    yield refused(torch, lambda x: x.item(), torch.tensor([0.5, -1.5]))
    print(torch.func.vmap(lambda x: (print(x), x * 2)[1])(torch.tensor([0.5, -1.5])))
    yield "number", torch.tensor(2.5).item()


@case(LIMITS)
def tensor_that_escaped_from_vmap(torch):
    """A tensor that the function left outside prints as inside, but cannot be used any more."""
    escaped = []
    torch.func.vmap(lambda x: (escaped.append(x + 1), x)[1])(torch.tensor([0.5, -1.5]))
    print(escaped[0])
    yield "used", raises(lambda: escaped[0] * 2)
    yield "as an operand", raises(lambda: torch.ones(2) + escaped[0])


@case(LIMITS)
def running_statistics_of_all_examples(torch):
    """Inside `vmap` batch normalization refuses to update running statistics that the examples share."""
    x = torch.tensor([[[0.5, -1.5], [2.0, 0.25]], [[1.5, 3.0], [-2.5, 1.0]]])
    running = torch.zeros(2), torch.ones(2)
    normalize = torch.nn.functional.batch_norm
    yield "training", refused(torch, lambda x: normalize(x, *running, training=True), x)
    yield "evaluation", torch.func.vmap(lambda x: normalize(x, *running))(x)
    layers = torch.nn.Sequential(torch.nn.BatchNorm1d(2, affine=False))
    layers = torch.func.replace_all_batch_norm_modules_(layers)
    yield "without", [repr(layers[0]), torch.func.vmap(layers)(x)]
