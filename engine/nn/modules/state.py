"""The state of a module as a dictionary, taken out and put in again.

Source: torch.nn.Module, `state_dict` and `load_state_dict`.
"""

from __future__ import annotations

import warnings
from collections import OrderedDict, namedtuple
from collections.abc import Mapping
from typing import Any

from ... import __future__ as settings
from ...base import TensorBase
from ...grad_mode import no_grad
from ...hooks import Hooks, RemovableHandle, register
from ..parameter import Parameter, is_lazy
from .bound_hook import BoundHook
from .converting import load_by_swapping

_POSITIONAL = (
    "Positional args are being deprecated, use kwargs instead. Refer to "
    "https://pytorch.org/docs/main/generated/torch.nn.Module.html#torch.nn.Module.state_dict for details."
)
_EXTRA_STATE_KEY_SUFFIX = "_extra_state"
_NO_EXTRA_STATE = (
    "Reached a code path in Module.{}() that should never be called. Please file an issue at "
    "https://github.com/pytorch/pytorch/issues/new?template=bug-report.yml to report this bug."
)


class _IncompatibleKeys(namedtuple("IncompatibleKeys", ["missing_keys", "unexpected_keys"])):
    __slots__ = ()
    __module__ = f"{__package__}.module"  # where programs import it from

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return super().__repr__()

    __str__ = __repr__


class _Loading:
    """What came up while a state was loaded."""

    def __init__(self) -> None:
        self.missing: list[str] = []
        self.unexpected: list[str] = []
        self.errors: list[str] = []

    def raise_if_wrong(self, module: Any, strict: bool) -> None:
        """Raise `RuntimeError` for all errors at once; with `strict`, keys that do not match are errors."""
        errors = list(self.errors)
        if strict:
            for kind, keys in (("Missing", self.missing), ("Unexpected", self.unexpected)):
                if keys:
                    listed = ", ".join([f'"{key}"' for key in keys])
                    errors.insert(
                        int(kind == "Unexpected" and bool(self.missing)),
                        f"{kind} key(s) in state_dict: {listed}. ",
                    )
        if errors:
            raise RuntimeError(
                "Error(s) in loading state_dict for {}:\n\t{}".format(
                    type(module).__name__, "\n\t".join(errors)
                )
            )


