"""`no_grad`, `enable_grad` and `set_grad_enabled`: as context managers, decorators and functions."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from conformance import case, raises

DESCENT = "Automatic differentation and gradient descend"
FIRST_STEPS = "Gradients and autograd, first steps"
LOCALLY = "Autograd mechanics: Locally disabling gradient computation"
NO_GRAD = "grad_modes::no_grad_prints_no_grad_fn"
FLAG = "grad_modes::is_grad_enabled"


@case(DESCENT, "A8", builds_on=("tracking::leaf",))
def no_grad_prints_no_grad_fn(torch):
    """Under `torch.no_grad()`, `x**2+2` of a leaf that requires grad prints without grad_fn."""
    x = torch.tensor([0.49625659, 0.76822180, 0.08847743, 0.13203049], requires_grad=True)
    with torch.no_grad():
        y = x**2 + 2
        yield "y", y
        yield "x", x
    yield "outside", x**2 + 2


@case(FIRST_STEPS, "B7", builds_on=(NO_GRAD,))
def no_grad_as_a_way_out(torch):
    """Under `no_grad`, `x + 2` is not tracked, and x itself still requires grad."""
    x = torch.tensor([-0.51362, 1.08414, -0.72715], requires_grad=True)
    with torch.no_grad():
        yield "x + 2", x + 2
    yield "x", x


@case(LOCALLY)
def is_grad_enabled(torch):
    """`is_grad_enabled()` is True at first, False under `no_grad`, and True under an inner `enable_grad`."""
    yield "at first", torch.is_grad_enabled()
    with torch.no_grad():
        yield "under no_grad", torch.is_grad_enabled()
        with torch.enable_grad():
            yield "under an inner enable_grad", torch.is_grad_enabled()
        yield "after enable_grad", torch.is_grad_enabled()
    yield "after no_grad", torch.is_grad_enabled()


@case(LOCALLY, builds_on=(FLAG,))
def nested_no_grad(torch):
    """Leaving an inner `no_grad` leaves the outer one in force."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    with torch.no_grad():
        with torch.no_grad():
            yield "inner", x * 3
        yield "outer", x * 3
    yield "outside", x * 3


@case(LOCALLY, builds_on=(FLAG,))
def enable_grad_inside_no_grad(torch):
    """What is computed under an `enable_grad` inside `no_grad` is tracked and gives gradients."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    with torch.no_grad(), torch.enable_grad():
        y = x * x
    yield "y", y
    y.backward(torch.tensor([0.3, -1.2]))
    yield "gradient", x.grad


@case(LOCALLY, builds_on=(FLAG,))
def set_grad_enabled_as_a_context(torch):
    """`set_grad_enabled(flag)` as a context manager switches by its argument and restores at the end."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    for flag in (False, True):
        with torch.set_grad_enabled(flag):
            yield f"under {flag}", x * 3
        yield f"after {flag}", torch.is_grad_enabled()
    with torch.no_grad(), torch.set_grad_enabled(True):
        yield "True inside no_grad", x * 3


@case(LOCALLY, builds_on=(FLAG,))
def set_grad_enabled_as_a_function(torch):
    """`set_grad_enabled(flag)` called as a function switches at once and until it is called again."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    try:
        torch.set_grad_enabled(False)
        yield "off", torch.is_grad_enabled()
        yield "product", x * 3
    finally:
        torch.set_grad_enabled(True)
    yield "on", torch.is_grad_enabled()
    yield "product afterwards", x * 3


@case(LOCALLY, builds_on=(NO_GRAD,))
def no_grad_as_a_decorator(torch):
    """A function under `@torch.no_grad()` or `@torch.no_grad` computes untracked at every call."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)

    @torch.no_grad()
    def with_parentheses(value):
        """Square a value."""
        return value * value

    @torch.no_grad
    def without_parentheses(value):
        return value * value

    for call in ("first", "second"):
        yield f"with parentheses, {call} call", with_parentheses(x)
        yield f"without parentheses, {call} call", without_parentheses(x)
    yield "between calls", torch.is_grad_enabled()
    yield "name", with_parentheses.__name__
    yield "docstring", with_parentheses.__doc__


