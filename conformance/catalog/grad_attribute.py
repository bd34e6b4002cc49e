"""The `.grad` of a tensor: what may be assigned to it, when its object and its memory stay, how it lies in memory."""

from __future__ import annotations

from conformance import case, raises

GRAD = "torch.Tensor: grad"
GRAD_DTYPE = "torch.Tensor: grad_dtype"
RETAIN = "torch.Tensor: retain_grad"
LAYOUT = "torch.autograd: Default gradient layouts"
CREATE = "torch.autograd: torch.Tensor.backward"


@case(GRAD)
def what_may_be_assigned(torch):
    """A gradient must be a tensor of the same dtype and shape, and not the tensor itself; refusals change nothing."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    x.grad = torch.tensor([7.0, 8.0])
    values = {
        "a number": 3.0,
        "a list": [1.0, 2.0],
        "integers": torch.tensor([1, 2]),
        "float64": torch.tensor([1.0, 2.0], dtype=torch.float64),
        "booleans": torch.tensor([True, False]),
        "another length": torch.tensor([1.0, 2.0, 3.0]),
        "another shape": torch.tensor([[1.0, 2.0]]),
        "a scalar": torch.tensor(1.0),
        "another dtype and length": torch.tensor([1, 2, 3]),
        "itself": x,
    }
    for name, value in values.items():
        yield name, raises(lambda value=value: setattr(x, "grad", value))
    yield "gradient", x.grad


@case(GRAD)
def gradients_of_tensors_without_tracking(torch):
    """A tensor that does not require grad, even one of integers, may be given a gradient of its own dtype."""
    plain = torch.tensor([1.5, -2.0])
    plain.grad = torch.tensor([3.0, 4.0])
    yield "plain", plain.grad
    integers = torch.tensor([1, 2])
    integers.grad = torch.tensor([3, 4])
    yield "integers", integers.grad
    yield "floats for integers", raises(lambda: setattr(integers, "grad", torch.tensor([3.0, 4.0])))
    (plain.requires_grad_() * 3).sum().backward()
    yield "plain after a backward", plain.grad


@case(GRAD)
def assigned_gradient_is_the_object(torch):
    """The assigned tensor itself becomes the gradient: `backward` adds to it in place."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    given = torch.tensor([7.0, 8.0])
    x.grad = given
    yield "the same object", x.grad is given
    (x * x).sum().backward()
    yield "the same object after a backward", x.grad is given
    yield "what was given", given


@case(GRAD, builds_on=("grad_attribute::assigned_gradient_is_the_object",))
def one_gradient_of_two_leaves(torch):
    """One tensor may be the gradient of two leaves; both backwards add to it."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([0.5, 3.0], requires_grad=True)
    x.grad = w.grad = torch.tensor([100.0, 200.0])
    (x * w).sum().backward()
    yield "gradient", x.grad
    yield "one object", x.grad is w.grad


@case(GRAD, builds_on=("grad_attribute::assigned_gradient_is_the_object",))
def assigned_view_is_added_to(torch):
    """A view that is assigned as the gradient carries what is added to it into its base."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    whole = torch.tensor([1.0, 10.0, 100.0, 1000.0])
    x.grad = whole[1:3]
    (x * x).sum().backward()
    yield "gradient", x.grad
    yield "base", whole
    yield "version of the base", whole._version


@case(GRAD, builds_on=("grad_attribute::assigned_gradient_is_the_object",))
def assigned_gradients_that_cannot_be_added_to(torch):
    """An expanded tensor may be assigned, but nothing can be added to it in place."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    x.grad = torch.tensor([7.0]).expand(2)
    yield "gradient", x.grad
    yield "backward", raises(lambda: (x * x).sum().backward())
    yield "gradient afterwards", x.grad


@case(GRAD, builds_on=("grad_attribute::assigned_gradient_is_the_object",))
def assigned_gradient_that_requires_grad(torch):
    """A gradient that requires grad is added to in place all the same: nothing is recorded."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    given = torch.tensor([7.0, 8.0], requires_grad=True)
    x.grad = given
    (x * x).sum().backward()
    yield "gradient", x.grad
    yield "the same object", x.grad is given
    result = given * 3
    x.grad = result
    (x * x).sum().backward()
    yield "a result as gradient", x.grad
    yield "the same object again", x.grad is result


