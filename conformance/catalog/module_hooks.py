"""Forward hooks of modules: those of one module and those of all."""

from __future__ import annotations

from conformance import case, raises

MODULE = "torch.nn.Module"
GLOBAL = "torch.nn.modules.module"


def layers(torch):
    """A module that scales its input and adds what it is told to, and an input that requires grad."""

    class Scale(torch.nn.Module):
        def forward(self, x, *, shift=0.0):
            return x * 3 + shift

    return Scale(), torch.tensor([1.5, -2.0], requires_grad=True)


def failing(torch):
    """A module whose forward raises."""

    class Failing(torch.nn.Module):
        def forward(self, x):
            raise ValueError("no forward")

    return Failing()


@case(f"{MODULE}: register_forward_hook")
def forward_hook_sees_and_replaces(torch):
    """A forward hook gets the module, the positional inputs and the output; what it returns is the output."""
    module, x = layers(torch)
    seen = []

    def hook(self, args, output):
        seen.append((self is module, len(args), args[0] is x, output.tolist()))
        return output * 10

    yield "result", module.register_forward_hook(hook) is not None
    y = module(x, shift=0.5)
    yield "seen", seen
    yield "output", y
    y.backward(torch.tensor([1.0, 0.5]))
    yield "gradient", x.grad


@case(f"{MODULE}: register_forward_hook", builds_on=("module_hooks::forward_hook_sees_and_replaces",))
def forward_hooks_in_order(torch):
    """Forward hooks run in the order of registration, on what the ones before returned; `prepend` puts one first."""
    module, x = layers(torch)
    order = []

    def note(name, result):
        def hook(self, args, output):
            order.append((name, output.tolist()))
            return result(output)

        return hook

    module.register_forward_hook(note("plus", lambda output: output + 1))
    module.register_forward_hook(note("nothing", lambda output: None))
    module.register_forward_hook(note("times", lambda output: output * 10), prepend=True)
    yield "output", module(x)
    yield "order", order


@case(f"{MODULE}: register_forward_hook", builds_on=("module_hooks::forward_hook_sees_and_replaces",))
def forward_hook_with_kwargs(torch):
    """With `with_kwargs=True` the hook gets the keyword arguments, too, as a dictionary."""
    module, x = layers(torch)
    seen = []

    def hook(self, args, kwargs, output):
        seen.append((len(args), kwargs))
        return output - kwargs.get("shift", 100)

    module.register_forward_hook(hook, with_kwargs=True)
    yield "with one", module(x, shift=0.5)
    yield "without", module(x)
    yield "seen", seen


@case(f"{MODULE}: register_forward_hook", builds_on=("module_hooks::forward_hooks_in_order",))
def removed_forward_hook(torch):
    """A removed forward hook runs no more."""
    module, x = layers(torch)
    first = module.register_forward_hook(lambda self, args, output: output + 1, with_kwargs=False)
    module.register_forward_hook(lambda self, args, kwargs, output: output * 10, with_kwargs=True)
    yield "both", module(x)
    first.remove()
    yield "one", module(x)
    with module.register_forward_hook(lambda self, args, output: output - 5):
        yield "in a block", module(x)
    yield "after it", module(x)


@case(f"{MODULE}: register_forward_hook", builds_on=("module_hooks::forward_hook_sees_and_replaces",))
def forward_hook_may_return_anything(torch):
    """What a forward hook returns is not checked: a tuple, a number or a string becomes the output."""
    module, x = layers(torch)
    for result in ((1, 2), "text", 0, False):
        with module.register_forward_hook(lambda self, args, output, result=result: result):
            yield f"{result!r}", module(x)


@case(f"{MODULE}: register_forward_hook", builds_on=("module_hooks::forward_hook_sees_and_replaces",))
def forward_hook_that_changes_the_output_in_place(torch):
    """A forward hook may change the output in place; its history follows."""
    module, x = layers(torch)
    module.register_forward_hook(
        lambda self, args, output: output.exp_() and None if False else output.mul_(2) * 1
    )
    y = module(x)
    yield "output", y
    y.backward(torch.tensor([1.0, 0.5]))
    yield "gradient", x.grad


@case(f"{MODULE}: register_forward_pre_hook")
def forward_pre_hook_sees_and_replaces(torch):
    """A forward pre-hook gets the module and the positional inputs; what it returns is used in their place."""
    module, x = layers(torch)
    seen = []
    with module.register_forward_pre_hook(lambda self, args: seen.append((self is module, args[0] is x))):
        yield "nothing", module(x)
    with module.register_forward_pre_hook(lambda self, args: (args[0] * 10,)):
        yield "a tuple", module(x)
    with module.register_forward_pre_hook(lambda self, args: args[0] + 1):
        yield "a value", module(x, shift=0.5)
    yield "seen", seen


