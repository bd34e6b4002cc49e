"""`Module`: parameters, submodules and a forward, with hooks around each call; and the hooks on all modules.

Source: torch.nn.Module; torch.nn.modules.module.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from types import FunctionType
from typing import Any, TypeVar

from ...hooks import Hooks, RemovableHandle, register
from . import calling
from .registration import (
    Registry,
    register_module_buffer_registration_hook,
    register_module_module_registration_hook,
    register_module_parameter_registration_hook,
)
from .state import _EXTRA_STATE_KEY_SUFFIX as _EXTRA_STATE_KEY_SUFFIX
from .state import Stateful
from .state import _IncompatibleKeys as _IncompatibleKeys
from .traversal import Tree

__all__ = [
    "Module",
    "register_module_backward_hook",
    "register_module_buffer_registration_hook",
    "register_module_forward_hook",
    "register_module_forward_pre_hook",
    "register_module_full_backward_hook",
    "register_module_full_backward_pre_hook",
    "register_module_module_registration_hook",
    "register_module_parameter_registration_hook",
]

_TWO_KINDS = "Cannot use both regular backward hooks and full backward hooks {}. Please use only one of them."
_ON_ALL = "as a global Module hook"
_ON_ONE = "on a single Module"

_SINCE: dict[str, Callable[[], Any]] = {
    "_forward_pre_hooks": OrderedDict,
    "_forward_pre_hooks_with_kwargs": OrderedDict,
    "_forward_hooks_with_kwargs": OrderedDict,
    "_forward_hooks_always_called": OrderedDict,
    "_state_dict_hooks": OrderedDict,
    "_state_dict_pre_hooks": OrderedDict,
    "_load_state_dict_pre_hooks": OrderedDict,
    "_load_state_dict_post_hooks": OrderedDict,
    "_non_persistent_buffers_set": set,
    "_is_full_backward_hook": lambda: None,
    "_backward_pre_hooks": OrderedDict,
}
"""What PyTorch's modules had not at first: they are given it when they are unpickled."""

_global_is_full_backward_hook: bool | None = None
_global_forward_pre_hooks = calling.forward_pre_hooks
_global_forward_hooks = calling.forward_hooks
_global_backward_pre_hooks = calling.backward_pre_hooks
_global_backward_hooks = calling.backward_hooks


# ---- hooks on all modules ----------------------------------------------------------------------------------


def register_module_forward_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, args)` before the forward of every module."""
    return register(_global_forward_pre_hooks, hook)


def register_module_forward_hook(
    hook: Callable[..., Any], *, with_kwargs: bool = False, always_call: bool = False
) -> RemovableHandle:
    """Call `hook(module, args, output)` after the forward of every module."""
    handle = register(_global_forward_hooks, hook, calling.forward_hooks_always_called)
    if with_kwargs:
        calling.forward_hooks_with_kwargs[handle.id] = hook
    if always_call:
        calling.forward_hooks_always_called[handle.id] = hook
    return handle


def register_module_full_backward_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, grad_output)` before the backward of every module."""
    return register(_global_backward_pre_hooks, hook)


def register_module_full_backward_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, grad_input, grad_output)` after the backward of every module."""
    return _register_on_all(hook, full=True)


