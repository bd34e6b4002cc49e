"""How `torch.autograd.backward` and `Tensor.backward` are called: roots, gradients, inputs, and what they refuse."""

from __future__ import annotations

import collections

from conformance import case, raises

BACKWARD = "torch.autograd: torch.autograd.backward"
METHOD = "torch.Tensor: backward"
INTO = "backward_calls::into_one_of_two_leaves"


@case(BACKWARD)
def roots_as_tuple_list_or_generator(torch):
    """The roots may be one tensor or anything that can be iterated over."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = torch.tensor(0.75, requires_grad=True)
    for name, kind in (("tuple", tuple), ("list", list), ("generator", iter)):
        torch.autograd.backward(kind([(x * x * y).sum(), y**3]))
        yield f"x.grad after a {name}", x.grad
        yield f"y.grad after a {name}", y.grad


@case(BACKWARD)
def root_given_twice(torch):
    """A root that is given twice counts twice, each time with its own gradient."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x**2
    torch.autograd.backward([y, y], [torch.tensor([1.0, 10.0]), torch.tensor([0.25, -3.0])])
    yield "gradient", x.grad
    z = (x**3).sum()
    torch.autograd.backward((z, z, z))
    yield "gradient after a scalar three times", x.grad


@case(BACKWARD)
def root_behind_another_root(torch):
    """A root that another root was made of passes on the sum of both gradients."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    inner = x * 3
    outer = inner**2
    inner.retain_grad()
    torch.autograd.backward([outer, inner], [torch.tensor([1.0, 0.5]), torch.tensor([-4.0, 7.0])])
    yield "inner.grad", inner.grad
    yield "x.grad", x.grad


@case(BACKWARD)
def leaf_as_one_of_the_roots(torch):
    """A leaf among the roots receives its own gradient besides what comes through the others."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    torch.autograd.backward([x, x**2], [torch.tensor([10.0, 20.0]), torch.tensor([1.0, 0.5])])
    yield "gradient", x.grad


@case(BACKWARD)
def no_roots_at_all(torch):
    """No roots at all are accepted by `backward`, with nothing to do."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    yield "an empty list", torch.autograd.backward([])
    yield "an empty list toward an input", torch.autograd.backward([], inputs=[x])
    yield "gradient", str(x.grad)


@case(BACKWARD)
def roots_that_are_no_tensors(torch):
    """Roots that are neither tensors nor sequences of tensors are refused."""
    yield "None", raises(lambda: torch.autograd.backward(None))
    yield "a number", raises(lambda: torch.autograd.backward(3.0))
    yield "a list of a number", raises(lambda: torch.autograd.backward([3.0]))
    yield "a string", raises(lambda: torch.autograd.backward("ab"))


@case(BACKWARD, builds_on=("backward_calls::roots_that_are_no_tensors",))
def lists_in_lists(torch):
    """A list of roots within a list is refused."""
    x = torch.tensor(1.5, requires_grad=True)
    yield "root", raises(lambda: torch.autograd.backward([[x * 3]]))
    yield "gradient", raises(lambda: torch.autograd.backward([x * 3], [[torch.tensor(2.0)]]))
    yield "x.grad", x.grad


@case(BACKWARD)
def fewer_gradients_than_roots(torch):
    """Fewer gradients than roots are refused, more are accepted: the further ones are ignored."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y, z = x * x, x * 3
    g = torch.tensor([1.0, 0.5])
    yield "fewer", raises(lambda: torch.autograd.backward([y, z], [g]))
    yield "none", raises(lambda: torch.autograd.backward([y.sum(), z.sum()], []))
    yield "more", raises(lambda: torch.autograd.backward([y], [g, g, None]))
    yield "gradient", x.grad


@case(BACKWARD)
def none_among_the_gradients(torch):
    """None stands for 1 where the root is a scalar, and is refused for a vector and for a constant."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    constant = torch.tensor(4.0)
    g = torch.tensor([1.0, 0.5])
    torch.autograd.backward([(x * x).sum(), x * 3], [None, g])
    yield "gradient", x.grad
    yield "for a vector", raises(lambda: torch.autograd.backward([(x * x).sum(), x * 3], [None, None]))
    yield "for a constant", raises(lambda: torch.autograd.backward([(x * x).sum(), constant], [None, None]))
    yield "for a constant vector", raises(lambda: torch.autograd.backward([x * 3, g], [g, None]))
    yield "gradient after the refusals", x.grad


@case(BACKWARD)
def gradients_that_are_no_tensors(torch):
    """Gradients must be tensors or None; a bare number is no sequence of gradients."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    yield "a number", raises(lambda: torch.autograd.backward((x * x).sum(), 3.0))
    yield "a list of a number", raises(lambda: torch.autograd.backward((x * x).sum(), [3.0]))
    yield "by the method", raises(lambda: (x * x).sum().backward([2.0]))
    yield "a list of lists", raises(lambda: torch.autograd.backward(x * x, [[1.0, 0.5]]))
    yield "gradient", x.grad


