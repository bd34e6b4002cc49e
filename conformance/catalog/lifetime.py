"""How long tensors live: everything goes with its last reference, without the cyclic garbage collector."""

from __future__ import annotations

import contextlib
import gc
import weakref

from conformance import case, raises

MECHANICS = "Autograd mechanics: How autograd encodes the history"
SAVED = "Autograd mechanics: Saved Tensors"
BACKWARD = "torch.autograd: torch.Tensor.backward"
RESULT = "lifetime::result_goes_with_its_name"


@contextlib.contextmanager
def no_collector():
    """Without the cyclic collector, so that what is in a cycle stays."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


def weakly(tensor):
    """A weak reference; how long an adapter's stand-in for a tensor lives tells nothing of the subject."""
    if getattr(type(tensor), "stand_in", False):
        raise NotImplementedError("weakref.ref(Tensor)")
    return weakref.ref(tensor)


class Mark:
    """Something that can be referred to weakly."""


@case(MECHANICS)
def result_goes_with_its_name(torch):
    """A result that nobody else needs is gone as soon as its name is, whether it was tracked or not."""
    with no_collector():
        for requires_grad in (False, True):
            x = torch.tensor([1.5, -2.0], requires_grad=requires_grad)
            y = x * 3
            reference = weakly(y)
            name = "tracked" if requires_grad else "untracked"
            yield f"{name}, alive", reference() is y
            del y
            yield f"{name}, gone", reference() is None


@case(MECHANICS, builds_on=(RESULT,))
def leaf_lives_as_long_as_its_graph(torch):
    """A graph keeps its leaves: they are gone when the last result is."""
    with no_collector():
        x = torch.tensor([1.5, -2.0], requires_grad=True)
        y = (x * 3).exp().sum()
        reference = weakly(x)
        del x
        yield "while the result lives", reference() is None
        yield "the leaf", reference().tolist()
        node = y.grad_fn
        del y
        yield "while its node lives", reference() is None
        del node
        yield "afterwards", reference() is None


@case(SAVED, builds_on=(RESULT,))
def what_is_saved_lives_until_the_graph_is_freed(torch):
    """An intermediate result lives on where a node saved it as input, until a backward frees the node."""
    with no_collector():
        x = torch.tensor([1.5, -2.0], requires_grad=True)
        y = x + 1
        unsaved = y * 3
        z = (y * y).sum() + unsaved.sum()
        saved_one, unsaved_one = weakly(y), weakly(unsaved)
        del y, unsaved
        yield "saved", saved_one() is None
        yield "not saved", unsaved_one() is None
        z.backward(retain_graph=True)
        yield "saved, after a retaining backward", saved_one() is None
        z.backward()
        yield "saved, after a freeing backward", saved_one() is None
        yield "gradient", x.grad.tolist()


@case(SAVED, builds_on=(RESULT,))
def node_that_saved_its_own_result(torch):
    """A node that saved its own result does not keep the tensor alive: there is no cycle."""
    with no_collector():
        x = torch.tensor([0.5, -1.0], requires_grad=True)
        for name in ("exp", "sigmoid", "tanh", "sqrt", "relu"):
            y = getattr(x, name)()
            node, reference = y.grad_fn, weakly(y)
            del y
            yield name, reference() is None
            yield f"{name}, saved result", node._saved_result


@case(MECHANICS, builds_on=(RESULT,))
def result_in_the_graph_of_another(torch):
    """A result in the middle of a chain is gone with its name, though its node lives on."""
    with no_collector():
        x = torch.tensor([1.5, -2.0], requires_grad=True)
        y = x + 1
        z = y * 3
        reference = weakly(y)
        del y
        yield "gone", reference() is None
        yield "node", z.grad_fn.next_functions[0][0].name()
        z.sum().backward()
        yield "gradient", x.grad.tolist()


@case(BACKWARD, builds_on=(RESULT,))
def gradients_on_the_way_are_gone(torch):
    """Gradients of intermediate results are gone when they were used, hooks or not."""
    with no_collector():
        x = torch.tensor([1.5, -2.0], requires_grad=True)
        y = x * 3
        seen = []

        def hook(grad):
            seen.append(weakly(grad))

        for tensor in (y, y * 2):
            tensor.register_hook(hook)
            tensor.backward(torch.tensor([1.0, 0.5]), retain_graph=True)
        yield "gone", [reference() is None for reference in seen]
        yield "gradient", x.grad.tolist()


