"""What operations save for their derivatives, as seen from their nodes."""

from __future__ import annotations

from conformance import case, raises


@case("Autograd mechanics: Saved tensors")
def pow_saves_its_base_and_exponent(torch):
    """`x ** 2` saves x itself and the number 2."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    node = (x**2).grad_fn
    yield "_saved_self", node._saved_self
    yield "is x", node._saved_self is x
    yield "_saved_exponent", node._saved_exponent
    yield "exponent of x ** 0.5", (x**0.5).grad_fn._saved_exponent
    yield "exponent of x ** -1", (x**-1).grad_fn._saved_exponent


@case("Autograd mechanics: Saved tensors")
def exp_saves_its_result(torch):
    """`x.exp()` saves its result: the values and the node are those of the result, the object is another."""
    x = torch.tensor([0.5, -1.0], requires_grad=True)
    y = x.exp()
    saved = y.grad_fn._saved_result
    yield "_saved_result", saved
    yield "equal", torch.equal(y, saved)
    yield "same object", y is saved
    yield "same node", saved.grad_fn is y.grad_fn
    yield "is there a name for x itself", hasattr(y.grad_fn, "_saved_self")


@case("Autograd mechanics: Saved tensors")
def functions_that_save_their_result(torch):
    """exp, sqrt, tanh, sigmoid, relu, reciprocal, tan, softmax and their like save the result."""
    x = torch.tensor([0.25, 0.75], requires_grad=True)
    for name in ("sqrt", "rsqrt", "reciprocal", "tan", "tanh", "sigmoid", "relu", "expm1"):
        yield name, getattr(torch, name)(x).grad_fn._saved_result
    yield "softmax", torch.softmax(x, 0).grad_fn._saved_result
    yield "log_softmax", torch.log_softmax(x, 0).grad_fn._saved_result


@case("Autograd mechanics: Saved tensors")
def functions_that_save_their_input(torch):
    """log, sin, cos, log1p, abs, clamp, norm, var, prod save the input itself."""
    x = torch.tensor([0.25, 0.75], requires_grad=True)
    for name in ("log", "log1p", "sin", "cos", "abs", "var", "prod", "norm"):
        yield name, getattr(torch, name)(x).grad_fn._saved_self is x
    yield "clamp", x.clamp(0, 1).grad_fn._saved_self is x


@case("Autograd mechanics: Saved tensors")
def mul_saves_only_what_is_needed(torch):
    """A product saves a factor only if the other one requires grad; otherwise its saved name gives None."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    constant = torch.tensor([3.0, 4.0])
    yield "x * constant: self", (x * constant).grad_fn._saved_self
    yield "x * constant: other", (x * constant).grad_fn._saved_other
    yield "constant * x: self", (constant * x).grad_fn._saved_self
    yield "constant * x: other", (constant * x).grad_fn._saved_other
    yield "x * x: self", (x * x).grad_fn._saved_self
    yield "x * x: other", (x * x).grad_fn._saved_other


@case("Autograd mechanics: Saved tensors")
def numbers_are_saved_as_0d_tensors(torch):
    """A number in a product or a quotient is saved as a 0-d tensor of the number's own kind."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    yield "x * 2", (x * 2).grad_fn._saved_other
    yield "2.5 * x", (2.5 * x).grad_fn._saved_other
    yield "x / 4", (x / 4).grad_fn._saved_other
    yield "x * True", (x * True).grad_fn._saved_other


@case("Autograd mechanics: Saved tensors")
def div_saves_what_its_derivatives_need(torch):
    """A quotient saves its denominator, and its numerator only if the denominator requires grad."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    constant = torch.tensor([3.0, 4.0])
    yield "x / constant: self", (x / constant).grad_fn._saved_self
    yield "x / constant: other", (x / constant).grad_fn._saved_other
    yield "constant / x: self", (constant / x).grad_fn._saved_self
    yield "constant / x: other", (constant / x).grad_fn._saved_other


@case("Autograd mechanics: Saved tensors")
def power_of_tensors_saves_base_exponent_and_result(torch):
    """`x ** y` of two tensors saves both and its result; `2 ** y` saves the number, y and its result."""
    x = torch.tensor([1.5, 2.0], requires_grad=True)
    y = torch.tensor([3.0, 0.5], requires_grad=True)
    node = (x**y).grad_fn
    yield "_saved_self", node._saved_self
    yield "_saved_exponent", node._saved_exponent
    yield "_saved_result", node._saved_result
    number = (2**y).grad_fn
    yield "base of 2 ** y", number._saved_self
    yield "exponent of 2 ** y", number._saved_exponent
    yield "result of 2 ** y", number._saved_result