@case(BACKWARD)
def gradient_as_another_sequence(torch):
    """A sequence of gradients for one root, and a single gradient for a list of one root, are accepted."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    g = torch.tensor([1.0, 0.5])
    torch.autograd.backward(x * x, (g,))
    yield "a tuple for one root", x.grad
    torch.autograd.backward([x * x], g)
    yield "a tensor for a list", x.grad
    torch.autograd.backward([x * x], iter([g]))
    yield "a generator", x.grad
    (x * x).backward([g])
    yield "a list for the method", x.grad


@case(BACKWARD)
def gradient_of_another_shape_names_its_place(torch):
    """The refusal of a gradient of another shape names its place among the gradients, and both shapes."""
    x = torch.tensor([[1.5, -2.0, 0.5]], requires_grad=True)
    y, z = x * x, (x * x).sum()
    shapes = ([3], [3, 1], [1, 1], [1, 4])
    for shape in shapes:
        gradient = torch.full(shape, 0.5)
        yield f"{shape}", raises(lambda gradient=gradient: torch.autograd.backward([y, z], [gradient, None]))
    yield "second", raises(lambda: torch.autograd.backward([y, z], [torch.ones(1, 3), torch.ones(1)]))
    yield "of a scalar", raises(lambda: z.backward(torch.tensor([0.5])))
    yield "gradient", x.grad


@case(BACKWARD)
def gradient_for_a_shape_of_one_element(torch):
    """Shapes of one element are different shapes: none of them stands for another."""
    x = torch.tensor(1.5, requires_grad=True)
    y = (x * 3).reshape(1, 1)
    for shape in ([], [1], [1, 1, 1]):
        yield f"{shape}", raises(lambda shape=shape: y.backward(torch.full(shape, 2.0)))
    y.backward(torch.full([1, 1], 2.0))
    yield "gradient", x.grad


@case(BACKWARD)
def gradients_of_other_dtypes_are_cast(torch):
    """A gradient of another real dtype is cast to the root's dtype before anything else."""
    for dtype in (torch.float64, torch.float16, torch.int64, torch.uint8, torch.bool):
        x = torch.tensor([1.5, -2.0], requires_grad=True)
        y = x * x
        seen = []
        y.register_hook(seen.append)
        y.backward(torch.tensor([3, 0]).to(dtype))
        yield f"gradient of y, {dtype} given", seen[0]
        yield f"gradient of x, {dtype} given", x.grad


@case(BACKWARD, builds_on=("backward_calls::gradients_of_other_dtypes_are_cast",))
def wide_gradient_is_rounded_once(torch):
    """A float64 gradient is rounded to the float32 of the root before it is multiplied."""
    x = torch.tensor([3.0, 7.0], requires_grad=True)
    given = torch.tensor([0.1, 1e-50], dtype=torch.float64)
    (x * 1e30).backward(given)
    yield "gradient", x.grad
    yield "what was given", given


@case(METHOD)
def integer_roots(torch):
    """Roots that hold integers or booleans never require grad, so they are refused."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    yield "integer", raises(lambda: torch.tensor(3).backward())
    yield "with a gradient", raises(lambda: torch.tensor(3).backward(torch.tensor(2)))
    yield "argmax", raises(lambda: x.argmax().backward())
    yield "comparison", raises(lambda: (x > 0).all().backward())
    yield "cast", raises(lambda: x.sum().long().backward())
    yield "among others", raises(lambda: torch.autograd.backward([x.sum(), x.argmax()]))
    yield "gradient", x.grad


@case(METHOD)
def gradient_that_requires_grad(torch):
    """A gradient that requires grad is used as a number, unless `create_graph` is set."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    g = torch.tensor([1.0, 0.5], requires_grad=True)
    (x * x).backward(g)
    yield "x.grad", x.grad
    yield "g.grad", g.grad
    (h,) = torch.autograd.grad(x * x, x, g, create_graph=True)
    yield "with create_graph", h
    yield "toward the gradient", torch.autograd.grad(h, g, torch.tensor([10.0, 100.0]))