@case(BACKWARD, builds_on=(RESULT,))
def given_gradient_is_let_go(torch):
    """The gradient that is given to `backward` is not kept, nor is what it was made into."""
    with no_collector():
        x = torch.tensor([1.5, -2.0], requires_grad=True)
        for name, root in (("leaf", x), ("passed on", x + 1), ("multiplied", x * 3)):
            given = torch.tensor([1.0, 0.5])
            reference = weakly(given)
            root.backward(given)
            del given, root
            yield name, reference() is None
        yield "gradient", x.grad.tolist()


@case(BACKWARD, builds_on=(RESULT,))
def backward_leaves_no_cycle(torch):
    """After a backward, hooks and retained gradients included, everything goes with its names."""
    with no_collector():
        x = torch.tensor([1.5, -2.0], requires_grad=True)
        y = x**2
        y.register_hook(lambda grad: grad * 2)
        x.register_hook(lambda grad: grad + 1)
        y.retain_grad()
        z = (y * y).sum()
        z.backward()
        yield "gradient", y.grad.tolist()
        tensors = {"x": x, "y": y, "z": z, "x.grad": x.grad, "y.grad": y.grad}
        references = {name: weakly(tensor) for name, tensor in tensors.items()}
        del x, y, z, tensors
        yield "gone", {name: reference() is None for name, reference in references.items()}


@case(BACKWARD, builds_on=(RESULT,))
def stopped_backward_leaves_no_cycle(torch):
    """A backward that a hook's error stopped leaves nothing behind either."""
    with no_collector():
        x = torch.tensor([1.5, -2.0], requires_grad=True)
        y = x**2
        mark = Mark()

        def stop(grad, mark=mark):
            raise ValueError("stopped")

        y.register_hook(stop)
        z = (y * 3).sum()
        yield "stopped", str(raises(z.backward).error)
        references = [weakly(each) for each in (y, z, mark)]
        del y, z, mark, stop
        yield "gone", [reference() is None for reference in references]


@case("torch.autograd: torch.autograd.grad", builds_on=(RESULT,))
def gradient_with_a_graph_goes_with_its_name(torch):
    """A gradient that `grad` made with `create_graph` is gone with its name, and the graph with it."""
    with no_collector():
        x = torch.tensor([1.5, -2.0], requires_grad=True)
        y = (x**3).sum()
        (gradient,) = torch.autograd.grad(y, x, create_graph=True)
        (second,) = torch.autograd.grad(gradient.sum(), x, create_graph=True)
        yield "second", second.tolist()
        references = [weakly(each) for each in (x, y, gradient, second)]
        del y
        yield "after the result", [reference() is None for reference in references]
        del x, gradient
        yield "after leaf and gradient", [reference() is None for reference in references]
        del second
        yield "after the second derivative", [reference() is None for reference in references]


@case(BACKWARD, builds_on=(RESULT,))
def backward_with_create_graph_makes_a_cycle(torch):
    """`backward` with `create_graph` leaves a cycle of leaf and gradient, until the gradient is set to None."""
    with no_collector():
        references = []
        for reset in (False, True):
            x = torch.tensor([1.5, -2.0], requires_grad=True)
            (x**3).sum().backward(create_graph=True)
            yield f"gradient, {'reset' if reset else 'kept'}", x.grad.tolist()
            references.append(weakly(x))
            if reset:
                x.grad = None
        del x
        yield "gone without resetting", references[0]() is None
        yield "gone after resetting", references[1]() is None
        references[0]().grad = None
        yield "reset later", references[0]() is None


@case(MECHANICS, builds_on=(RESULT,))
def view_keeps_its_base(torch):
    """A view keeps its base alive, not a view that it was made through; all go with the last."""
    with no_collector():
        for requires_grad in (False, True):
            x = torch.tensor([[1.5, -2.0], [0.5, 4.0]], requires_grad=requires_grad)
            base = x * 2
            row = base[1]
            element = row[0:1]
            references = [weakly(each) for each in (base, row, element)]
            name = "tracked" if requires_grad else "untracked"
            del base
            yield f"{name}, without the base's name", [reference() is None for reference in references]
            del row
            yield f"{name}, without the row's name", [reference() is None for reference in references]
            yield f"{name}, element", element.tolist()
            del element
            yield f"{name}, without any", [reference() is None for reference in references]


