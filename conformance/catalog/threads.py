"""Several threads, and backwards within backwards: what each sees of the others."""

from __future__ import annotations

import threading

from conformance import case, raises

THREADS = "Autograd mechanics: Multithreaded Autograd"
NESTED = "Autograd mechanics: Reentrant backwards"
MODE = "Autograd mechanics: Locally disabling gradient computation"
IN_HOOK = "threads::backward_of_another_graph_in_a_hook"


def run_threads(functions):
    """Run each function in a thread of its own, all at once, and wait; the first error is raised here."""
    errors = errors_of_threads(functions)
    for error in errors:
        if error is not None:
            raise error
    return errors


def errors_of_threads(functions):
    """The same; the errors, in order."""
    barrier = threading.Barrier(len(functions), timeout=10)
    errors = [None] * len(functions)

    def run(number, function):
        barrier.wait()
        errors[number] = raises(function).error

    threads = [
        threading.Thread(target=run, args=(number, function)) for number, function in enumerate(functions)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


@case(THREADS)
def threads_that_share_a_leaf(torch):
    """Threads that go backward to one leaf at the same time all add to its gradient; none is lost."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)

    def work(factor):
        for _ in range(20):
            (x * factor).backward(torch.tensor([1.0, -3.0]))

    errors = run_threads([lambda factor=factor: work(factor) for factor in (1.0, 2.0, 4.0, 8.0)])
    yield "errors", errors
    yield "gradient", x.grad


@case(THREADS, builds_on=("threads::threads_that_share_a_leaf",))
def threads_that_share_a_large_leaf(torch):
    """The same with a gradient of many elements, where adding takes its time."""
    x = torch.full([50000], 0.5, requires_grad=True)

    def work(factor):
        for _ in range(10):
            (x * factor).sum().backward()

    yield "errors", run_threads([lambda factor=factor: work(factor) for factor in (1.0, 2.0, 4.0)])
    yield "smallest", x.grad.min()
    yield "largest", x.grad.max()


@case(THREADS, builds_on=("threads::threads_that_share_a_leaf",))
def threads_that_share_a_retained_graph(torch):
    """Threads may go through one retained graph at the same time: each run has its own gradients on the way."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * x
    z = y * 3 + y
    weights = ([1.0, 0.0], [0.0, 1.0], [2.0, -2.0])

    def work(weight):
        for _ in range(20):
            z.backward(torch.tensor(weight), retain_graph=True)

    yield "errors", run_threads([lambda weight=weight: work(weight) for weight in weights])
    yield "gradient", x.grad


@case(THREADS)
def graph_made_in_one_thread_run_in_another(torch):
    """A graph that one thread made can be run by another."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    made = []
    run_threads([lambda: made.append((x**3).sum())])
    yield "result", made[0]
    yield "errors", run_threads([lambda: made[0].backward()])
    yield "gradient", x.grad


@case(THREADS)
def hooks_run_in_the_thread_that_goes_backward(torch):
    """The hooks of a graph run in the thread that calls `backward`, whichever made the graph."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * 3
    seen = []
    y.register_hook(lambda grad: seen.append(threading.current_thread() is threading.main_thread()))
    x.register_hook(lambda grad: seen.append(threading.current_thread() is threading.main_thread()))
    y.sum().backward()
    yield "in the main thread", list(seen)
    seen.clear()
    errors_of_threads([lambda: (y * 1).sum().backward()])
    yield "in another thread", seen


@case(THREADS)
def error_in_a_thread(torch):
    """What goes wrong in one thread's backward is raised in that thread only."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)

    def stop(grad):
        raise ValueError("stopped")

    failing = x * 3
    failing.register_hook(stop)
    errors = errors_of_threads(
        [lambda: failing.sum().backward(), lambda: (x * 5).backward(torch.tensor([0.5, 2.5]))]
    )
    yield "errors", [None if error is None else f"{type(error).__name__}: {error}" for error in errors]
    yield "gradient", x.grad


@case(MODE)
def mode_of_a_thread_stays_in_it(torch):
    """A thread that turns grad mode off changes nothing for the others, and starts with it on."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    seen = []

    def work():
        seen.append(("at the start", torch.is_grad_enabled(), (x * 3).requires_grad))
        torch.set_grad_enabled(False)
        seen.append(("turned off", torch.is_grad_enabled(), (x * 3).requires_grad))

    with torch.no_grad():
        run_threads([work])
        yield "in the thread", list(seen)
        yield "outside, under no_grad", torch.is_grad_enabled()
    yield "outside", torch.is_grad_enabled()
    with torch.set_grad_enabled(True):
        run_threads([work])
    yield "the next thread", seen[2:]


@case(MODE, builds_on=("threads::mode_of_a_thread_stays_in_it",))
def mode_during_a_backward_in_a_thread(torch):
    """A backward with `create_graph` in one thread does not turn recording on in a hook of another."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    modes = {}
    both = threading.Barrier(2, timeout=10)

    def work(name, create_graph):
        y = x**2

        def hook(grad):
            both.wait()
            modes[name] = torch.is_grad_enabled()
            both.wait()

        y.register_hook(hook)
        torch.autograd.grad(y.sum(), x, create_graph=create_graph)

    errors = run_threads([lambda: work("plain", False), lambda: work("create_graph", True)])
    yield "errors", errors
    yield "modes", sorted(modes.items())
    yield "outside", torch.is_grad_enabled()


# ---- backward within backward ------------------------------------------------------------------------------


@case(NESTED)
def backward_of_another_graph_in_a_hook(torch):
    """A hook may call `backward` of another graph; it is done when the call returns, and the outer run goes on."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([0.5, 3.0], requires_grad=True)
    order = []
    w.register_hook(lambda grad: order.append("w"))
    x.register_hook(lambda grad: order.append("x"))

    def hook(grad):
        order.append("before")
        inner.backward()
        order.append("after")

    inner = (w**3).sum()
    y = x**2
    y.register_hook(hook)
    y.sum().backward()
    yield "order", order
    yield "x.grad", x.grad
    yield "w.grad", w.grad


@case(NESTED, builds_on=(IN_HOOK,))
def backward_to_the_same_leaf_in_a_hook(torch):
    """An inner backward may accumulate into the leaf that the outer one accumulates into."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    seen = []

    def hook(grad):
        with torch.enable_grad():
            (x * 100).sum().backward()
        seen.append(x.grad.tolist())

    y = x**2
    y.register_hook(hook)
    (y * torch.tensor([1.0, 0.5])).sum().backward()
    yield "after the inner run", seen
    yield "gradient", x.grad


@case(NESTED, builds_on=(IN_HOOK,))
def backward_in_the_hook_of_its_own_leaf(torch):
    """A leaf's hook may call `backward` toward that leaf, as long as it ends: the hook runs again inside."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    seen = []

    def hook(grad):
        seen.append(grad.tolist())
        if len(seen) < 3:
            with torch.enable_grad():
                (x * (10.0 ** len(seen))).backward(torch.tensor([1.0, 2.0]))

    x.register_hook(hook)
    (x * 1).backward(torch.tensor([3.0, 0.5]))
    yield "seen", seen
    yield "gradient", x.grad


@case(NESTED, builds_on=(IN_HOOK,))
def grad_in_a_hook(torch):
    """A hook may compute a gradient with `grad` and return something made of it."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)

    def hook(grad):
        with torch.enable_grad():
            (inner,) = torch.autograd.grad((x**3).sum(), x)
        return grad * inner

    y = x * 2
    y.register_hook(hook)
    y.backward(torch.tensor([1.0, 0.5]))
    yield "gradient", x.grad


@case(NESTED, builds_on=(IN_HOOK,))
def grad_mode_around_a_nested_backward(torch):
    """An inner run has its own grad mode; the outer one's is back when it returns."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    modes = []

    def inner_hook(grad):
        modes.append(("inner", torch.is_grad_enabled()))

    def hook(grad):
        modes.append(("outer, before", torch.is_grad_enabled()))
        with torch.enable_grad():
            y = x**3
            y.register_hook(inner_hook)
            torch.autograd.grad(y.sum(), x, create_graph=True)
            torch.autograd.grad(y.sum(), x)
        modes.append(("outer, after", torch.is_grad_enabled()))

    z = x * 2
    z.register_hook(hook)
    z.sum().backward()
    yield "modes", modes
    yield "outside", torch.is_grad_enabled()


@case(NESTED, builds_on=(IN_HOOK,))
def error_in_a_nested_backward(torch):
    """An error in an inner backward ends the outer one, unless the hook catches it."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    freed = (x**2).sum()
    freed.backward()
    x.grad = None
    y = x * 3
    handle = y.register_hook(lambda grad: freed.backward())
    yield "not caught", raises(lambda: y.backward(torch.tensor([0.5, 2.5])))
    yield "gradient", x.grad
    yield "grad mode", torch.is_grad_enabled()
    handle.remove()
    caught = []
    y.register_hook(lambda grad: caught.append(type(raises(freed.backward).error).__name__))
    y.backward(torch.tensor([0.5, 2.5]))
    yield "caught", caught
    yield "gradient after it", x.grad


@case(NESTED, builds_on=(IN_HOOK,))
def hook_that_runs_its_own_graph(torch):
    """A hook that runs the root again, retained, comes to itself again."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x**2
    total = (y * torch.tensor([1.0, 0.5])).sum()
    depth = []

    def hook(grad):
        depth.append(len(depth))
        if len(depth) < 4:
            total.backward(retain_graph=True)

    y.register_hook(hook)
    total.backward(retain_graph=True)
    yield "depth", depth
    yield "gradient", x.grad


def nested_function(torch, log):
    """A function whose backward recomputes its forward and goes backward through that, level by level."""

    class Nested(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, level):
            ctx.save_for_backward(x)
            ctx.level = level
            return x * 1.5

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            log.append(("enter", ctx.level))
            with torch.enable_grad():
                x = x.detach().requires_grad_()
                y = Nested.apply(x, ctx.level - 1) if ctx.level else x * 1.5
            y.backward(grad)
            log.append(("leave", ctx.level))
            return x.grad, None

    return Nested


@case(NESTED, builds_on=(IN_HOOK,))
def backward_in_a_function_s_backward(torch):
    """A custom function may recompute in its backward and go backward through that, several levels deep."""
    log = []
    nested = nested_function(torch, log)
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    (nested.apply(x, 3) ** 2).sum().backward()
    yield "order", log
    yield "gradient", x.grad


@case(NESTED, builds_on=("threads::backward_in_a_function_s_backward",))
def backward_nested_two_hundred_levels_deep(torch):
    """Backwards may be nested two hundred levels deep."""
    log = []
    nested = nested_function(torch, log)
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    (nested.apply(x, 200) ** 2).sum().backward()
    yield "levels entered and left", len(log)
    yield "gradient", x.grad


@case(NESTED, builds_on=("threads::backward_in_a_function_s_backward",))
def checkpoint_by_hand(torch):
    """A part that is computed again in the backward gives the gradients of the plain computation."""

    class Checkpoint(torch.autograd.Function):
        @staticmethod
        def forward(ctx, run, x, w):
            ctx.run = run
            ctx.save_for_backward(x, w)
            with torch.no_grad():
                return run(x, w)

        @staticmethod
        def backward(ctx, grad):
            inputs = [each.detach().requires_grad_() for each in ctx.saved_tensors]
            with torch.enable_grad():
                result = ctx.run(*inputs)
            torch.autograd.backward(result, grad)
            return (None, *[each.grad for each in inputs])

    def run(x, w):
        return (x * w).sin() * x

    gradients = []
    for apply in (run, lambda x, w: Checkpoint.apply(run, x, w)):
        x = torch.tensor([1.5, -2.0], requires_grad=True)
        w = torch.tensor([0.5, 3.0], requires_grad=True)
        apply(apply(x, w), w).backward(torch.tensor([1.0, 0.5]))
        gradients.append((x.grad, w.grad))
    yield "plain", gradients[0]
    yield "computed again", gradients[1]


@case(NESTED, builds_on=(IN_HOOK,))
def nested_backward_into_inputs(torch):
    """An inner backward with `inputs` and an outer one do not see each other's inputs."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([0.5, 3.0], requires_grad=True)
    shared = x * w

    ran = []

    def hook(grad):
        ran.append(grad.tolist())
        if len(ran) == 1:
            other.backward(retain_graph=True, inputs=[x])

    product = shared * 2
    other = (product * 7).sum()
    shared.register_hook(hook)
    (product * torch.tensor([1.0, 0.5])).sum().backward(retain_graph=True, inputs=[w])
    yield "hook", ran
    yield "x.grad", x.grad
    yield "w.grad", w.grad