@case(METHOD)
def arguments_by_position(torch):
    """`Tensor.backward` takes gradient, retain_graph, create_graph and inputs by position."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([0.5, 3.0], requires_grad=True)
    y = x * w
    g = torch.tensor([1.0, 0.5])
    y.backward(g, True, False, [x])
    yield "x.grad", x.grad
    yield "w.grad", w.grad
    y.backward(g, False, False, w)
    yield "w.grad afterwards", w.grad
    yield "a third time", raises(lambda: y.backward(g))


@case(BACKWARD, builds_on=("backward_calls::arguments_by_position",))
def arguments_of_the_function_by_position(torch):
    """`torch.autograd.backward` has the deprecated `grad_variables` before `inputs`."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([0.5, 3.0], requires_grad=True)
    g = torch.tensor([1.0, 0.5])
    torch.autograd.backward(x * w, g, None, False, None, [x])
    yield "x.grad", x.grad
    yield "w.grad", w.grad


@case(BACKWARD)
def deprecated_name_of_the_gradients(torch):
    """`grad_variables` is an old name of `grad_tensors`: it warns, and is refused beside the new one."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    g = torch.tensor([1.0, 0.5])
    torch.autograd.backward(x * x, grad_variables=g)
    yield "gradient", x.grad
    yield "both", raises(lambda: torch.autograd.backward(x * x, g, grad_variables=g))
    yield "gradient afterwards", x.grad


@case(METHOD)
def arguments_that_do_not_exist(torch):
    """Unknown names and too many arguments are refused as Python refuses them."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = (x * x).sum()
    yield "unknown name", raises(lambda: y.backward(retain=True))
    yield "too many", raises(lambda: y.backward(None, None, False, None, 3))
    yield "function, unknown name", raises(lambda: torch.autograd.backward(y, retain=True))
    yield (
        "function, too many",
        raises(lambda: torch.autograd.backward(y, None, None, False, None, None, 3)),
    )
    yield "function, nothing", raises(lambda: torch.autograd.backward())
    yield "gradient", x.grad


@case(METHOD)
def flags_that_are_no_booleans(torch):
    """Flags may be integers, of which 0 is false; anything else is refused."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = (x * x).sum()
    yield "retain_graph='yes'", raises(lambda: y.backward(retain_graph="yes"))
    yield "retain_graph=1.0", raises(lambda: y.backward(retain_graph=1.0))
    yield "create_graph='yes'", raises(lambda: y.backward(create_graph="yes"))
    yield "create_graph=None", raises(lambda: y.backward(create_graph=None))
    yield "gradient", x.grad
    yield "retain_graph=1", raises(lambda: y.backward(retain_graph=1))
    yield "retain_graph=0", raises(lambda: y.backward(retain_graph=0))
    yield "gradient after two", x.grad
    yield "again", raises(lambda: y.backward())


@case(BACKWARD)
def into_one_of_two_leaves(torch):
    """With `inputs`, only the named leaves accumulate: a tensor, a list, a tuple or a dict's values."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([0.5, 3.0], requires_grad=True)
    y = (x * w).sum()
    for name, inputs in (("tensor", x), ("list", [x]), ("tuple", (x,)), ("dict", {"x": x})):
        y.backward(retain_graph=True, inputs=inputs)
        yield f"x.grad after a {name}", x.grad
        yield f"w.grad after a {name}", w.grad


@case(BACKWARD, builds_on=(INTO,))
def inputs_that_are_refused(torch):
    """`inputs` must hold tensors that require grad, at least one, in a plain dict if in a mapping."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = (x * x).sum()
    mapping = collections.OrderedDict(x=x)
    yield "an empty list", raises(lambda: y.backward(inputs=[]))
    yield "an empty dict", raises(lambda: y.backward(inputs={}))
    yield "another mapping", raises(lambda: y.backward(inputs=mapping))
    yield "a number", raises(lambda: y.backward(inputs=3))
    yield "a list of a number", raises(lambda: y.backward(inputs=[3]))
    yield "None in a list", raises(lambda: y.backward(inputs=[x, None]))
    yield "a constant", raises(lambda: y.backward(inputs=[torch.tensor([1.0])]))
    yield "gradient", x.grad


@case(BACKWARD, builds_on=(INTO,))
def input_given_twice_accumulates_once(torch):
    """A leaf that `inputs` names twice accumulates its gradient once."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    (x**2).sum().backward(inputs=[x, x])
    yield "leaf", x.grad
    y = x * 3
    (y**2).sum().backward(inputs=[y, y, x])
    yield "result", y.grad
    yield "leaf afterwards", x.grad