@case(LOCALLY, builds_on=("grad_modes::no_grad_as_a_decorator",))
def other_modes_as_decorators(torch):
    """`@torch.enable_grad()` and `@torch.set_grad_enabled(False)` hold inside the function they decorate."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)

    @torch.enable_grad()
    def tracked(value):
        return value * value

    @torch.set_grad_enabled(False)
    def untracked(value):
        return value * value

    yield "after decorating", torch.is_grad_enabled()
    with torch.no_grad():
        yield "enable_grad called under no_grad", tracked(x)
    yield "set_grad_enabled(False)", untracked(x)
    yield "at the end", torch.is_grad_enabled()


@case(LOCALLY, builds_on=(FLAG,))
def restored_after_an_exception(torch):
    """An exception that leaves a `no_grad` block or function restores the mode."""

    def fail():
        with torch.no_grad():
            raise ValueError("inside the block")

    @torch.no_grad()
    def decorated():
        raise ValueError("inside the function")

    yield "block", raises(fail)
    yield "mode after the block", torch.is_grad_enabled()
    yield "function", raises(decorated)
    yield "mode after the function", torch.is_grad_enabled()


@case(LOCALLY, builds_on=("grad_modes::no_grad_as_a_decorator",))
def no_grad_around_a_generator(torch):
    """A generator function under `@torch.no_grad()` runs untracked, while its caller keeps its own mode."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)

    @torch.no_grad()
    def powers(value):
        for exponent in (2, 3):
            yield value**exponent

    for number, power in enumerate(powers(x)):
        yield f"yielded {number}", power
        yield f"caller's own product {number}", power * x
        yield f"caller's mode {number}", torch.is_grad_enabled()


@case(LOCALLY, builds_on=(FLAG,))
def generator_suspended_under_no_grad(torch):
    """A plain generator suspended inside `with torch.no_grad()` leaves its caller under no_grad too."""

    def inside():
        with torch.no_grad():
            yield 1

    generator = inside()
    next(generator)
    yield "while suspended", torch.is_grad_enabled()
    generator.close()
    yield "after close", torch.is_grad_enabled()


@case(LOCALLY, builds_on=(FLAG,))
def one_object_entered_again(torch):
    """One `no_grad` object can be entered again after it was left."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    mode = torch.no_grad()
    for number in ("first", "second"):
        with mode:
            yield f"{number} time", x * 3
        yield f"after the {number} time", torch.is_grad_enabled()


@case(LOCALLY, builds_on=(FLAG,))
def other_threads_have_their_own_mode(torch):
    """A thread started under `no_grad` computes with tracking enabled."""
    seen = []
    with torch.no_grad(), ThreadPoolExecutor(1) as pool:
        seen.append(pool.submit(torch.is_grad_enabled).result())
    yield "in the thread", seen


@case(LOCALLY, builds_on=(NO_GRAD,))
def leaf_made_under_no_grad(torch):
    """A tensor made under `no_grad` with `requires_grad=True` is an ordinary leaf."""
    with torch.no_grad():
        x = torch.tensor([0.5, -1.5], requires_grad=True)
        inside = x * 3
        yield "inside", inside
    yield "leaf", x
    (x * x).backward(torch.tensor([0.3, -1.2]))
    yield "gradient", x.grad


@case(LOCALLY, builds_on=(NO_GRAD,))
def untracked_result_as_a_constant(torch):
    """A factor computed under `no_grad` counts as a constant in what is computed from it outside."""
    x = torch.tensor([0.5, -1.5, 2.0], requires_grad=True)
    with torch.no_grad():
        scale = x * x + 1
    y = x * scale
    y.backward(torch.tensor([0.3, -1.2, 2.0]))
    yield "y", y
    yield "gradient", x.grad


@case(LOCALLY, builds_on=(NO_GRAD,))
def result_made_under_no_grad_may_become_a_leaf(torch):
    """An untracked result can be asked to require grad and then is a leaf of its own."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    with torch.no_grad():
        y = x * 3
    y.requires_grad_()
    (y * y).backward(torch.tensor([0.3, -1.2]))
    yield "y", y
    yield "gradient of y", y.grad
    yield "gradient of x", x.grad


