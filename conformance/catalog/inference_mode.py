"""`inference_mode`: what is made inside, and what it refuses inside and outside."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from conformance import case, raises

INFERENCE = "torch.autograd.grad_mode: inference_mode"
MECHANICS = "Autograd mechanics: Inference Mode"


def _leaf(torch):
    return torch.tensor([[1.5, -2.0], [4.0, 0.25]], requires_grad=True)


def _made_inside(torch):
    with torch.inference_mode():
        return torch.tensor([1.5, -2.0])


@case(INFERENCE)
def nothing_is_recorded(torch):
    """Under `inference_mode` results have no graph and do not require grad; they are inference tensors."""
    x = _leaf(torch)
    with torch.inference_mode():
        y = x * 3
        yield "requires_grad", y.requires_grad
        yield "grad_fn", y.grad_fn
        yield "is_inference", y.is_inference()
        yield "torch.is_inference", torch.is_inference(y)
        yield "of the leaf", x.is_inference()
        yield "result", y.tolist()
    yield "still", y.is_inference()


@case(INFERENCE)
def modes_inside(torch):
    """Inside, grad mode is off and inference mode on; outside again it is as before."""
    yield "before", (torch.is_inference_mode_enabled(), torch.is_grad_enabled())
    with torch.inference_mode():
        yield "inside", (torch.is_inference_mode_enabled(), torch.is_grad_enabled())
        with torch.inference_mode():
            yield "nested", (torch.is_inference_mode_enabled(), torch.is_grad_enabled())
        yield "after the nested one", (torch.is_inference_mode_enabled(), torch.is_grad_enabled())
        with torch.inference_mode(False):
            yield "off inside", (torch.is_inference_mode_enabled(), torch.is_grad_enabled())
        yield "after it", (torch.is_inference_mode_enabled(), torch.is_grad_enabled())
    yield "after", (torch.is_inference_mode_enabled(), torch.is_grad_enabled())
    with torch.no_grad():
        with torch.inference_mode(False):
            yield "False inside no_grad", (torch.is_inference_mode_enabled(), torch.is_grad_enabled())
        yield "no_grad restored", torch.is_grad_enabled()


@case(INFERENCE, builds_on=("inference_mode::modes_inside",))
def grad_modes_inside(torch):
    """`enable_grad` inside turns grad mode on, but still nothing is recorded."""
    x = _leaf(torch)
    with torch.inference_mode():
        with torch.enable_grad():
            yield "modes", (torch.is_inference_mode_enabled(), torch.is_grad_enabled())
            y = x * 3
            yield "result", (y.requires_grad, y.is_inference())
        with torch.set_grad_enabled(True):
            yield "set_grad_enabled", (x * 3).requires_grad
        yield "after", torch.is_grad_enabled()


@case(INFERENCE, builds_on=("inference_mode::modes_inside",))
def turned_off_inside(torch):
    """Under `inference_mode(False)` inside, operations are recorded and results are ordinary tensors."""
    x = _leaf(torch)
    with torch.inference_mode():
        made = torch.tensor([2.0, 3.0])
        with torch.inference_mode(mode=False):
            y = x * 3
            yield "tracked", y
            yield "made", torch.tensor([1.5]).is_inference()
            yield "from an inference tensor", (made + 1).is_inference()
            yield "saving one", raises(lambda: x * made)
    y.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    yield "gradient", x.grad


@case(INFERENCE, builds_on=("inference_mode::nothing_is_recorded",))
def what_is_an_inference_tensor(torch):
    """All that is made inside is, except views of ordinary tensors and ordinary tensors returned as they are."""
    x = _leaf(torch)
    constant = torch.tensor([[1.5, -2.0], [4.0, 0.25]])
    with torch.inference_mode():
        made = {
            "tensor": torch.tensor([1.5]),
            "zeros": torch.zeros(2),
            "arange": torch.arange(3),
            "full": torch.full((2,), 1.5),
            "requires grad": torch.ones(2, requires_grad=True),
            "sum": constant.sum(),
            "comparison": constant > 1,
            "argmax": constant.argmax(),
            "max over a dimension": constant.max(dim=0)[1],
            "cast": constant.double(),
            "clone": x.clone(),
            "by mask": x[x > 1],
            "cat": torch.cat([x, x]),
            "matmul": x @ x,
            "in-place result": constant.add_(1),
            "view": x.view(4),
            "row": constant[0],
            "detached": x.detach(),
            "data": x.data,
            "unbind": x.unbind(0)[0],
            "contiguous, itself": x.contiguous(),
            "float, itself": x.float(),
        }
        for name, tensor in made.items():
            yield name, tensor.is_inference()
    for name, tensor in made.items():
        yield f"outside, {name}", tensor.is_inference()


@case(INFERENCE, builds_on=("inference_mode::what_is_an_inference_tensor",))
def made_from_inference_tensors_outside(torch):
    """Outside, views and `detach` of an inference tensor are inference tensors; results and clones are ordinary."""
    x = _made_inside(torch)
    for name, tensor in {
        "view": x.view(2, 1),
        "row": x[0],
        "slice": x[1:],
        "detached": x.detach(),
        "data": x.data,
        "clone": x.clone(),
        "product": x * 2,
        "by mask": x[x > 0],
        "cast": x.double(),
        "numpy and back": torch.from_numpy(x.numpy()),
    }.items():
        yield name, (tensor.is_inference(), tensor._is_view())


@case(INFERENCE, builds_on=("inference_mode::nothing_is_recorded",))
def version_is_not_tracked(torch):
    """An inference tensor has no version, inside or outside; an ordinary tensor counts inside, too."""
    ordinary = torch.tensor([1.5, -2.0])
    with torch.inference_mode():
        made = torch.tensor([1.5, -2.0])
        made.add_(1)
        yield "inside", raises(lambda: made._version)
        ordinary.add_(1)
        yield "ordinary", ordinary._version
    yield "outside", raises(lambda: made._version)
    yield "its view", raises(lambda: made[0:1]._version)
    yield "ordinary outside", ordinary


@case(MECHANICS, builds_on=("inference_mode::nothing_is_recorded",))
def changed_in_place_inside(torch):
    """Inside, every tensor may be changed in place: inference tensors, constants, and leaves that require grad."""
    x = _leaf(torch)
    with torch.inference_mode():
        made = torch.tensor([1.5, -2.0])
        made.mul_(2)
        made[0] = 7.0
        yield "inference tensor", made.tolist()
        x.add_(1)
        x[0] = made
    yield "leaf", x
    (x * x).sum().backward()
    yield "gradient", x.grad


@case(MECHANICS, builds_on=("inference_mode::nothing_is_recorded",))
def changed_in_place_outside(torch):
    """Outside, changes of inference tensors in place are refused, and so are those of their views."""
    other = torch.tensor([3.0, 4.0])
    changes = {
        "add_": lambda x: x.add_(1),
        "mul_": lambda x: x.mul_(other),
        "exp_": lambda x: x.exp_(),
        "zero_": lambda x: x.zero_(),
        "fill_": lambda x: x.fill_(1.5),
        "copy_": lambda x: x.copy_(other),
        "assignment": lambda x: x.__setitem__(0, 1.0),
        "assignment by mask": lambda x: x.__setitem__(x > 0, 1.0),
        "view": lambda x: x.view(2, 1).mul_(2),
        "out": lambda x: torch.add(other, 1, out=x),
        "normal_": lambda x: x.normal_(),
        "unsqueeze_": lambda x: x.unsqueeze_(0),
    }
    for name, change in changes.items():
        yield name, raises(lambda change=change: change(_made_inside(torch)))
    with torch.no_grad():
        yield "under no_grad", raises(lambda: _made_inside(torch).add_(1))


@case(MECHANICS, builds_on=("inference_mode::changed_in_place_outside",))
def refused_after_the_fact(torch):
    """The refusal comes when the version is counted: the values are changed by then."""
    x = _made_inside(torch)
    raises(lambda: x.add_(1))
    yield "x", x.tolist()
    raises(lambda: x[0:1].mul_(2))
    yield "after its view", x.tolist()


@case(MECHANICS, builds_on=("inference_mode::changed_in_place_outside",))
def detached_outside(torch):
    """`.data` and `detach()` outside give inference tensors that count versions of their own and may be changed."""
    x = _made_inside(torch)
    for name, tensor in {"data": x.data, "detached": x.detach()}.items():
        yield f"{name}, before", tensor._version
        tensor.add_(1)
        yield name, (tensor._version, tensor.is_inference(), tensor.tolist())
        yield (
            f"{name}, saved",
            raises(lambda tensor=tensor: torch.tensor([3.0, 4.0], requires_grad=True) * tensor),
        )
    yield "x", x.tolist()
    clone = x.clone()
    clone.add_(10).requires_grad_()
    yield "clone", (clone.is_inference(), clone.tolist())
    (clone * clone).sum().backward()
    yield "gradient", clone.grad


@case(MECHANICS, builds_on=("inference_mode::nothing_is_recorded",))
def saved_for_backward(torch):
    """An inference tensor cannot be saved for `backward`; operations that save nothing of it are recorded."""
    x, made = torch.tensor([3.0, 4.0], requires_grad=True), _made_inside(torch)
    operations = {
        "mul": lambda: x * made,
        "div": lambda: x / made,
        "pow": lambda: x**made,
        "dot": lambda: x.dot(made),
        "maximum": lambda: torch.maximum(x, made),
        "mse_loss": lambda: torch.nn.functional.mse_loss(x, made),
        "masked_fill": lambda: x.masked_fill(_inside(torch, lambda: x > 3), 1.0),
        "index": lambda: x[_inside(torch, lambda: torch.tensor([0]))],
    }
    for name, operation in operations.items():
        yield name, raises(operation)
    y = x + made - 2 * made
    yield "sum", y
    y.backward(torch.tensor([1.0, 2.0]))
    yield "gradient", x.grad
    with torch.no_grad():
        yield "under no_grad", x * made
    yield "of constants", torch.tensor([3.0, 4.0]) * made


def _inside(torch, make):
    with torch.inference_mode():
        return make()


@case(MECHANICS, builds_on=("inference_mode::nothing_is_recorded",))
def requires_grad_of_inference_tensors(torch):
    """An inference tensor may require grad inside only."""
    x = _made_inside(torch)
    yield "requires_grad_", raises(lambda: x.requires_grad_())
    yield "assignment", raises(lambda: setattr(x, "requires_grad", True))
    yield "off", x.requires_grad_(False) is x
    with torch.inference_mode():
        x.requires_grad_()
        yield "inside", x.requires_grad
        yield "result", (x * 2).requires_grad
    yield "outside", x.requires_grad
    yield "use outside", raises(lambda: x * 2)
    yield "backward", raises(lambda: (x * 2).sum().backward())


@case(MECHANICS, builds_on=("inference_mode::nothing_is_recorded",))
def views_of_ordinary_tensors(torch):
    """A view of an ordinary tensor made inside is ordinary, requires grad as its base, and is not changed outside."""
    x = _leaf(torch)
    y = x * 1
    constant = torch.tensor([1.5, -2.0])
    with torch.inference_mode():
        of_leaf, of_result, of_constant = x[0], y.view(4), constant[1:]
        yield "requires_grad", (of_leaf.requires_grad, of_result.requires_grad, of_constant.requires_grad)
        yield "is a view", (of_leaf._is_view(), of_leaf._base is x)
        yield "grad_fn", of_result.grad_fn
    yield "of a leaf", of_leaf
    yield "of a leaf, changed", raises(lambda: of_leaf.add_(1))
    yield "of a result, changed", raises(lambda: of_result.add_(1))
    of_constant.add_(1)
    yield "of a constant, changed", constant
    yield "of a constant, by a tracked tensor", raises(lambda: of_constant.mul_(x[0, 0]))
    (of_result * 2).sum().backward()
    yield "no gradient", x.grad


@case(MECHANICS, builds_on=("inference_mode::views_of_ordinary_tensors",))
def base_changed_after_a_view_inside(torch):
    """A view made inside whose base is changed outside refuses to be used."""
    x = _leaf(torch)
    y = x * 1
    with torch.inference_mode():
        part = y[0]
        several = y.unbind(0)
    y.mul_(2)
    yield "grad_fn", raises(lambda: part.grad_fn)
    yield "use", raises(lambda: part * 2)
    yield "change", raises(lambda: part.add_(1))
    yield "one of several", raises(lambda: several[0].add_(1))
    yield "text", repr(part)


@case(MECHANICS, builds_on=("inference_mode::nothing_is_recorded",))
def saved_tensor_changed_inside(torch):
    """A saved tensor changed inside is noticed by `backward` outside."""
    x = _leaf(torch)
    loss = (x * x).sum()
    with torch.inference_mode():
        x.add_(1)
    yield "x", x
    yield "backward", raises(loss.backward)


@case(MECHANICS, builds_on=("inference_mode::nothing_is_recorded",))
def backward_inside(torch):
    """A graph from outside cannot be extended inside: what is computed there has no graph to run."""
    x = _leaf(torch)
    with torch.inference_mode():
        yield "result", raises(lambda: (x * x).sum().backward())
        yield "grad", raises(lambda: torch.autograd.grad((x * x).sum(), x))
        yield "leaf alone", raises(lambda: x.backward(torch.tensor([1.0])))


@case(INFERENCE)
def inference_mode_as_a_decorator(torch):
    """`@torch.inference_mode()` and `@torch.inference_mode` hold inside the function that they decorate."""
    x = _leaf(torch)

    @torch.inference_mode()
    def called(factor):
        """Multiply."""
        return (x * factor, torch.is_inference_mode_enabled())

    @torch.inference_mode
    def plain():
        return (x * 3, torch.is_inference_mode_enabled())

    @torch.inference_mode(False)
    def off():
        return (x * 3, torch.is_inference_mode_enabled())

    for function, arguments in ((called, (2,)), (plain, ()), (off, ())):
        result, enabled = function(*arguments)
        yield function.__name__, (result.is_inference(), result.requires_grad, enabled)
    yield "docstring", called.__doc__
    with torch.inference_mode():
        yield "off inside", off()[0].requires_grad


@case(INFERENCE)
def inference_mode_around_a_generator(torch):
    """A generator function under `@torch.inference_mode()` runs in it, its caller does not."""
    x = _leaf(torch)

    @torch.inference_mode()
    def numbers():
        for factor in (2, 3):
            yield (x * factor).is_inference()

    for factor, inside in enumerate(numbers(), 2):
        yield f"inside, times {factor}", inside
        yield f"caller, times {factor}", torch.is_inference_mode_enabled()


@case(INFERENCE)
def inference_mode_is_restored(torch):
    """An exception that leaves `inference_mode` restores the modes; another thread has its own."""
    found = []

    def fail():
        with torch.inference_mode():
            with ThreadPoolExecutor(1) as pool:
                found.append(pool.submit(torch.is_inference_mode_enabled).result())
            raise ValueError("left early")

    yield "error", raises(fail)
    yield "modes", (torch.is_inference_mode_enabled(), torch.is_grad_enabled())
    yield "other thread", found


@case(INFERENCE)
def text_of_inference_tensors(torch):
    """Inference tensors print as others do, inside and outside."""
    with torch.inference_mode():
        x = torch.tensor([1.5, -2.0])
        leaf = torch.tensor([1.5, -2.0], requires_grad=True)
        yield "inside", repr(x)
        yield "leaf inside", repr(leaf)
    yield "outside", repr(x)
    yield "product", repr(x * 2)


@case(INFERENCE)
def parameters_and_modules(torch):
    """A layer that is called inside gives inference tensors, and its parameters stay ordinary leaves."""
    weight = torch.nn.Parameter(torch.tensor([[1.5, -2.0]]))
    with torch.inference_mode():
        made = torch.nn.Parameter(torch.tensor([1.5]))
        y = torch.nn.functional.linear(torch.tensor([[2.0, 3.0]]), weight)
    yield "result", (y.is_inference(), y.tolist())
    yield "parameter made inside", (made.is_inference(), made.requires_grad)
    torch.nn.functional.linear(torch.tensor([[2.0, 3.0]]), weight).sum().backward()
    yield "gradient", weight.grad


@case(MECHANICS)
def copied_from_inference_tensors(torch):
    """An ordinary tensor may take its values from an inference tensor, also a tracked one."""
    made = _made_inside(torch)
    x = torch.tensor([3.0, 4.0], requires_grad=True)
    constant = torch.zeros(2)
    constant.copy_(made)
    constant[1] = made[0]
    yield "constant", constant
    y = x * 2
    y[0] = made[1]
    y.add_(made)
    yield "tracked", y
    y.backward(torch.tensor([1.0, 2.0]))
    yield "gradient", x.grad
    yield "tensor of one", raises(lambda: x.data.copy_(made).is_inference())


@case(INFERENCE)
def inference_mode_as_an_object(torch):
    """An `inference_mode` object can be entered again; what is no bool is taken for a function to decorate."""
    mode = torch.inference_mode()
    with mode:
        yield "inside", torch.is_inference_mode_enabled()
    with mode:
        yield "again", torch.is_inference_mode_enabled()
    yield "after", torch.is_inference_mode_enabled()
    yield "flag", (mode.mode, torch.inference_mode(False).mode, mode.clone().mode)
    yield "of a function", torch.inference_mode(lambda: torch.is_inference_mode_enabled())()
