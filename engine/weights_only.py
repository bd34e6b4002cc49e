"""The reading of pickled data that nobody vouches for: only tensors, plain data, and what the program allows.

Nothing is imported, and nothing is called but what rebuilds tensors. Source: torch.load, `weights_only`.
"""

from __future__ import annotations

import pickle
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING
from collections import Counter, OrderedDict
from typing import Any

from .nn.parameter import Parameter
from .pickled_names import name_of, safe
from .tensor import Tensor

_ALLOWED = (
    "MARK STOP BININT BININT1 BININT2 LONG1 NONE NEWTRUE NEWFALSE BINFLOAT BINUNICODE SHORT_BINSTRING EMPTY_LIST APPEND APPENDS "
    "EMPTY_TUPLE TUPLE TUPLE1 TUPLE2 TUPLE3 EMPTY_DICT SETITEM SETITEMS EMPTY_SET BINGET LONG_BINGET BINPUT LONG_BINPUT "
    "GLOBAL REDUCE BUILD NEWOBJ BINPERSID PROTO"
)
_user_allowed: list[Any] = []
Error = pickle.UnpicklingError


def _full_name(obj: Any) -> str:
    if isinstance(obj, tuple):
        if len(obj) != 2:
            raise ValueError(
                f"Expected tuple of length 2 (global, str of callable full path), but got tuple of length: {len(obj)}"
            )
        return str(obj[1])
    return ".".join(name_of(obj, None) or (obj.__module__, obj.__qualname__))


def user_allowed() -> dict[str, Any]:
    """What the program allows, by name."""
    return {_full_name(each): each[0] if isinstance(each, tuple) else each for each in _user_allowed}


class _Operations(dict[int, Any]):
    """What is done for each operation of a pickle; any other is refused."""

    def __missing__(self, operation: int) -> Any:
        raise Error(f"Unsupported operand {operation}")


_Base: Any = pickle._Unpickler  # the one in Python: each of its steps can be exchanged


class Unpickler(_Base):
    """Reads plain data and tensors; raises `UnpicklingError` for anything else."""

    dispatch = _Operations(
        {getattr(pickle, name)[0]: _Base.dispatch[getattr(pickle, name)[0]] for name in _ALLOWED.split()}
    )

    def find_class(self, module: str, name: str) -> Any:
        """Only what is known to do no harm."""
        if (module, name) in NAME_MAPPING:
            module, name = NAME_MAPPING[module, name]
        module = IMPORT_MAPPING.get(module, module)
        full = f"{module}.{name}"
        for allowed in (safe(), user_allowed()):
            if full in allowed:
                return allowed[full]
        shown = full.removeprefix("builtins.")
        raise Error(
            f"Unsupported global: GLOBAL {shown} was not an allowed global by default. Please use "
            f"`torch.serialization.add_safe_globals([{shown}])` or the `torch.serialization.safe_globals([{shown}])` context "
            "manager to allowlist this global if you trust this class/function."
        )

    def _is_allowed(self, obj: Any) -> bool:
        return any(each is obj for allowed in (safe(), user_allowed()) for each in allowed.values())

    def load_reduce(self) -> None:
        """Call a function that is allowed."""
        args = self.stack.pop()
        function = self.stack[-1]
        if not self._is_allowed(function):
            raise Error(f"Trying to call reduce for unrecognized function {function}")
        self.stack[-1] = function(*args)

    def load_newobj(self) -> None:
        """Make an object of a class that is allowed."""
        args = self.stack.pop()
        cls = self.stack.pop()
        if cls is Parameter:
            self.append(Parameter(*args))
        elif self._is_allowed(cls):
            self.append(cls.__new__(cls, *args))
        else:
            raise Error(
                f"Can only create new object for nn.Parameter or classes allowlisted via `add_safe_globals` but got {cls}"
            )

    def load_build(self) -> None:
        """Give an object its attributes: only a tensor, or what the program allows."""
        state = self.stack.pop()
        made = self.stack[-1]
        if type(made) is OrderedDict:
            made.__dict__.update(state)
        elif type(made) in (Tensor, Parameter):
            _set_tensor_state(made, state)
        elif any(type(made) is each for each in user_allowed().values()):
            _set_state(made, state)
        else:
            raise Error(
                "Can only build Tensor, Parameter, OrderedDict or types allowlisted via `add_safe_globals`, but got "
                f"{type(made)}"
            )

    def _check_target(self, kinds: tuple[type, ...], sentence: str) -> None:
        target = self.stack[-1]
        if type(target) not in kinds:
            raise Error(sentence.format(type(target)))

    def load_append(self) -> None:
        """Add to a list."""
        value = self.stack.pop()
        self._check_target((list,), "Can only append to lists, but got {}")
        self.stack[-1].append(value)

    def load_appends(self) -> None:
        """Add to a list."""
        values = self.pop_mark()
        self._check_target((list,), "Can only extend lists, but got {}")
        self.stack[-1].extend(values)

    def load_setitem(self) -> None:
        """Add to a dict."""
        value, key = self.stack.pop(), self.stack.pop()
        self._check_dict("SETITEM")
        self.stack[-1][key] = value

    def load_setitems(self) -> None:
        """Add to a dict."""
        items = self.pop_mark()
        self._check_dict("SETITEMS")
        self.stack[-1].update(zip(items[::2], items[1::2]))

    def _check_dict(self, operation: str) -> None:
        self._check_target(
            (dict, OrderedDict, Counter),
            f"Can only {operation} for dict, collections.OrderedDict, collections.Counter, but got {{}}",
        )

    for _name in ("reduce", "newobj", "build", "append", "appends", "setitem", "setitems"):
        dispatch[getattr(pickle, _name.upper())[0]] = locals()[f"load_{_name}"]


def _set_tensor_state(made: Any, state: Any) -> None:
    if len(state) == 4 and type(made) is Tensor:
        made.set_(*state)
        return
    data, requires_grad, hooks = state[0], state[1], state[2]
    made.data, made._backward_hooks = data, hooks or None
    made.requires_grad = requires_grad


def _set_state(made: Any, state: Any) -> None:
    if hasattr(made, "__setstate__"):
        made.__setstate__(state)
        return
    slots = None
    if isinstance(state, tuple) and len(state) == 2:
        state, slots = state
    made.__dict__.update(state or {})
    for name, value in (slots or {}).items():
        setattr(made, name, value)


def explained(sentence: str) -> str:
    """PyTorch's whole message around what was refused."""
    unsafe = (
        "In PyTorch 2.6, we changed the default value of the `weights_only` argument in `torch.load` from `False` to `True`. "
        "Re-running `torch.load` with `weights_only` set to `False` will likely succeed, but it can result in arbitrary code "
        "execution. Do it only if you got the file from a trusted source."
    )
    documents = (
        "\n\nCheck the documentation of torch.load to learn more about types accepted by default with weights_only "
        "https://pytorch.org/docs/stable/generated/torch.load.html."
    )
    if "was not an allowed global by default." in sentence:
        return (
            "Weights only load failed. This file can still be loaded, to do so you have two options, \033[1mdo those steps only if "
            f"you trust the source of the checkpoint\033[0m. \n\t(1) {unsafe}\n\t(2) Alternatively, to load with `weights_only=True` "
            "please check the recommended steps in the following error message.\n\tWeightsUnpickler error: "
            f"{sentence}{documents}"
        )
    return (
        f"Weights only load failed. {unsafe}\nPlease file an issue with the following so that we can make `weights_only=True` "
        f"compatible with your use case: WeightsUnpickler error: \n\n{sentence}{documents}"
    )