def register_module_backward_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Deprecated: call `hook` at the last node of every module."""
    return _register_on_all(hook, full=False)


def _register_on_all(hook: Callable[..., Any], full: bool) -> RemovableHandle:
    global _global_is_full_backward_hook
    if _global_is_full_backward_hook is not None and _global_is_full_backward_hook is not full:
        raise RuntimeError(_TWO_KINDS.format(_ON_ALL))
    _global_is_full_backward_hook = full
    return register(_global_backward_hooks, hook)


def _addindent(s_: str, numSpaces: int) -> str:  # noqa: N803 - PyTorch's own names
    """A text whose lines after the first are indented, as programs use it in a `__repr__` of their own."""
    return s_.replace("\n", "\n" + " " * numSpaces)


def _indented(text: str) -> str:
    first, *rest = text.split("\n")
    return "\n".join([first, *["  " + line if line else line for line in rest]])


def _forward_unimplemented(self: Any, *input: Any) -> Any:
    """Compute the result; subclasses say how."""
    raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')


class Module(Registry, Tree, Stateful):
    """Base class of all modules: subclass it, register what it holds in `__init__`, and write `forward`."""

    T_destination = TypeVar("T_destination", bound=dict[str, Any])
    dump_patches = False
    call_super_init = False
    training: bool
    _parameters: dict[str, Any]
    _buffers: dict[str, Any]
    _modules: dict[str, Any]
    _backward_hooks: Hooks
    _backward_pre_hooks: Hooks
    _forward_hooks: Hooks
    _forward_pre_hooks: Hooks
    _is_full_backward_hook: bool | None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if not self.call_super_init and (args or kwargs):
            name = f"{type(self).__name__}.__init__()"
            if kwargs:
                raise TypeError(f"{name} got an unexpected keyword argument '{next(iter(kwargs))}'")
            raise TypeError(f"{name} takes 1 positional argument but {len(args) + 1} were given")
        self.__dict__.update(
            training=True,
            _parameters={},
            _buffers={},
            _non_persistent_buffers_set=set(),
            _backward_pre_hooks=OrderedDict(),
            _backward_hooks=OrderedDict(),
            _is_full_backward_hook=None,
            _forward_hooks=OrderedDict(),
            _forward_hooks_with_kwargs=OrderedDict(),
            _forward_hooks_always_called=OrderedDict(),
            _forward_pre_hooks=OrderedDict(),
            _forward_pre_hooks_with_kwargs=OrderedDict(),
            _state_dict_hooks=OrderedDict(),
            _state_dict_pre_hooks=OrderedDict(),
            _load_state_dict_pre_hooks=OrderedDict(),
            _load_state_dict_post_hooks=OrderedDict(),
            _modules={},
        )
        if self.call_super_init:
            super().__init__(*args, **kwargs)

    def register_module(self, name: str, module: Any) -> None:
        """Add a submodule."""
        self.add_module(name, module)

    # ---- calls ---------------------------------------------------------------------------------------------

    forward = _forward_unimplemented

    def _wrapped_call_impl(self, *args: Any, **kwargs: Any) -> Any:
        if (
            self._backward_hooks
            or self._backward_pre_hooks
            or self._forward_hooks
            or self._forward_pre_hooks
            or _global_backward_pre_hooks
            or _global_backward_hooks
            or _global_forward_hooks
            or _global_forward_pre_hooks
        ):
            return calling.Call(self, args, kwargs).run()
        return self.forward(*args, **kwargs)

    __call__ = _call_impl = _wrapped_call_impl

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """Nothing is compiled: calls stay as they are."""

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, args)` before the forward; a result replaces the arguments."""
        handle = register(self._forward_pre_hooks, hook, self._forward_pre_hooks_with_kwargs)
        if with_kwargs:
            self._forward_pre_hooks_with_kwargs[handle.id] = True
        if prepend:
            self._forward_pre_hooks.move_to_end(handle.id, last=False)
        return handle

    def register_forward_hook(
        self,
        hook: Callable[..., Any],
        *,
        prepend: bool = False,
        with_kwargs: bool = False,
        always_call: bool = False,
    ) -> RemovableHandle:
        """Call `hook(module, args, output)` after the forward; a result replaces the output."""
        others = [self._forward_hooks_with_kwargs, self._forward_hooks_always_called]
        handle = register(self._forward_hooks, hook, others)
        for noted, wanted in zip(others, (with_kwargs, always_call)):
            if wanted:
                noted[handle.id] = True
        if prepend:
            self._forward_hooks.move_to_end(handle.id, last=False)
        return handle

    def register_full_backward_pre_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, grad_output)` before the module's backward; a result replaces the gradients."""
        handle = register(self._backward_pre_hooks, hook)
        if prepend:
            self._backward_pre_hooks.move_to_end(handle.id, last=False)
        return handle

    def register_full_backward_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call `hook(module, grad_input, grad_output)` after the module's backward; a result replaces grad_input."""
        handle = self._register_backward(hook, full=True)
        if prepend:
            self._backward_hooks.move_to_end(handle.id, last=False)
        return handle

    def register_backward_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Deprecated: call `hook(module, grad_input, grad_output)` at the last node of the forward."""
        return self._register_backward(hook, full=False)

    def _register_backward(self, hook: Callable[..., Any], full: bool) -> RemovableHandle:
        if self._is_full_backward_hook is not None and self._is_full_backward_hook is not full:
            raise RuntimeError(_TWO_KINDS.format(_ON_ONE))
        self._is_full_backward_hook = full
        return register(self._backward_hooks, hook)

    def _get_backward_pre_hooks(self) -> list[Any]:
        return [*_global_backward_pre_hooks.values(), *self._backward_pre_hooks.values()]

    def _get_backward_hooks(self) -> tuple[list[Any], list[Any]]:
        """The full backward hooks and the others, those on all modules first."""
        found: dict[bool, list[Any]] = {True: [], False: []}
        for full, hooks in (
            (_global_is_full_backward_hook, _global_backward_hooks),
            (self._is_full_backward_hook, self._backward_hooks),
        ):
            if full is not None:
                found[full] += hooks.values()
        return found[True], found[False]

    # ---- copies --------------------------------------------------------------------------------------------

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__.copy()

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take in what was pickled; what older pickles lack is empty."""
        missing = {name: make() for name, make in _SINCE.items() if name not in state}
        self.__dict__.update(state, **missing)

    def _replicate_for_data_parallel(self) -> Any:
        replica = type(self).__new__(type(self))
        replica.__dict__.update(
            self.__dict__,
            _parameters={},
            _buffers=self._buffers.copy(),
            _modules=self._modules.copy(),
            _is_replica=True,
        )
        return replica

    # ---- text ----------------------------------------------------------------------------------------------

    def _get_name(self) -> str:
        return type(self).__name__

    def extra_repr(self) -> str:
        """What the text of the module says beside its name and its submodules."""
        return ""

    def __repr__(self) -> str:
        extra = self.extra_repr()
        extra_lines = extra.split("\n") if extra else []
        child_lines = [f"({name}): {_indented(repr(module))}" for name, module in self._modules.items()]
        name = self._get_name()
        if len(extra_lines) == 1 and not child_lines:
            return f"{name}({extra_lines[0]})"
        lines = extra_lines + child_lines
        return f"{name}(\n  " + "\n  ".join(lines) + "\n)" if lines else f"{name}()"

    def __dir__(self) -> list[str]:
        names = [*dir(type(self)), *self.__dict__, *self._parameters, *self._modules, *self._buffers]
        return sorted([name for name in names if not name[0].isdigit()])


for _base in (Registry, Tree, Stateful):
    for _method in vars(_base).values():
        if isinstance(_method, FunctionType):
            _method.__qualname__ = f"Module.{_method.__name__}"  # which Python's own messages show