@case(f"{MODULE}: register_forward_pre_hook", builds_on=("module_hooks::forward_pre_hook_sees_and_replaces",))
def forward_pre_hooks_in_order(torch):
    """Forward pre-hooks run in the order of registration, before the forward; `prepend` puts one first."""
    module, x = layers(torch)
    order = []

    def note(name, result):
        def hook(self, args):
            order.append((name, args[0].tolist()))
            return result(args[0])

        return hook

    module.register_forward_pre_hook(note("plus", lambda value: value + 1))
    module.register_forward_pre_hook(note("times", lambda value: value * 10), prepend=True)
    module.register_forward_hook(lambda self, args, output: order.append(("after", args[0].tolist())))
    yield "output", module(x)
    yield "order", order


@case(f"{MODULE}: register_forward_pre_hook", builds_on=("module_hooks::forward_pre_hook_sees_and_replaces",))
def forward_pre_hook_with_kwargs(torch):
    """With `with_kwargs=True` a pre-hook may replace both kinds of arguments, by a pair."""
    module, x = layers(torch)
    module.register_forward_pre_hook(
        lambda self, args, kwargs: ((args[0] * 10,), {"shift": kwargs.get("shift", 0.25) + 1}),
        with_kwargs=True,
    )
    yield "with one", module(x, shift=0.5)
    yield "without", module(x)


@case(f"{MODULE}: register_forward_pre_hook", builds_on=("module_hooks::forward_pre_hook_with_kwargs",))
def forward_pre_hook_that_returns_no_pair(torch):
    """With `with_kwargs=True`, what is neither None nor a pair is refused."""
    module, x = layers(torch)
    for result in ((1, 2, 3), 5, "ab"):
        with module.register_forward_pre_hook(
            lambda self, args, kwargs, result=result: result, with_kwargs=True
        ):
            yield f"{result!r}", raises(lambda: module(x))


@case(f"{MODULE}: register_forward_hook")
def hooks_run_by_the_call_only(torch):
    """`module.forward(...)` runs no hooks."""
    module, x = layers(torch)
    module.register_forward_pre_hook(lambda self, args: args[0] + 100)
    module.register_forward_hook(lambda self, args, output: output * 10)
    yield "forward", module.forward(x)
    yield "call", module(x)


@case(f"{MODULE}: register_forward_hook", builds_on=("module_hooks::forward_hook_sees_and_replaces",))
def always_called_hook(torch):
    """With `always_call=True` a hook runs also if the forward raises, with None as the output; the error goes on."""
    module, x = failing(torch), layers(torch)[1]
    seen = []
    module.register_forward_hook(lambda self, args, output: seen.append(("plain", output)))
    module.register_forward_hook(lambda self, args, output: seen.append(("always", output)), always_call=True)
    module.register_forward_hook(
        lambda self, args, kwargs, output: seen.append(("with kwargs", kwargs, output)),
        always_call=True,
        with_kwargs=True,
    )
    yield "call", raises(lambda: module(x))
    yield "seen", seen


@case(f"{MODULE}: register_forward_hook", builds_on=("module_hooks::always_called_hook",))
def always_called_hook_runs_once(torch):
    """A hook that ran before a later one raised does not run again; one after it runs now."""
    module, x = layers(torch)
    seen = []

    def fail(self, args, output):
        raise ValueError("no hook")

    module.register_forward_hook(lambda self, args, output: seen.append("before"), always_call=True)
    module.register_forward_hook(fail)
    module.register_forward_hook(lambda self, args, output: seen.append("after"), always_call=True)
    yield "call", raises(lambda: module(x))
    yield "seen", seen
    yield "without an error", raises(lambda: layers(torch)[0](x))


@case(f"{MODULE}: register_forward_hook", builds_on=("module_hooks::always_called_hook",))
def always_called_hook_that_raises(torch):
    """Errors of hooks that are called because of another error only warn."""
    module, x = failing(torch), layers(torch)[1]
    seen = []

    def fail(self, args, output):
        seen.append("fails")
        raise KeyError("within")

    module.register_forward_hook(fail, always_call=True)
    module.register_forward_hook(lambda self, args, output: seen.append("next"), always_call=True)
    yield "call", raises(lambda: module(x))
    yield "seen", seen


@case(f"{MODULE}: register_forward_pre_hook", builds_on=("module_hooks::always_called_hook",))
def pre_hook_that_raises(torch):
    """An error of a pre-hook keeps the forward from running, and always called forward hooks still run."""
    module, x = layers(torch)
    seen = []

    def fail(self, args):
        raise IndexError("before")

    module.register_forward_pre_hook(fail)
    module.register_forward_hook(lambda self, args, output: seen.append(("always", output)), always_call=True)
    module.register_forward_hook(lambda self, args, output: seen.append("plain"))
    yield "call", raises(lambda: module(x))
    yield "seen", seen