@case("Autograd mechanics: Saved tensors")
def reductions_save_sizes_and_dimensions(torch):
    """sum and mean save the sizes of their input, and the dimensions as given."""
    x = torch.tensor([[0.5, -1.5, 2.0], [1.0, 0.25, -3.0]], requires_grad=True)
    yield "sum: sizes", x.sum().grad_fn._saved_self_sym_sizes
    over_rows = x.sum(1, keepdim=True).grad_fn
    yield "sum over a dimension: dim", over_rows._saved_dim
    yield "sum over a dimension: keepdim", over_rows._saved_keepdim
    yield "mean: number of elements", x.mean().grad_fn._saved_self_sym_numel
    yield "mean over a dimension: dim", x.mean((0, 1)).grad_fn._saved_dim
    yield "var: correction", x.var(0).grad_fn._saved_correction
    yield "var: correction given", x.var(0, correction=0).grad_fn._saved_correction
    yield "cumsum: dim", x.cumsum(1).grad_fn._saved_dim


@case("Autograd mechanics: Saved tensors")
def extrema_save_values_or_indices(torch):
    """`max()` and `amax` save input and result, `max(dim)` the indices of the maxima."""
    x = torch.tensor([[0.5, -1.5, 2.0], [1.0, 0.25, -3.0]], requires_grad=True)
    yield "max: result", x.max().grad_fn._saved_result
    yield "max: self is x", x.max().grad_fn._saved_self is x
    yield "max over a dimension: indices", x.max(1)[0].grad_fn._saved_indices
    yield "max over a dimension: dim", x.max(1)[0].grad_fn._saved_dim
    yield "amax: result", x.amax(0).grad_fn._saved_result


@case("Autograd mechanics: Saved tensors")
def shape_operations_save_sizes_not_tensors(torch):
    """Views save sizes and positions: the input's sizes, a dimension, an index, start, end and step."""
    x = torch.tensor([[0.5, -1.5, 2.0], [1.0, 0.25, -3.0]], requires_grad=True)
    yield "view: sizes", x.view(6).grad_fn._saved_self_sym_sizes
    yield "transpose: dim0", x.transpose(0, 1).grad_fn._saved_dim0
    yield "permute: dims", x.permute(1, 0).grad_fn._saved_dims
    yield "select: index", x[1].grad_fn._saved_index
    piece = x[:, 1:3].grad_fn
    yield "slice: dim", piece._saved_dim
    yield "slice: start", piece._saved_start
    yield "slice: end", piece._saved_end
    yield "slice: step", piece._saved_step
    yield "unsqueeze: dim", x.unsqueeze(1).grad_fn._saved_dim


@case("Autograd mechanics: Saved tensors", builds_on=("saved::shape_operations_save_sizes_not_tensors",))
def negative_numbers_are_saved_unsigned(torch):
    """A negative dimension or index is saved as given, but shows as an unsigned 64-bit number."""
    x = torch.tensor([[0.5, -1.5, 2.0], [1.0, 0.25, -3.0]], requires_grad=True)
    yield "sum over the last dimension", x.sum(-1).grad_fn._saved_dim
    yield "index -1", x[-1].grad_fn._saved_index
    yield "cumsum over the last dimension", x.cumsum(-1).grad_fn._saved_dim


@case("Autograd mechanics: Saved tensors")
def products_save_the_other_factor(torch):
    """mm saves the second matrix only if the first requires grad, mv and dot likewise."""
    x = torch.tensor([[0.5, -1.5], [1.0, 0.25]], requires_grad=True)
    constant = torch.tensor([[2.0, 3.0], [5.0, 7.0]])
    vector = torch.tensor([1.0, -4.0])
    yield "x @ constant: self", (x @ constant).grad_fn._saved_self
    yield "x @ constant: mat2", (x @ constant).grad_fn._saved_mat2
    yield "constant @ x: self", (constant @ x).grad_fn._saved_self
    yield "x @ vector: vec", (x @ vector).grad_fn._saved_vec
    yield "x @ vector: self", (x @ vector).grad_fn._saved_self
    yield "row . vector: tensor", x[0].dot(vector).grad_fn._saved_tensor