@case(GRAD)
def gradient_assigned_to_a_result(torch):
    """A result may be given a gradient too; reading it then does not warn, and a backward leaves it alone."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * 3
    y.grad = torch.tensor([7.0, 8.0])
    (y * y).sum().backward()
    yield "y.grad", y.grad
    yield "x.grad", x.grad
    yield "another shape", raises(lambda: setattr(y, "grad", torch.tensor(1.0)))
    y.grad = None
    yield "retains_grad", y.retains_grad


@case(GRAD)
def deleted_and_set_to_none(torch):
    """Deleting a gradient sets it to None, also where there is none, and a later backward starts anew."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    del x.grad
    yield "deleted when there is none", x.grad
    (x * x).sum().backward()
    first = x.grad
    del x.grad
    yield "deleted", x.grad
    (x * 7).sum().backward()
    yield "after another backward", x.grad
    yield "a new object", x.grad is not first
    yield "the former gradient", first
    yield "deleted through delattr", delattr(x, "grad")
    yield "afterwards", x.grad


@case(GRAD)
def copies_have_no_gradient(torch):
    """Neither a detached tensor, nor `data`, nor a copy or view takes the gradient along."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    (x * x).sum().backward()
    yield "x", x.grad
    yield "detach", x.detach().grad
    yield "data", x.data.grad
    with torch.no_grad():
        yield "clone", x.clone().grad
        yield "view", x.detach().view(2, 1).grad


@case(GRAD)
def when_the_object_stays(torch):
    """A plain backward adds in place to the same object; with `create_graph` the sum is a new object."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    (x**2).sum().backward()
    first = x.grad
    (x**2).sum().backward()
    yield "the same after a plain one", x.grad is first
    yield "version", first._version
    (x**3).sum().backward(create_graph=True)
    second = x.grad
    yield "the same after create_graph", second is first
    yield "first", first
    yield "second", second
    (x * 7).sum().backward()
    yield "the same after another plain one", x.grad is second
    yield "gradient", x.grad


@case(CREATE)
def first_gradient_with_create_graph(torch):
    """The first gradient with `create_graph` is a copy that carries its graph, where it depends on a leaf."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([0.5, 3.0], requires_grad=True)
    (x**3 + w * 7).backward(torch.tensor([1.0, 0.5]), create_graph=True)
    yield "x.grad", x.grad
    yield "w.grad", w.grad
    yield "graph of x.grad", x.grad.grad_fn
    x.grad = w.grad = None


@case(CREATE, builds_on=("grad_attribute::first_gradient_with_create_graph",))
def create_graph_warns_each_time(torch):
    """`backward` with `create_graph` warns of the cycle between a parameter and its gradient; `grad` does not."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    for call in ("first", "second"):
        (x**3).sum().backward(create_graph=True)
        yield f"gradient after the {call}", x.grad
    x.grad = None
    yield "grad", torch.autograd.grad((x**3).sum(), x, create_graph=True)
    yield "refused before the warning", raises(lambda: (x**3).backward(create_graph=True))


