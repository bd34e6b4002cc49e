"""`functional_call` and `stack_module_state`: modules as functions of their parameters.

Source: torch.func, "torch.func.functional_call" and "torch.func.stack_module_state".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ..base import TensorBase
from ..ops.joining import stack


def functional_call(
    module: Any,
    parameter_and_buffer_dicts: Any,
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """Call `module` with these tensors in place of its parameters and buffers of the same names."""
    given = _merged(parameter_and_buffer_dicts)
    for value in given.values():
        if not isinstance(value, TensorBase):
            raise TypeError(f"{value} is not an instance of torch.Tensor")
    tied = _with_tied(module, given) if tie_weights else given
    if strict:
        _check_names(module, tied)
    inputs = () if args is None else args if isinstance(args, tuple) else (args,)
    with _replaced(module, given, tied):
        return module(*inputs, **({} if kwargs is None else kwargs))


def _merged(dicts: Any) -> dict[str, Any]:
    if isinstance(dicts, dict):
        return dicts
    if not isinstance(dicts, Sequence):
        raise ValueError(
            f"Expected parameter_and_buffer_dicts to be a dict, or a list/tuple of dicts, but got {type(dicts)}"
        )
    if not all(isinstance(each, dict) for each in dicts):
        raise ValueError("Expected all elements of parameter_and_buffer_dicts to be dictionaries")
    names = [name for each in dicts for name in each]
    repeated = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if repeated:
        raise ValueError(
            f"{repeated} appeared in multiple dictionaries; behavior of functional call is ambiguous"
        )
    return {name: value for each in dicts for name, value in each.items()}


def _named_tensors(module: Any) -> dict[str, Any]:
    """All parameters and buffers by name; one that has several names is there under each."""
    return {
        **dict(module.named_parameters(remove_duplicate=False)),
        **dict(module.named_buffers(remove_duplicate=False)),
    }


def _with_tied(module: Any, given: dict[str, Any]) -> dict[str, Any]:
    """The tensors given, also under the other names of the parameters that they stand for."""
    groups: dict[int, list[str]] = {}
    for name, tensor in _named_tensors(module).items():
        groups.setdefault(id(tensor), []).append(name)
    found = dict(given)
    for names in groups.values():
        present = [name for name in names if name in given]
        if len({id(given[name]) for name in present}) > 1:
            raise ValueError(
                f"functional_call got multiple values for keys {sorted(names)}, which are tied. Consider using "
                "tie_weights=False"
            )
        for name in names if present else ():
            found[name] = given[present[0]]
    return found


def _check_names(module: Any, given: dict[str, Any]) -> None:
    known = _named_tensors(module)
    unexpected = [repr(name) for name in sorted(given) if name not in known]
    missing = [repr(name) for name in sorted(known) if name not in given]
    if unexpected or missing:
        text = f"Error(s) in reparametrizing for {type(module).__name__}:"
        if unexpected:
            text += f"\n\tUnexpected key(s): {', '.join(unexpected)}."
        if missing:
            text += f"\n\tMissing key(s): {', '.join(missing)}."
        raise RuntimeError(text)


_ABSENT = object()


def _holder(module: Any, name: str) -> tuple[Any, str]:
    """The module that holds what has this name, and its name there."""
    path, _, own = name.rpartition(".")
    walked: list[str] = []
    for part in path.split(".") if path else ():
        walked.append(part)
        if not hasattr(module, part):
            raise AttributeError(f"{type(module).__name__} has no attribute `{part}`")
        module = getattr(module, part)
        if not hasattr(module, "_parameters"):
            raise TypeError(f"submodule `{'.'.join(walked)}`: {module} is not an instance of torch.nn.Module")
    if not own:
        raise KeyError('tensor name can\'t be empty string ""')
    return module, own


def _exchange(module: Any, name: str, tensor: Any) -> Any:
    """Put a tensor where a parameter, a buffer or another attribute is, and return what was there; both may be absent."""
    for tensors in (module._parameters, module._buffers):
        if name in tensors:
            before = tensors.pop(name) if tensor is _ABSENT else tensors[name]
            if tensor is not _ABSENT:
                tensors[name] = tensor
            return before
    before = getattr(module, name, _ABSENT)
    if before is not _ABSENT and before is not None and not isinstance(before, TensorBase):
        raise TypeError(f"attribute `{name}`: {before} is not an instance of torch.Tensor")
    if tensor is not _ABSENT:
        setattr(module, name, tensor)
    elif before is not _ABSENT:
        delattr(module, name)
    return before


@contextmanager
def _replaced(module: Any, given: dict[str, Any], tied: dict[str, Any]) -> Iterator[None]:
    """The module holds the tensors of `tied` inside; what it then has in the places of those given, `given` has after it."""
    held = {}
    try:
        for name, tensor in tied.items():
            held[name] = _exchange(*_holder(module, name), tensor)
        yield
    finally:
        left = {name: _exchange(*_holder(module, name), tensor) for name, tensor in held.items()}
        given.update({name: left[name] for name in given if name in left})


def stack_module_state(models: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The parameters and buffers of several modules of one class, stacked along a first dimension, for `vmap`."""
    if not models:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if not (all(each.training for each in models) or all(not each.training for each in models)):
        raise RuntimeError("stack_module_state: Expected all models to have the same training/eval mode.")
    if any(type(each) is not type(models[0]) for each in models):
        raise RuntimeError("stack_module_state: Expected all models to be of the same class.")
    return (
        _stacked([dict(each.named_parameters()) for each in models]),
        _stacked([dict(each.named_buffers()) for each in models]),
    )


def _stacked(states: list[dict[str, Any]]) -> dict[str, Any]:
    found = {}
    for name in states[0]:
        each = [state[name] for state in states]
        if all(tensor.is_leaf for tensor in each):
            joined = stack(each).detach()
            found[name] = joined.requires_grad_(each[0].requires_grad)
        else:
            found[name] = stack(each)
    return found