@case(MECHANICS, builds_on=("lifetime::view_keeps_its_base",))
def base_does_not_keep_its_views(torch):
    """A base does not keep its views alive, also where they were changed in place."""
    with no_collector():
        x = torch.tensor([[1.5, -2.0], [0.5, 4.0]], requires_grad=True)
        base = x * 2
        row, column = base[1], base[:, 0]
        row.mul_(3)
        references = [weakly(row), weakly(column)]
        del row
        yield "the changed one", [reference() is None for reference in references]
        yield "the other one", column.tolist()
        del column
        yield "both", [reference() is None for reference in references]
        base_reference = weakly(base)
        yield "base", base.tolist()
        del base
        yield "gone", base_reference() is None


@case(MECHANICS, builds_on=(RESULT,))
def tensors_changed_in_place_leave_no_cycle(torch):
    """A result that was changed in place, several times and by itself, goes with its name."""
    with no_collector():
        x = torch.tensor([0.5, -1.0], requires_grad=True)
        y = x * 2
        y.mul_(3)
        y[0] = y[1]
        y.add_(x)
        yield "y", y.tolist()
        z = y.sum()
        reference = weakly(y)
        leaf = weakly(x)
        del y
        yield "gone while another result lives", reference() is None
        z.backward()
        yield "gradient", x.grad.tolist()
        del x, z
        yield "leaf", leaf() is None


@case("torch.Tensor: register_hook", builds_on=(RESULT,))
def hooks_go_with_their_tensor(torch):
    """A hook, and what it refers to, is gone with its tensor or when it is removed."""
    with no_collector():
        x = torch.tensor([1.5, -2.0], requires_grad=True)
        marks = [Mark() for _ in range(3)]
        references = [weakly(mark) for mark in marks]
        y, z = x * 3, x * 5
        for tensor, mark in ((y, marks[0]), (z, marks[1])):
            tensor.register_hook(lambda grad, mark=mark: None)
        handle = x.register_hook(lambda grad, mark=marks[2]: None)
        del marks, mark, tensor
        yield "registered", [reference() is None for reference in references]
        del y
        yield "result gone", [reference() is None for reference in references]
        handle.remove()
        yield "hook removed", [reference() is None for reference in references]
        z.sum().backward()
        yield "after a backward", [reference() is None for reference in references]
        del z
        yield "other result gone", [reference() is None for reference in references]


@case("torch.Tensor: register_hook", builds_on=("lifetime::hooks_go_with_their_tensor",))
def hook_that_refers_to_its_tensor(torch):
    """A hook of a leaf that refers to the leaf makes a cycle; removing the hook ends it."""
    with no_collector():
        x = torch.tensor([1.5, -2.0], requires_grad=True)
        handle = x.register_hook(lambda grad, x=x: grad * x.detach())
        (x * 3).sum().backward()
        yield "gradient", x.grad.tolist()
        reference = weakly(x)
        del x
        yield "in the cycle", reference() is None
        handle.remove()
        yield "hook removed", reference() is None


@case(MECHANICS, builds_on=("lifetime::leaf_lives_as_long_as_its_graph",))
def leaf_comes_back_as_itself(torch):
    """A leaf that only a graph keeps is the same object when it is asked for again, with its attributes."""
    with no_collector():
        x = torch.tensor([1.5, -2.0], requires_grad=True)
        x.note = "kept"
        y = x * x
        reference = weakly(x)
        del x
        variable = y.grad_fn.next_functions[0][0].variable
        yield "the same as its weak reference", variable is reference()
        yield "the same as the saved tensor", variable is y.grad_fn._saved_self
        yield "attribute", variable.note
        y.sum().backward()
        yield "gradient", variable.grad.tolist()


@case(MECHANICS, builds_on=(RESULT,))
def attributes_go_with_their_tensor(torch):
    """What a program hangs on a tensor is gone with the tensor, or lives as long as a graph needs the tensor."""
    with no_collector():
        x = torch.tensor([1.5, -2.0], requires_grad=True)
        marks = [Mark(), Mark()]
        references = [weakly(mark) for mark in marks]
        y = x * 3
        x.mark, y.mark = marks
        del marks, x
        yield "leaf without a name", [reference() is None for reference in references]
        del y
        yield "without its result", [reference() is None for reference in references]