@case(CREATE, builds_on=("grad_attribute::when_the_object_stays",))
def gradient_with_a_graph_that_is_differentiated(torch):
    """A gradient accumulated with `create_graph` can be differentiated, with what was there before as constant."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    (x**2).sum().backward()
    (x**3).sum().backward(create_graph=True)
    total = x.grad
    yield "gradient", total
    yield "its derivative", torch.autograd.grad(total, x, torch.tensor([1.0, 0.5]))
    x.grad = None


@case(LAYOUT)
def gradient_lies_as_its_leaf(torch):
    """A leaf that fills its memory without gaps gets gradients of its own strides, another contiguous ones."""
    rows = [[1.5, -2.0, 0.5], [4.0, 0.25, -3.0]]
    weights = torch.tensor([[1.0, 2.0], [3.0, -4.0], [0.5, 0.25]])
    leaves = {
        "contiguous": torch.tensor(rows).t().contiguous(),
        "transposed": torch.tensor(rows).t(),
        "with gaps": torch.tensor([row * 2 for row in rows]).t()[::2],
        "expanded": torch.tensor([[1.5, -2.0]]).expand(3, 2),
    }
    for name, leaf in leaves.items():
        leaf = leaf.detach().requires_grad_()
        (leaf * leaf).backward(weights)
        yield f"{name}, strides of the leaf", leaf.stride()
        yield f"{name}, strides of the gradient", leaf.grad.stride()
        yield f"{name}, gradient", leaf.grad


@case(LAYOUT, builds_on=("grad_attribute::gradient_lies_as_its_leaf",))
def gradient_that_comes_in_another_layout(torch):
    """The first gradient is laid out as the leaf however it arrives; `grad` returns it as it comes."""
    x = torch.tensor([[1.5, -2.0, 0.5], [4.0, 0.25, -3.0]], requires_grad=True)
    weights = torch.tensor([[1.0, 2.0], [3.0, -4.0], [0.5, 0.25]])
    x.t().backward(weights)
    yield "strides of x.grad", x.grad.stride()
    w = x.detach().requires_grad_()
    (w.t() * 2).backward(weights)
    yield "strides of w.grad", w.grad.stride()
    (gradient,) = torch.autograd.grad(x.t(), x, weights)
    yield "strides from grad", gradient.stride()
    yield "gradient", gradient
    (x.t() + 1).backward(weights)
    yield "sum", x.grad
    yield "strides of the sum", x.grad.stride()


@case(LAYOUT, builds_on=("grad_attribute::gradient_lies_as_its_leaf",))
def gradient_whose_layout_is_left_alone(torch):
    """Where layouts are not enforced, a gradient that nobody holds is kept as it arrives; copies lie as the leaf."""
    x = torch.tensor([[1.5, -2.0, 0.5], [4.0, 0.25, -3.0]]).t().requires_grad_()
    weights = torch.tensor([[1.0, 2.0], [3.0, -4.0], [0.5, 0.25]])
    for enforced in (True, False):
        x.grad = None
        with torch.autograd.enforce_grad_layout_policy(enforced):
            (x.contiguous() * weights).sum().backward()
        yield f"{enforced}: strides", x.grad.stride()
        yield f"{enforced}: gradient", x.grad
        x.grad = None
        with torch.autograd.enforce_grad_layout_policy(enforced):
            x.backward(weights)
        yield f"{enforced}: strides of a copy", x.grad.stride()
    policy = torch.autograd.enforce_grad_layout_policy(False)
    (x.contiguous() * weights).sum().backward()
    with policy:
        x.grad = None
        (x.contiguous() * weights).sum().backward()
        yield "from the call on", x.grad.stride()
    x.grad = None
    (x.contiguous() * weights).sum().backward()
    yield "after the block", x.grad.stride()
    x.grad = None


@case(LAYOUT, builds_on=("grad_attribute::gradient_lies_as_its_leaf",))
def assigned_gradient_keeps_its_layout(torch):
    """A gradient that the program assigned keeps its own strides while it accumulates."""
    x = torch.tensor([[1.5, -2.0, 0.5], [4.0, 0.25, -3.0]], requires_grad=True)
    x.grad = torch.zeros(3, 2).t()
    (x * x).sum().backward()
    yield "gradient", x.grad
    yield "strides", x.grad.stride()
    (x**3).sum().backward(create_graph=True)
    yield "strides of a new sum", x.grad.stride()
    yield "new sum", x.grad.detach()
    x.grad = None


@case(GRAD_DTYPE)
def grad_dtype_of_a_leaf(torch):
    """`grad_dtype` is the dtype of gradients: that of the tensor unless it is set, and for leaves only."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    yield "leaf", x.grad_dtype
    yield "float64", torch.tensor(1.0, dtype=torch.float64).grad_dtype
    yield "integers", torch.tensor([1, 2]).grad_dtype
    yield "result", raises(lambda: (x * 3).grad_dtype)
    x.grad_dtype = torch.float16
    yield "set", x.grad_dtype
    x.grad_dtype = None
    yield "set to None", x.grad_dtype
    yield "of a copy", x.detach().grad_dtype