@case(f"{MODULE}: register_forward_hook")
def hooks_in_a_sequence(torch):
    """In nested modules, hooks of the outer one enclose those of the inner ones."""
    order = []
    model = torch.nn.Sequential(torch.nn.Identity(), torch.nn.Sequential(torch.nn.Tanh()))
    for name, module in model.named_modules():
        module.register_forward_pre_hook(lambda self, args, name=name: order.append(f"before {name!r}"))
        module.register_forward_hook(lambda self, args, output, name=name: order.append(f"after {name!r}"))
    yield "output", model(torch.tensor([0.5, -1.5]))
    yield "order", order


@case(f"{MODULE}: register_forward_hook", builds_on=("module_hooks::removed_forward_hook",))
def forward_hook_removes_itself(torch):
    """A forward hook may remove itself; one that it adds does not run before the next call."""
    module, x = layers(torch)
    order = []

    def first(self, args, output):
        order.append("first")
        handle.remove()
        self.register_forward_hook(lambda self, args, output: order.append("second"))

    handle = module.register_forward_hook(first)
    module(x)
    yield "order", order
    module(x)
    yield "order at last", order


@case(f"{MODULE}: register_forward_hook")
def hooks_take_keywords_only(torch):
    """The options of forward hooks are keyword-only."""
    module, _ = layers(torch)
    yield "forward hook", raises(lambda: module.register_forward_hook(print, True))
    yield "forward pre-hook", raises(lambda: module.register_forward_pre_hook(print, True))


@case(f"{GLOBAL}: register_module_forward_hook")
def global_forward_hooks(torch):
    """Hooks on all modules run before those of the module, for every module that is called, until they are removed."""
    module, x = layers(torch)
    order = []
    module.register_forward_pre_hook(lambda self, args: order.append("own pre-hook"))
    module.register_forward_hook(lambda self, args, output: order.append("own hook"))
    handles = [
        torch.nn.modules.module.register_module_forward_pre_hook(
            lambda self, args: order.append(f"global pre-hook of {type(self).__name__}")
        ),
        torch.nn.modules.module.register_module_forward_hook(
            lambda self, args, output: order.append(f"global hook of {type(self).__name__}")
        ),
    ]
    try:
        torch.nn.Sequential(module, torch.nn.Identity())(x)
    finally:
        for handle in handles:
            handle.remove()
    yield "order", order
    order.clear()
    torch.nn.Sequential(module, torch.nn.Identity())(x)
    yield "after removal", order


@case(f"{GLOBAL}: register_module_forward_hook", builds_on=("module_hooks::global_forward_hooks",))
def global_forward_hooks_replace(torch):
    """Hooks on all modules may replace inputs and outputs, and may ask for keyword arguments."""
    module, x = layers(torch)
    register = torch.nn.modules.module
    handles = [
        register.register_module_forward_pre_hook(lambda self, args: args[0] * 10),
        register.register_module_forward_hook(lambda self, args, output: output + 100),
        register.register_module_forward_hook(
            lambda self, args, kwargs, output: output * (1 + kwargs["shift"]), with_kwargs=True
        ),
    ]
    try:
        yield "output", module(x, shift=0.5)
    finally:
        for handle in handles:
            handle.remove()


@case(f"{GLOBAL}: register_module_forward_hook", builds_on=("module_hooks::always_called_hook",))
def global_always_called_hook(torch):
    """A hook on all modules with `always_call=True` runs also if a forward raises; its own errors only warn."""
    module, x = failing(torch), layers(torch)[1]
    seen = []

    def fail(self, args, output):
        seen.append(("global", output))
        raise KeyError("within")

    handle = torch.nn.modules.module.register_module_forward_hook(fail, always_call=True)
    try:
        yield "call", raises(lambda: module(x))
    finally:
        handle.remove()
    yield "seen", seen
    yield "after removal", raises(lambda: module(x))
    yield "seen then", seen


@case(f"{GLOBAL}: register_module_parameter_registration_hook")
def registration_hooks(torch):
    """Hooks on registration see each parameter, buffer and submodule with its name, and may replace it."""
    seen = []
    register = torch.nn.modules.module
    handles = [
        register.register_module_parameter_registration_hook(
            lambda module, name, parameter: (
                seen.append(("parameter", name)),
                torch.nn.Parameter(parameter * 10),
            )[1]
        ),
        register.register_module_buffer_registration_hook(
            lambda module, name, buffer: seen.append(("buffer", name, buffer is None))
        ),
        register.register_module_module_registration_hook(
            lambda module, name, child: seen.append(("module", name, type(child).__name__))
        ),
    ]
    try:
        module = torch.nn.Module()
        module.scale = torch.nn.Parameter(torch.tensor([1.5, -2.0]))
        module.register_parameter("none", None)
        module.register_buffer("total", torch.tensor(3.0))
        module.register_buffer("missing", None)
        module.add_module("first", torch.nn.Identity())
        module.second = torch.nn.Tanh()
    finally:
        for handle in handles:
            handle.remove()
    yield "seen", seen
    yield "parameter", module.scale