class Stateful:
    """What of a module is kept: parameters and persistent buffers, here and below."""

    _version = 1
    _parameters: dict[str, Any]
    _buffers: dict[str, Any]
    _modules: dict[str, Any]
    _non_persistent_buffers_set: set[str]
    _state_dict_hooks: Hooks
    _state_dict_pre_hooks: Hooks
    _load_state_dict_pre_hooks: Hooks
    _load_state_dict_post_hooks: Hooks

    # ---- hooks ---------------------------------------------------------------------------------------------

    def _register_state_dict_hook(self, hook: Any) -> RemovableHandle:
        if getattr(hook, "_from_public_api", False):
            raise RuntimeError(
                "Cannot register the same function as the state dict post hook that was previously registered via "
                "register_state_dict_post_hook"
            )
        return register(self._state_dict_hooks, hook)

    def register_state_dict_post_hook(self, hook: Any) -> RemovableHandle:
        """Call `hook(module, state_dict, prefix, local_metadata)` when the state was taken out; it must return None."""
        hook._from_public_api = True
        return register(self._state_dict_hooks, hook)

    def register_state_dict_pre_hook(self, hook: Any) -> RemovableHandle:
        """Call `hook(module, prefix, keep_vars)` before the state is taken out."""
        return register(self._state_dict_pre_hooks, hook)

    def _register_load_state_dict_pre_hook(self, hook: Any, with_module: bool = False) -> RemovableHandle:
        return register(self._load_state_dict_pre_hooks, BoundHook(hook, self if with_module else None))

    def register_load_state_dict_pre_hook(self, hook: Any) -> RemovableHandle:
        """Call `hook(module, state_dict, prefix, local_metadata, strict, missing, unexpected, errors)` before loading."""
        return self._register_load_state_dict_pre_hook(hook, with_module=True)

    def register_load_state_dict_post_hook(self, hook: Any) -> RemovableHandle:
        """Call `hook(module, incompatible_keys)` after loading; it may change the keys in place."""
        return register(self._load_state_dict_post_hooks, hook)

    # ---- taking out and putting in -------------------------------------------------------------------------

    def get_extra_state(self) -> Any:
        """What else belongs to the state; subclasses may say."""
        raise RuntimeError(_NO_EXTRA_STATE.format("get_extra_state"))

    def set_extra_state(self, state: Any) -> None:
        """Take in what `get_extra_state` gave."""
        raise RuntimeError(_NO_EXTRA_STATE.format("set_extra_state"))

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        for name, parameter in self._parameters.items():
            if parameter is not None:
                destination[prefix + name] = parameter if keep_vars else parameter.detach()
        for name, buffer in self._buffers.items():
            if buffer is not None and name not in self._non_persistent_buffers_set:
                destination[prefix + name] = buffer if keep_vars else buffer.detach()
        if type(self).get_extra_state is not Stateful.get_extra_state:
            destination[prefix + _EXTRA_STATE_KEY_SUFFIX] = self.get_extra_state()

    def state_dict(
        self, *args: Any, destination: Any = None, prefix: str = "", keep_vars: bool = False
    ) -> Any:
        """The parameters and persistent buffers by dotted name; they share their memory with the module's."""
        if args:
            warnings.warn(_POSITIONAL, FutureWarning, stacklevel=2)
            if destination is None:
                destination = args[0]
            if len(args) > 1 and prefix == "":
                prefix = args[1]
            if len(args) > 2 and keep_vars is False:
                keep_vars = args[2]
        if destination is None:
            destination = OrderedDict()
            destination._metadata = OrderedDict()
        local_metadata = {"version": self._version}
        if hasattr(destination, "_metadata"):
            destination._metadata[prefix[:-1]] = local_metadata
        for hook in self._state_dict_pre_hooks.values():
            hook(self, prefix, keep_vars)
        self._save_to_state_dict(destination, prefix, keep_vars)
        for name, module in self._modules.items():
            if module is not None:
                module.state_dict(destination=destination, prefix=prefix + name + ".", keep_vars=keep_vars)
        for hook in self._state_dict_hooks.values():
            found = hook(self, destination, prefix, local_metadata)
            if found is not None:
                if getattr(hook, "_from_public_api", False):
                    raise RuntimeError("state_dict post-hook must return None")
                destination = found
        return destination

    def load_state_dict(self, state_dict: Any, strict: bool = True, assign: bool = False) -> Any:
        """Copy a state into the parameters and buffers; with `assign`, put its tensors in their place.

        Raises `RuntimeError` that lists all keys and sizes which do not match, after what does was loaded.
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        metadata = getattr(state_dict, "_metadata", None)
        loading = _Loading()
        states: Any = OrderedDict(state_dict)
        if metadata is not None:
            states._metadata = metadata
        _load(self, states, "", metadata, assign, loading)
        loading.raise_if_wrong(self, strict)
        return _IncompatibleKeys(loading.missing, loading.unexpected)

    def _load_from_state_dict(
        self,
        state_dict: Any,
        prefix: str,
        local_metadata: dict[str, Any],
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        """Load this module alone, without those below."""
        for hook in self._load_state_dict_pre_hooks.values():
            hook(state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)
        own = {name: value for name, value in self._parameters.items() if value is not None}
        own.update(
            (name, value)
            for name, value in self._buffers.items()
            if value is not None and name not in self._non_persistent_buffers_set
        )
        assign = local_metadata.get("assign_to_params_buffers", False)
        for name, value in own.items():
            if prefix + name in state_dict:
                _load_one(self, name, value, prefix + name, state_dict[prefix + name], assign, error_msgs)
            elif strict:
                missing_keys.append(prefix + name)
        extra = prefix + _EXTRA_STATE_KEY_SUFFIX
        if type(self).set_extra_state is not Stateful.set_extra_state:
            if extra in state_dict:
                self.set_extra_state(state_dict[extra])
            elif strict:
                missing_keys.append(extra)
        elif strict and extra in state_dict:
            unexpected_keys.append(extra)
        for key in state_dict if strict else ():
            if key.startswith(prefix) and key != extra:
                name, dot, _ = key[len(prefix) :].partition(".")
                if name not in (self._modules if dot else own):
                    unexpected_keys.append(key)


def _load(module: Any, states: Any, prefix: str, metadata: Any, assign: bool, loading: _Loading) -> None:
    notes = {} if metadata is None else metadata.get(prefix[:-1], {})
    if assign:
        notes["assign_to_params_buffers"] = assign
    module._load_from_state_dict(
        states, prefix, notes, True, loading.missing, loading.unexpected, loading.errors
    )
    for name, child in module._modules.items():
        if child is not None:
            path = prefix + name + "."
            below = {key: value for key, value in states.items() if key.startswith(path)}
            _load(child, below, path, metadata, assign, loading)
    incompatible = _IncompatibleKeys(loading.missing, loading.unexpected)
    for hook in module._load_state_dict_post_hooks.values():
        if hook(module, incompatible) is not None:
            raise AssertionError(
                "Hooks registered with ``register_load_state_dict_post_hook`` are not expected to return new values, if "
                "incompatible_keys need to be modified, it should be done inplace."
            )


def _load_one(
    module: Any, name: str, target: Any, key: str, given: Any, assign: bool, errors: list[str]
) -> None:
    if not isinstance(given, TensorBase):
        errors.append(
            f'While copying the parameter named "{key}", expected torch.Tensor or Tensor-like object from checkpoint but '
            f"received {type(given)}"
        )
        return
    value: Any = given
    lazy = is_lazy(target)
    if not lazy and not len(target.shape) and tuple(value.shape) == (1,):
        value = value[0]
    if not lazy and value.shape != target.shape:
        errors.append(
            f"size mismatch for {key}: copying a param with shape {value.shape} from checkpoint, the shape in current model "
            f"is {target.shape}."
        )
        return
    swapping = settings.get_swap_module_params_on_conversion()
    if not lazy and not assign and target.is_meta and not value.is_meta:
        warnings.warn(
            f"for {key}: copying from a non-meta parameter in the checkpoint to a meta parameter in the current model, which is a "
            "no-op. (Did you mean to pass `assign=True` to assign items in the state dictionary to their corresponding key in the "
            "module instead of copying them in place?)",
            stacklevel=2,
        )
    try:
        with no_grad():
            if swapping:
                load_by_swapping(target, value, assign)
                return
            if not assign:
                target.copy_(value)
                return
            if isinstance(target, Parameter):
                value = (
                    value.requires_grad_(target.requires_grad)
                    if isinstance(value, Parameter)
                    else Parameter(value, requires_grad=target.requires_grad)
                )
            setattr(module, name, value)
    except Exception as error:
        errors.append(
            f'While {"swapping" if swapping else "copying"} the parameter named "{key}", whose dimensions in the model are '
            f"{target.size()} and whose "
            f"dimensions in the checkpoint are {value.size()}, an exception occurred : {error.args}."
        )