@case(GRAD_DTYPE, builds_on=("grad_attribute::grad_dtype_of_a_leaf",))
def gradients_in_the_grad_dtype(torch):
    """With `grad_dtype` set, gradients arrive in that dtype, from `backward` and from `grad`."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    x.grad_dtype = torch.float64
    (x * 0.1).sum().backward()
    yield "backward", x.grad
    (x * x).sum().backward()
    yield "accumulated", x.grad
    yield "grad", torch.autograd.grad((x**3).sum(), x)


@case(GRAD_DTYPE, builds_on=("grad_attribute::grad_dtype_of_a_leaf",))
def grad_dtype_set_after_the_graph_was_made(torch):
    """`grad_dtype` counts when the gradient arrives, not when the graph was made."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * x
    x.grad_dtype = torch.float16
    seen = []
    x.register_hook(lambda grad: seen.append(grad))
    y.backward(torch.tensor([1.0, 0.3]))
    yield "gradient", x.grad
    yield "seen by a hook", seen[0].dtype


@case(GRAD_DTYPE, builds_on=("grad_attribute::grad_dtype_of_a_leaf",))
def grad_dtype_none_allows_any(torch):
    """With `grad_dtype` None a gradient of any dtype may be assigned, and is added to in its own dtype."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    x.grad_dtype = None
    x.grad = torch.tensor([0.5, 7.0], dtype=torch.float64)
    (x * x).sum().backward()
    yield "float64", x.grad
    x.grad = None
    (x * 3).double().sum().backward()
    yield "through a cast", x.grad
    x.grad = torch.tensor([1, 2])
    yield "integers", x.grad
    x.grad = None
    torch.autograd.backward(x, torch.tensor([0.5, 0.1], dtype=torch.float64))
    yield "directly", x.grad


@case(GRAD_DTYPE, builds_on=("grad_attribute::grad_dtype_of_a_leaf",))
def grad_dtypes_that_are_refused(torch):
    """`grad_dtype` must be a dtype or None, for a leaf, and must fit a gradient that is there."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    for value in ("float32", 3, float, torch.tensor(1.0)):
        yield f"{type(value).__name__}", raises(lambda value=value: setattr(x, "grad_dtype", value))
    yield "unchanged", x.grad_dtype
    x.grad = torch.tensor([1.0, 2.0])
    yield "with a gradient", raises(lambda: setattr(x, "grad_dtype", torch.float16))
    yield "integers with a gradient", raises(lambda: setattr(x, "grad_dtype", torch.int64))
    x.grad_dtype = torch.float32
    x.grad_dtype = None
    yield "None with a gradient", x.grad_dtype
    yield "result", raises(lambda: setattr(x * 3, "grad_dtype", torch.float16))


@case(GRAD_DTYPE, builds_on=("grad_attribute::grad_dtype_of_a_leaf",))
def assignment_follows_the_grad_dtype(torch):
    """What may be assigned follows `grad_dtype`, which the refusal names."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    x.grad_dtype = torch.float64
    yield "float32", raises(lambda: setattr(x, "grad", torch.tensor([1.0, 2.0])))
    x.grad = torch.tensor([1.0, 2.0], dtype=torch.float64)
    yield "float64", x.grad


@case(RETAIN)
def retained_only_after_the_call(torch):
    """`retain_grad` after a backward keeps nothing of it; the next one is kept."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * 3
    z = (y * y).sum()
    z.backward(retain_graph=True)
    y.retain_grad()
    yield "after the call", y.grad
    z.backward()
    yield "after another backward", y.grad
    yield "x.grad", x.grad