@case("Autograd mechanics: Saved tensors")
def choices_save_the_condition(torch):
    """where saves its condition, masked_fill its mask, indexing its indices."""
    x = torch.tensor([0.5, -1.5, 2.0], requires_grad=True)
    yield "where", torch.where(x > 0, x, 0.0).grad_fn._saved_condition
    yield "masked_fill", x.masked_fill(x > 0, 1.0).grad_fn._saved_mask
    yield "index by a mask", x[x > 0].grad_fn._saved_indices
    yield "index by integers", x[torch.tensor([2, 0, 2])].grad_fn._saved_indices
    yield "clamp: min", x.clamp(-1, 1).grad_fn._saved_min
    yield "clamp: max", x.clamp(min=-1).grad_fn._saved_max


@case("Autograd mechanics: Saved tensors")
def losses_save_both_sides(torch):
    """A loss saves its input and target and the number of its reduction."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    target = torch.tensor([1.0, 0.0])
    node = torch.nn.functional.mse_loss(x, target, reduction="sum").grad_fn
    yield "mse: self is x", node._saved_self is x
    yield "mse: target", node._saved_target
    yield "mse: reduction", node._saved_reduction
    node = torch.nn.functional.binary_cross_entropy_with_logits(x, target).grad_fn
    yield "bce: self is x", node._saved_self is x
    yield "bce: target", node._saved_target
    yield "bce: weight", node._saved_weight
    yield "bce: reduction", node._saved_reduction


@case("Autograd mechanics: Saved tensors")
def sum_and_neg_save_no_tensors(torch):
    """Linear operations save no tensor: the nodes of neg, add, sum, clone and cat have no `_saved_self`."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    yield "neg", hasattr((-x).grad_fn, "_saved_self")
    yield "add", hasattr((x + x).grad_fn, "_saved_self")
    yield "sum", hasattr(x.sum().grad_fn, "_saved_self")
    yield "clone", hasattr(x.clone().grad_fn, "_saved_self")
    yield "cat", hasattr(torch.cat([x, x]).grad_fn, "_saved_self")
    yield "exp", hasattr(x.exp().grad_fn, "_saved_result")
    yield "add's alpha", torch.add(x, x, alpha=3).grad_fn._saved_alpha


@case("Autograd mechanics: Saved tensors", builds_on=("saved::exp_saves_its_result",))
def saved_tensors_are_freed_by_backward(torch):
    """After `backward`, reading a saved tensor raises, while numbers that were saved can still be read."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    power, exponential = x**3, x.exp()
    (power * exponential).sum().backward()
    yield "_saved_self", raises(lambda: power.grad_fn._saved_self)
    yield "_saved_exponent", raises(lambda: power.grad_fn._saved_exponent)
    yield "_saved_result", raises(lambda: exponential.grad_fn._saved_result)


@case("Autograd mechanics: Saved tensors", builds_on=("saved::saved_tensors_are_freed_by_backward",))
def saved_tensors_stay_with_retain_graph(torch):
    """With `retain_graph=True` what was saved can be read after `backward`."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x**3
    y.sum().backward(retain_graph=True)
    yield "_saved_self", y.grad_fn._saved_self
    y.sum().backward()
    yield "after another backward", raises(lambda: y.grad_fn._saved_self)


@case("Autograd mechanics: Saved tensors", builds_on=("in_place::saved_input_was_changed",))
def reading_a_changed_saved_tensor(torch):
    """Reading a saved tensor that was changed in place raises as `backward` would."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * 2
    z = y**2
    y.add_(1)
    yield "_saved_self", raises(lambda: z.grad_fn._saved_self)
    yield "_saved_exponent", z.grad_fn._saved_exponent


@case("Autograd mechanics: Saved tensors")
def saved_intermediate_has_its_own_graph(torch):
    """An intermediate result that was saved comes back with the node that made it."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * 3
    z = y.sin()
    yield "_saved_self", z.grad_fn._saved_self
    yield "is y", z.grad_fn._saved_self is y
    yield "its node is y's", z.grad_fn._saved_self.grad_fn is y.grad_fn
