"""What is registered for an operator by its name: `torch.library.register_fake` and alike. Source: torch.library."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from .. import _ops
from .custom import DEFINED, CustomOpDef
from .libraries import Library, _keeping, impl, register_formula
from .names import split_name


def _qualified(op: Any, function: str, form: str = "op") -> str:
    if isinstance(op, _ops.OpOverload):
        return op._name
    if isinstance(op, CustomOpDef):
        return op._qualname
    if isinstance(op, str):
        return op
    raise ValueError(f"{function}({form}): got unexpected type for op: {type(op)}")


def register_kernel(
    op: Any, device_types: Any, func: Callable[..., Any] | None = None, /, *, lib: Library | None = None
) -> Any:
    """Register a kernel of an operator for types of devices. Source: torch.library.register_kernel."""
    name = _qualified(op, "register_kernel", str(op))
    made = DEFINED.get(name)
    if made is not None:
        return made.register_kernel(device_types, func)
    return impl(name, "CompositeExplicitAutograd" if device_types is None else device_types, func, lib=lib)


def register_fake(
    op: Any,
    func: Callable[..., Any] | None = None,
    /,
    *,
    lib: Library | None = None,
    _stacklevel: int = 1,
    allow_override: bool = False,
) -> Any:
    """Register what gives results without elements. Source: torch.library.register_fake."""
    name = _qualified(op, "register_fake", str(op))
    made = DEFINED.get(name)
    if made is not None:
        return made.register_fake if func is None else made.register_fake(func)

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        split_name(name)
        try:
            _ops.find(name)
        except AttributeError:
            raise RuntimeError(f"operator {name} does not exist") from None
        library = lib or _keeping(Library(split_name(name)[0], "FRAGMENT"))
        library.impl(name, function, "Meta")
        return function

    return register if func is None else register(func)


def impl_abstract(
    qualname: Any, func: Callable[..., Any] | None = None, *, lib: Any = None, _stacklevel: int = 1
) -> Any:
    """The older name of `register_fake`."""
    return register_fake(qualname, func, lib=lib)


def register_autograd(
    op: Any,
    backward: Callable[..., Any],
    /,
    *,
    setup_context: Callable[..., Any] | None = None,
    lib: Library | None = None,
) -> None:
    """Register a formula for backward. Source: torch.library.register_autograd."""
    name = _qualified(op, "register_autograd", str(op))
    made = DEFINED.get(name)
    if made is not None:
        made.register_autograd(backward, setup_context=setup_context)
    else:
        register_formula(_ops.find(name), backward, setup_context)


def register_vmap(op: Any, func: Callable[..., Any] | None = None, /, *, lib: Library | None = None) -> Any:
    """Register a rule for `vmap`: `func(info, in_dims, *args)`. Source: torch.library.register_vmap."""
    name = _qualified(op, "register_vmap", str(op))
    found = _ops.find(name)

    def register(function: Callable[..., Any]) -> None:
        found._vmap_rule = function

    return register if func is None else register(func)


def register_autocast(op: Any, device_type: str, cast_inputs: Any, /, *, lib: Library | None = None) -> None:
    """Have floating point arguments cast where `autocast` is on. Source: torch.library.register_autocast."""
    from .autocasting import register

    register(_ops.find(_qualified(op, "register_autocast", str(op))), device_type, cast_inputs)


def register_torch_dispatch(
    op: Any,
    torch_dispatch_class: Any,
    func: Callable[..., Any] | None = None,
    /,
    *,
    lib: Library | None = None,
) -> Any:
    """Register what instances of a class of tensors do. Source: torch.library.register_torch_dispatch."""
    name = _qualified(op, "register_torch_dispatch", str(op))
    found = _ops.find(name)

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        found._rules_of_classes[torch_dispatch_class] = function
        return function

    return register if func is None else register(func)


class FakeImplCtx:
    """What functions without elements ask for sizes that depend on elements."""

    __module__ = "torch._library.fake_impl"

    def __init__(self) -> None:
        self.asked = False

    def new_dynamic_size(self, *, min: int = 0, max: int | None = None) -> int:
        """A size that stands for an unknown one."""
        self.asked = True
        return builtins.max(min, 2)

    create_unbacked_symint = new_dynamic_size


_contexts: list[FakeImplCtx] = []


@contextmanager
def tracing() -> Iterator[FakeImplCtx]:
    """Inside, `get_ctx` gives this."""
    _contexts.append(FakeImplCtx())
    try:
        yield _contexts[-1]
    finally:
        _contexts.pop()


def get_ctx() -> FakeImplCtx | None:
    """What `register_fake` functions ask for sizes that depend on elements; None where nothing traces."""
    return _contexts[-1] if _contexts else None


def get_kernel(op: Any, dispatch_key: Any) -> Callable[..., Any]:
    """The kernel of an operator for a dispatch key; `RuntimeError` where none was registered."""
    found = _ops.find(_qualified(op, "get_kernel", str(op)))
    key = str(dispatch_key).rpartition(".")[2]
    if key not in found._kernels:
        raise RuntimeError(f"No kernel for {found._name} for dispatch key {key}")
    return found._kernels[key]


def triton_op(name: str, fn: Any = None, /, *, mutates_args: Any, schema: str | None = None) -> Any:
    """CastError: there is no Triton without a GPU."""
    raise RuntimeError("torch.library.triton_op needs Triton, which this engine does not have")


def wrap_triton(triton_kernel: Any, /) -> Any:
    """CastError: there is no Triton without a GPU."""
    raise RuntimeError("torch.library.wrap_triton needs Triton, which this engine does not have")