@case(BACKWARD, builds_on=(INTO,))
def into_a_result(torch):
    """A result among `inputs` gets its gradient in `.grad`, and retains it from then on."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * 3
    z = (y**2).sum()
    z.backward(retain_graph=True, inputs=[y])
    yield "y.grad", y.grad
    yield "y.retains_grad", y.retains_grad
    yield "x.grad", x.grad
    z.backward()
    yield "y.grad after a plain backward", y.grad
    yield "x.grad after a plain backward", x.grad


@case(BACKWARD, builds_on=("backward_calls::into_a_result",))
def into_a_result_and_the_leaf_behind_it(torch):
    """A result and the leaf behind it may both be inputs."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([0.5, 3.0], requires_grad=True)
    y = x * w
    (y**2).sum().backward(inputs=(x, y))
    yield "y.grad", y.grad
    yield "x.grad", x.grad
    yield "w.grad", w.grad


@case(BACKWARD, builds_on=(INTO,))
def into_an_input_that_took_no_part(torch):
    """Inputs that the root does not depend on are left alone without a word."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    other = torch.tensor([0.5, 3.0], requires_grad=True)
    result = other * 3
    (x**2).sum().backward(inputs=[x, other, result])
    yield "x.grad", x.grad
    yield "other.grad", other.grad
    yield "result.grad", result.grad
    (x**2).sum().backward(inputs=[other])
    yield "x.grad when it is not an input", x.grad


@case(BACKWARD, builds_on=(INTO,))
def into_the_root_itself(torch):
    """The root may be its own input: it gets the gradient that was given."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * 3
    y.backward(torch.tensor([1.0, 0.5]), inputs=[y])
    yield "y.grad", y.grad
    yield "x.grad", x.grad
    x.backward(torch.tensor([7.0, 8.0]), inputs=[x])
    yield "x.grad as its own root", x.grad


@case(BACKWARD, builds_on=(INTO,))
def hooks_where_inputs_are_given(torch):
    """With `inputs`, the hooks of the tensors on the way to them run, those of other leaves do not."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([0.5, 3.0], requires_grad=True)
    y = x * w
    ran = []
    for name, tensor in (("x", x), ("w", w), ("y", y)):
        tensor.register_hook(lambda grad, name=name: ran.append((name, grad.tolist())))
    (y**2).sum().backward(inputs=[w])
    yield "hooks", ran
    yield "w.grad", w.grad


@case(BACKWARD, builds_on=(INTO,))
def inputs_leave_the_rest_of_the_graph_whole(torch):
    """With `inputs`, only the nodes on the way to them are freed."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([0.5, 3.0], requires_grad=True)
    left, right = x**2, w**3
    total = (left + right).sum()
    total.backward(inputs=[x])
    yield "x.grad", x.grad
    yield "toward x again", raises(lambda: total.backward(inputs=[x]))
    yield "toward w", raises(lambda: total.backward(inputs=[w]))
    yield "w.grad", w.grad


@case(BACKWARD, builds_on=(INTO,))
def view_as_an_input(torch):
    """A view of a leaf is an input of its own: it has to be on the way."""
    x = torch.tensor([1.5, -2.0, 0.25], requires_grad=True)
    part = x[:2]
    total = (part**2).sum() + (x * 7).sum()
    total.backward(inputs=[part])
    yield "part.grad", part.grad
    yield "x.grad", x.grad


@case(METHOD)
def callbacks_after_the_graph(torch):
    """What a hook hands to `queue_callback` is called once the whole graph has been run."""
    engine, seen = torch.autograd.Variable._execution_engine, []
    x = torch.tensor([1.5, -2.0], requires_grad=True)

    def hook(grad):
        seen.append("hook")
        engine.queue_callback(lambda: seen.append(f"callback, gradient {x.grad.tolist()}"))

    y = x * 3
    y.register_hook(hook)
    y.exp().sum().register_hook(hook)
    (y * y).sum().backward()
    yield "order", seen
    yield "outside", raises(lambda: engine.queue_callback(lambda: None))