@case(LOCALLY, builds_on=(NO_GRAD, "refusals::in_place_change_of_a_leaf"))
def leaf_changed_in_place_under_no_grad(torch):
    """Under `no_grad` a leaf may be changed in place: it stays a leaf, and its version counts up."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    with torch.no_grad():
        x.add_(torch.tensor([0.25, 1.0]))
        x *= 2
        x[0] = 7.0
    yield "x", x
    (x * x).sum().backward()
    yield "gradient", x.grad


@case(LOCALLY, builds_on=("grad_modes::leaf_changed_in_place_under_no_grad",))
def saved_leaf_changed_under_no_grad(torch):
    """Changing a saved leaf under `no_grad` does not escape the check of versions."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    y = (x * x).sum()
    with torch.no_grad():
        x.mul_(2)
    yield "refused", raises(lambda: y.backward())
    yield "gradient", x.grad


@case(LOCALLY, builds_on=(NO_GRAD,))
def backward_under_no_grad(torch):
    """`backward` of a graph recorded before runs under `no_grad` as it does outside."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    y = x * x
    with torch.no_grad():
        y.backward(torch.tensor([0.3, -1.2]))
    yield x.grad


@case(LOCALLY, builds_on=(NO_GRAD,))
def copies_under_no_grad(torch):
    """Casts, clones, selections by mask and reductions made under `no_grad` do not require grad."""
    x = torch.tensor([[0.5, -1.5], [2.0, 3.0]], requires_grad=True)
    with torch.no_grad():
        yield "double", x.double()
        yield "clone", x.clone()
        yield "mask", x[x > 0]
        yield "sum", x.sum()
        yield "row sums", x.sum(1)


@case(LOCALLY, builds_on=("grad_modes::copies_under_no_grad",))
def views_under_no_grad(torch):
    """A view of a leaf made under `no_grad` has no grad_fn, yet it requires grad as its base does."""
    x = torch.tensor([[0.5, -1.5], [2.0, 3.0]], requires_grad=True)
    with torch.no_grad():
        row, transposed, flat = x[0], x.t(), x.view(4)
    yield "row", row
    yield "transposed", transposed
    yield "flat", flat
    yield "row of a detached tensor", x.detach()[0]


@case(LOCALLY, builds_on=("grad_modes::views_under_no_grad",))
def backward_from_a_view_made_under_no_grad(torch):
    """`backward` from a view made under `no_grad` runs, but leaves a gradient in neither base nor view."""
    x = torch.tensor([[0.5, -1.5], [2.0, 3.0]], requires_grad=True)
    with torch.no_grad():
        row = x[0]
    product = row * 3
    yield "product", product
    product.backward(torch.tensor([0.3, -1.2]))
    yield "gradient of the base", x.grad
    yield "gradient of the view", row.grad


@case(LOCALLY, builds_on=("grad_modes::views_under_no_grad",))
def view_made_under_no_grad_changed_outside(torch):
    """A view made under `no_grad` cannot be changed in place where tracking is enabled."""
    x = torch.tensor([[0.5, -1.5], [2.0, 3.0]], requires_grad=True)
    with torch.no_grad():
        row = x[0]
        row.mul_(2)
    yield "x", x
    yield "refused", raises(lambda: row.mul_(2))


@case(LOCALLY, builds_on=(NO_GRAD,))
def casts_that_change_nothing_under_no_grad(torch):
    """Under `no_grad`, a cast to the leaf's own dtype still returns the leaf itself, which requires grad."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    with torch.no_grad():
        yield "same object", x.float() is x
        yield "cast", x.float()


@case(LOCALLY, builds_on=(FLAG,))
def set_grad_enabled_wants_a_bool(torch):
    """`set_grad_enabled` refuses what is not a bool, and leaves the mode as it is."""
    yield "number", raises(lambda: torch.set_grad_enabled(0))
    yield "None", raises(lambda: torch.set_grad_enabled(None))
    yield "mode", torch.is_grad_enabled()


@case(LOCALLY, builds_on=(FLAG,))
def left_in_another_order(torch):
    """A mode restores on leaving what it saw on entering, also when modes are left in another order."""
    first, second = torch.no_grad(), torch.enable_grad()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    yield "after leaving the outer", torch.is_grad_enabled()
    second.__exit__(None, None, None)
    yield "after leaving the inner", torch.is_grad_enabled()
    torch.set_grad_enabled(True)