@case(MECHANICS, builds_on=(RESULT,))
def detached_tensor_keeps_memory_only(torch):
    """A detached tensor shares memory, but keeps neither the tensor nor its graph alive."""
    with no_collector():
        x = torch.tensor([1.5, -2.0], requires_grad=True)
        y = x * 3
        detached, data = y.detach(), y.data
        references = [weakly(x), weakly(y)]
        del x, y
        yield "gone", [reference() is None for reference in references]
        yield "detached", detached.tolist()
        detached.mul_(2)
        yield "data", data.tolist()


@case("Autograd mechanics: Locally disabling gradient computation", builds_on=(RESULT,))
def nothing_is_kept_under_no_grad(torch):
    """Under `no_grad` a result keeps none of its operands."""
    with no_collector():
        x = torch.tensor([1.5, -2.0], requires_grad=True)
        reference = weakly(x)
        with torch.no_grad():
            y = (x * x).exp()
        del x
        yield "gone", reference() is None
        yield "result", y.tolist()


@case(MECHANICS, builds_on=(RESULT,))
def chain_of_twenty_thousand_operations(torch):
    """A chain of 20,000 operations is run, and freed with its last name, however deep it is."""
    with no_collector():
        x = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
        factor = torch.tensor(1.0001, dtype=torch.float64, requires_grad=True)
        y = x
        middle = None
        for step in range(10000):
            y = y * factor
            y = y + 0.0001
            if step == 5000:
                middle = weakly(y)
        yield "result", y.tolist()
        y.backward()
        yield "x.grad", x.grad.tolist()
        yield "factor.grad", factor.grad.tolist()
        references = [weakly(x), weakly(y)]
        yield "middle is gone", middle() is None
        del x, y
        yield "gone", [reference() is None for reference in references]


@case(MECHANICS, builds_on=("lifetime::chain_of_twenty_thousand_operations",))
def chain_that_is_never_run(torch):
    """A chain of 20,000 operations that never ran is freed with its last name, too."""
    with no_collector():
        x = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
        y = x
        for _ in range(20000):
            y = y.sin()
        yield "result", y.tolist()
        reference = weakly(x)
        del x
        yield "leaf, while the result lives", reference() is None
        del y
        yield "leaf, afterwards", reference() is None


def live_tensors(torch):
    """How many tensors there are in the process."""
    return sum(issubclass(type(each), torch.Tensor) for each in gc.get_objects())


@case(BACKWARD, builds_on=("lifetime::backward_leaves_no_cycle",))
def training_makes_no_tensors_that_stay(torch):
    """After 500 steps of training there are as many tensors as after 20."""
    with no_collector():
        weight = torch.tensor([[0.5, -0.25], [0.1, 0.3]], requires_grad=True)
        bias = torch.tensor([0.1, -0.2], requires_grad=True)
        optimizer = torch.optim.SGD([weight, bias], lr=0.01, momentum=0.9)
        inputs = torch.tensor([[1.0, 2.0], [-1.5, 0.5], [0.25, -1.0]])
        targets = torch.tensor([[0.5, -1.0], [1.0, 0.0], [0.0, 0.25]])
        counts = []
        for step in range(500):
            optimizer.zero_grad()
            loss = ((inputs @ weight + bias).tanh() - targets).pow(2).mean()
            loss.backward()
            optimizer.step()
            if step in (20, 499):
                counts.append(live_tensors(torch))
        yield "further tensors", counts[1] - counts[0]
        yield "trained", bool(loss < 0.4)


@case(BACKWARD, builds_on=("lifetime::training_makes_no_tensors_that_stay",))
def training_with_everything_that_holds(torch):
    """Hooks, retained gradients, views, changes in place and second derivatives leave no tensors behind."""
    with no_collector():
        weight = torch.tensor([0.5, -0.25, 0.75], requires_grad=True)
        seen = []
        counts = []
        for step in range(300):
            hidden = weight * torch.tensor([1.0, 2.0, 3.0])
            hidden.retain_grad()
            hidden.register_hook(lambda grad: seen.append(grad.sum().item()))
            view = hidden[1:]
            view.mul_(1.5)
            hidden.add_(0.1)
            loss = hidden.pow(2).sum() + view.exp().sum()
            (gradient,) = torch.autograd.grad(loss, weight, create_graph=True)
            (loss + 0.1 * gradient.pow(2).sum()).backward()
            with torch.no_grad():
                weight.sub_(weight.grad * 1e-4)
            weight.grad = None
            if step in (20, 299):
                counts.append(live_tensors(torch))
        yield "further tensors", counts[1] - counts[0]
        yield "hook ran", len(seen)
