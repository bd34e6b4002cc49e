"""What a module registers: parameters, buffers and submodules, by `register_*` or by plain assignment."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from ...base import TensorBase
from ...hooks import Hooks, RemovableHandle, register
from ...shown import Shown
from ...typename import class_text, typename
from ..parameter import Buffer, Parameter

_BEFORE_INIT = "cannot assign {} before Module.__init__() call"

on_buffer: Hooks = OrderedDict()
on_module: Hooks = OrderedDict()
on_parameter: Hooks = OrderedDict()


def register_module_buffer_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, name, buffer)` when any module gets a buffer; a result is registered instead."""
    return register(on_buffer, hook)


def register_module_module_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, name, submodule)` when any module gets a submodule; a result is registered instead."""
    return register(on_module, hook)


def register_module_parameter_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, name, parameter)` when any module gets a parameter; a result is registered instead."""
    return register(on_parameter, hook)


def _hooked(hooks: Hooks, module: Any, name: str, value: Any) -> Any:
    for hook in list(hooks.values()):
        replaced = hook(module, name, value)
        if replaced is not None:
            value = replaced
    return value


def _check_name(kind: str, name: Any) -> None:
    if not isinstance(name, str):
        raise TypeError(f"{kind} name should be a string. Got {typename(name)}")
    if "." in name:
        raise KeyError(f'{kind} name can\'t contain "."')
    if name == "":
        raise KeyError(f'{kind} name can\'t be empty string ""')


def _check_free(module: Any, name: str, registered: dict[str, Any]) -> None:
    if hasattr(module, name) and name not in registered:
        raise KeyError(f"attribute '{name}' already exists")


def _refuse(name: str, value: Any, kind: str, expected: str) -> None:
    if value is not None:
        raise TypeError(f"cannot assign '{typename(value)}' as {kind} '{name}' ({expected} expected)")


def _forget(name: str, *registers: Any) -> None:
    for each in registers:
        if isinstance(each, dict):
            each.pop(name, None)
        else:
            each.discard(name)


def _named(module: Any, name: str) -> Any:
    if not hasattr(module, name):
        raise AttributeError(f"{module._get_name()} has no attribute `{name}`")
    return getattr(module, name)


class Registry(Shown):
    """What a module holds, under names that are its attributes."""

    def register_buffer(self: Any, name: str, tensor: Any, persistent: bool = True) -> None:
        """Add a tensor that belongs to the module's state but is not trained."""
        if "_buffers" not in self.__dict__:
            raise AttributeError(_BEFORE_INIT.format("buffer"))
        _check_name("buffer", name)
        _check_free(self, name, self._buffers)
        if tensor is not None and not isinstance(tensor, TensorBase):
            raise TypeError(
                f"cannot assign '{typename(tensor)}' object to buffer '{name}' (torch Tensor or None required)"
            )
        self._buffers[name] = _hooked(on_buffer, self, name, tensor)
        if persistent:
            self._non_persistent_buffers_set.discard(name)
        else:
            self._non_persistent_buffers_set.add(name)

    def register_parameter(self: Any, name: str, param: Any) -> None:
        """Add a parameter."""
        if "_parameters" not in self.__dict__:
            raise AttributeError(_BEFORE_INIT.format("parameter"))
        _check_name("parameter", name)
        _check_free(self, name, self._parameters)
        if param is None:
            self._parameters[name] = None
            return
        if not isinstance(param, Parameter):
            raise TypeError(
                f"cannot assign '{typename(param)}' object to parameter '{name}' (torch.nn.Parameter or None required)"
            )
        if param.grad_fn:
            raise ValueError(
                f"Cannot assign non-leaf Tensor to parameter '{name}'. Model parameters must be created explicitly. To express "
                f"'{name}' as a function of another Tensor, compute the value in the forward() method."
            )
        self._parameters[name] = _hooked(on_parameter, self, name, param)

    def add_module(self: Any, name: str, module: Any) -> None:
        """Add a submodule."""
        if module is not None and not isinstance(module, Registry):
            raise TypeError(f"{typename(module)} is not a Module subclass")
        if not isinstance(name, str):
            raise TypeError(f"module name should be a string. Got {typename(name)}")
        _check_free(self, name, self._modules)
        if "." in name:
            raise KeyError(f'module name can\'t contain ".", got: {name}')
        if name == "":
            raise KeyError('module name can\'t be empty string ""')
        self._modules[name] = _hooked(on_module, self, name, module)

    def __getattr__(self: Any, name: str) -> Any:
        """A registered parameter, buffer or submodule, under its name."""
        for kind in ("_parameters", "_buffers", "_modules"):
            registered = self.__dict__.get(kind)
            if registered is not None and name in registered:
                return registered[name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __setattr__(self: Any, name: str, value: Any) -> None:
        """Register what is a parameter, buffer or module, or takes the place of one; set everything else."""
        own = self.__dict__
        parameters, modules, buffers = own.get("_parameters"), own.get("_modules"), own.get("_buffers")
        if isinstance(value, Parameter):
            if parameters is None:
                raise AttributeError(_BEFORE_INIT.format("parameters"))
            _forget(name, own, self._buffers, self._modules, self._non_persistent_buffers_set)
            self.register_parameter(name, value)
        elif parameters is not None and name in parameters:
            _refuse(name, value, "parameter", "torch.nn.Parameter or None")
            self.register_parameter(name, value)
        elif isinstance(value, Registry):
            if modules is None:
                raise AttributeError(_BEFORE_INIT.format("module"))
            _forget(name, own, self._parameters, self._buffers, self._non_persistent_buffers_set)
            modules[name] = _hooked(on_module, self, name, value)
        elif modules is not None and name in modules:
            _refuse(name, value, "child module", "torch.nn.Module or None")
            modules[name] = _hooked(on_module, self, name, value)
        elif isinstance(value, Buffer) or (buffers is not None and name in buffers):
            if not isinstance(value, TensorBase):
                _refuse(name, value, "buffer", "torch.nn.Buffer, torch.Tensor or None")
            persistent = (
                value.persistent
                if isinstance(value, Buffer)
                else name not in self._non_persistent_buffers_set
            )
            self.register_buffer(name, value, persistent)
        else:
            object.__setattr__(self, name, value)

    def __delattr__(self: Any, name: str) -> None:
        """Take away a registered parameter, buffer or submodule, or a plain attribute."""
        if name in self._parameters:
            del self._parameters[name]
        elif name in self._buffers:
            del self._buffers[name]
            self._non_persistent_buffers_set.discard(name)
        elif name in self._modules:
            del self._modules[name]
        else:
            object.__delattr__(self, name)

    def get_submodule(self: Any, target: str) -> Any:
        """The submodule of this dotted name."""
        found = self
        for name in target.split(".") if target != "" else ():
            found = _named(found, name)
            if not isinstance(found, Registry):
                raise AttributeError(f"`{name}` is not an nn.Module")
        return found

    def set_submodule(self: Any, target: str, module: Any, strict: bool = False) -> None:
        """Put a module at this dotted name; `strict`: only where there is one already."""
        if target == "":
            raise ValueError("Cannot set the submodule without a target name!")
        *above, name = target.split(".")
        if not isinstance(module, Registry):
            raise ValueError(f"`module` is not an nn.Module, found {class_text(type(module))}")
        path = ".".join(above)
        parent = self.get_submodule(path)
        if (strict or hasattr(parent, name)) and not isinstance(_named(parent, name), Registry):
            raise AttributeError(f"`{name}` is not an nn.Module")
        setattr(parent, name, module)

    def get_parameter(self: Any, target: str) -> Any:
        """The parameter of this dotted name."""
        path, _, name = target.rpartition(".")
        found = _named(self.get_submodule(path), name)
        if not isinstance(found, Parameter):
            raise AttributeError(f"`{name}` is not an nn.Parameter")
        return found

    def get_buffer(self: Any, target: str) -> Any:
        """The buffer of this dotted name."""
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        found = _named(module, name)
        if name not in module._buffers:
            raise AttributeError(f"`{name}` is not a buffer")
        return found