@case(RETAIN)
def retain_grad_twice(torch):
    """A second `retain_grad` changes nothing: the gradient is kept once."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * 3
    y.retain_grad()
    y.retain_grad()
    (y * y).sum().backward(retain_graph=True)
    yield "y.grad", y.grad
    y.mul_(2)
    y.retain_grad()
    (y * y).sum().backward()
    yield "after a change in place", y.grad


@case(RETAIN)
def retained_gradient_is_a_new_object_each_time(torch):
    """A retained gradient is never added to in place: each backward makes a new tensor of the sum."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * 3
    y.retain_grad()
    z = (y * y).sum()
    z.backward(retain_graph=True)
    first = y.grad
    z.backward()
    yield "the same object", first is y.grad
    yield "first", first
    yield "sum", y.grad


@case(RETAIN)
def retained_gradient_deleted(torch):
    """A retained gradient may be set to None or assigned; later backwards go on from there."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * 3
    y.retain_grad()
    z = (y * y).sum()
    z.backward(retain_graph=True)
    y.grad = None
    yield "None", y.grad
    z.backward(retain_graph=True)
    yield "anew", y.grad
    y.grad = torch.tensor([100.0, 200.0])
    z.backward()
    yield "added to what was assigned", y.grad


@case(RETAIN)
def retained_gradients_with_create_graph(torch):
    """With `create_graph` the retained gradient carries its graph."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x**2
    y.retain_grad()
    (y**2).backward(torch.tensor([1.0, 0.5]), create_graph=True, inputs=[y])
    yield "y.grad", y.grad
    yield "its derivative", torch.autograd.grad(y.grad.sum(), x)
    y.grad = None


@case(RETAIN)
def retain_grad_of_views_and_pieces(torch):
    """Views and pieces of a result retain their own parts; the result retains the whole."""
    x = torch.tensor([[1.5, -2.0], [0.5, 4.0]], requires_grad=True)
    y = x * 3
    first, second = y.unbind()
    row = y[0]
    for tensor in (y, first, second, row):
        tensor.retain_grad()
    (first * second + row**2).backward(torch.tensor([1.0, 0.5]))
    yield "first piece", first.grad
    yield "second piece", second.grad
    yield "row", row.grad
    yield "whole", y.grad


@case(RETAIN)
def retain_grad_of_a_result_that_became_another(torch):
    """Retaining before and after changes in place keeps the gradient of the latest value only."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * 3
    y.retain_grad()
    y.mul_(10)
    y.add_(1)
    yield "retains_grad", y.retains_grad
    (y**2).backward(torch.tensor([1.0, 0.5]))
    yield "y.grad", y.grad
    yield "x.grad", x.grad


@case(RETAIN)
def retained_gradient_shares_no_memory(torch):
    """A retained gradient may be changed without changing what the leaf gets."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x + 1
    z = y + 1
    y.retain_grad()
    z.retain_grad()
    g = torch.tensor([1.0, 0.5])
    z.backward(g)
    y.grad.mul_(100)
    yield "y.grad", y.grad
    yield "z.grad", z.grad
    yield "x.grad", x.grad
    yield "what was given", g


@case(RETAIN)
def retain_grad_of_leaves_and_constants(torch):
    """A leaf needs no retaining and says so; a constant or a detached result is refused."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    x.retain_grad()
    yield "leaf", x.retains_grad
    yield "constant", raises(lambda: torch.tensor([1.0]).retain_grad())
    yield "detached", raises(lambda: (x * 3).detach().retain_grad())
    with torch.no_grad():
        y = x * 3
    yield "made under no_grad", raises(lambda: y.retain_grad())
    x.requires_grad_(False)
    yield "frozen", raises(lambda: x.retain_grad())
