"""What an adapter starts from: PyTorch's names over an engine that has others.

An adapter states only what differs:

    class Mine(Adapter):
        package = "mine"
        kind = mine.Array
        modules = (mine,)
        functions = {"cat": mine.concatenate}

    def subject():
        return Mine().subject()

Every tensor of the engine is handed to cases in a `Tensor`, which only passes on: arguments are unwrapped, the
engine runs, its results are wrapped. A function of the engine is a method too and the reverse. What is found nowhere
is missing, and so is what the engine says it does not take: neither is held against it.
"""

from __future__ import annotations

import functools
import importlib.metadata
import inspect
import re
import sys
import weakref
from collections.abc import Callable, Mapping
from types import FunctionType, ModuleType
from typing import Any, ClassVar

from ..observe import MissingError
from ..subject import Subject
from . import creation
from .wrapped import SIGNS, SPELT, DType, ModeKind, Namespace, NotThereError, Size, Wrapped

REFUSED = re.compile(
    r"incompatible function arguments|positional argument|keyword argument|required .*argument|takes no arguments"
)
KEYWORDS = re.compile(r"incompatible function arguments|unexpected keyword argument")
DECLINED = re.compile(
    r"\bnot (yet |currently )?(supported|implemented)\b|\bonly support(s|ing)?\b|\bunsupported scalar type\b|"
    r"'list' object cannot be interpreted as an integer",
    re.IGNORECASE,
)
"""What an engine says of that which it does not offer."""
ALIASES = {
    "float": "float32",
    "double": "float64",
    "half": "float16",
    "long": "int64",
    "int": "int32",
    "short": "int16",
}


class Adapter:
    """How an engine offers what PyTorch offers; a subclass states what differs."""

    package: ClassVar[str]
    """The distribution, whose version is recorded; also what the subject is called."""
    kind: ClassVar[Any]
    """The engine's class of tensors."""
    modules: ClassVar[tuple[Any, ...]] = ()
    """Where functions are looked up by PyTorch's names."""
    functions: ClassVar[Mapping[str, Any]] = {}
    """Functions by PyTorch's names, dotted below `torch`: the engine's callable, its name, or None: not offered."""
    methods: ClassVar[Mapping[str, Any]] = {}
    """The same for methods; a callable takes the tensor first. What is not here is looked up as a function."""
    same: ClassVar[str | None] = None
    """The names that mean what they mean in PyTorch, where not all do; other names of `modules` are not used."""
    dtypes: ClassVar[Mapping[str, Any]] = {"float32": "float32", "float64": "float64"}
    """The types of elements that the engine has, by PyTorch's names; empty: it has none to speak of."""
    keywords: ClassVar[Mapping[str, str]] = {}
    """Other names of keywords, as in `{"dim": "axis", "keepdim": "keepdims"}`."""
    scalars = False
    """Whether the engine has only scalars; then tensors with dimensions are not offered."""
    keeps_graph = True
    """Whether the engine can run backward twice through one graph; else `retain_graph=True` is not offered."""
    prints = False
    """Whether a tensor prints as in PyTorch; else its text is not offered."""
    declines: ClassVar[str] = r"(?!)"
    """What else the engine says of that which it does not offer: a regular expression."""

    def __init__(self) -> None:
        kinds = {"adapter": self, "__module__": self.package}
        self.tensor_type: type[Wrapped] = type("Tensor", (Wrapped,), kinds)
        self.types = {name: DType(name, raw) for name, raw in self.dtypes.items()}
        self._seen: weakref.WeakValueDictionary[int, Wrapped] = weakref.WeakValueDictionary()
        self._arrays: weakref.WeakValueDictionary[int, Wrapped] = weakref.WeakValueDictionary()

    # -- what a subclass may say in code -------------------------------------------------------------------

    def make(self, data: Any, dtype: Any, requires_grad: bool) -> Any:
        """A tensor of the engine from nested lists; `dtype` is the engine's, None if it has none."""
        return self.kind(data, dtype=dtype, requires_grad=requires_grad)

    def read(self, raw: Any) -> Any:
        """The elements of a tensor of the engine, as nested lists."""
        held = next((getattr(raw, name) for name in ("tolist", "numpy", "data") if hasattr(raw, name)), raw)
        values = held() if callable(held) else held
        return values.tolist() if hasattr(values, "tolist") else values

    def empty(self, sizes: tuple[int, ...]) -> Any:
        """What `make` takes for a tensor of no elements whose sizes nested lists cannot say, as (0, 3)."""
        raise MissingError(f"a tensor of the sizes {sizes}")

    def incoming(self, raw: Any) -> Any:
        """A gradient as the engine's backward wants it."""
        return raw

    def index(self, raw: Any) -> Any:
        """A tensor that stands in brackets, as the engine wants it there."""
        return raw

    def backward(self, raw: Any, gradient: Any, **options: Any) -> None:
        """Run the engine's backward; `options` are those that were given and are not empty."""
        if options.get("retain_graph") and self.keeps_graph:
            options.pop("retain_graph")
        given = () if gradient is None else (self.incoming(gradient),)
        self.strictly("Tensor.backward", raw.backward, given, options)

    def get_dtype(self, raw: Any) -> Any:
        """The type of elements."""
        if not self.types:
            raise MissingError("Tensor.dtype")
        name = str(raw.dtype).rpartition(".")[2]
        return self.types.get(name) or DType(name, raw.dtype)

    def get_shape(self, raw: Any) -> Any:
        """The sizes; those of the nested lists where the engine does not say."""
        if hasattr(raw, "shape"):
            return tuple(int(size) for size in raw.shape)
        sizes, level = [], self.read(raw)
        while isinstance(level, list):
            sizes.append(len(level))
            level = level[0] if level else None
        return tuple(sizes)

    def get_grad(self, raw: Any) -> Any:
        """The gradient: a tensor of the engine, an array, a number, or None."""
        held = raw.grad
        return self.make(held, None, False) if isinstance(held, (int, float, list)) else held

    # -- the wiring ----------------------------------------------------------------------------------------

    def subject(self) -> Subject:
        """The subject that cases run on."""
        torch = Namespace(_adapter=self, _path="", __name__=self.package, Tensor=self.tensor_type)
        for name, held in self.types.items():
            setattr(torch, name, held)
        for short, name in ALIASES.items():
            if name in self.types:
                setattr(torch, short, self.types[name])
        for name, made in creation.functions(self).items():
            if name not in self.functions:
                setattr(torch, name, made)
        for path in sorted(self.functions):
            holder = torch
            for part in path.split(".")[:-1]:
                inner = vars(holder).get(part) or self._below(f"{vars(holder)['_path']}{part}")
                setattr(holder, part, inner)
                holder = inner
        vars(torch).setdefault("autograd", self._below("autograd"))
        vars(torch)["autograd"].backward = self._backward_of
        return Subject(
            torch,
            self.package,
            self.package,
            _version(self.package),
            build={"adapter": type(self).__module__},
        )

    def _below(self, path: str) -> Namespace:
        return Namespace(_adapter=self, _path=f"{path}.", __name__=f"{self.package}.{path}")

    def function(self, path: str) -> Any:
        """What PyTorch calls `torch.path`, wrapped; None where the engine does not offer it."""
        raw = self._raw_function(path)
        if path in MODES and raw is not None:
            call = self._calling(f"torch.{path}", raw)
            return ModeKind(path, call)
        if (
            raw is None
            and path not in self.functions
            and "." not in path
            and path not in OF_TENSORS
            and callable(getattr(self.kind, path, None))
            and self._allows(path)
        ):
            raw = getattr(self.kind, path)
        if raw is None:
            return None
        return self._calling(f"torch.{path}", raw) if callable(raw) else self.wrap(raw)

    def _allows(self, name: str) -> bool:
        return not name.startswith("_") and (self.same is None or name in self.same.split())

    def _raw_function(self, path: str) -> Any:
        if path in self.functions:
            held = self.functions[path]
            return (
                next((getattr(each, held) for each in self.modules if hasattr(each, held)), None)
                if isinstance(held, str)
                else held
            )
        if "." in path or not self._allows(path):
            return None
        found = next((getattr(each, path) for each in self.modules if hasattr(each, path)), None)
        return None if isinstance(found, (ModuleType, type)) and path not in MODES else found

    def attribute(self, tensor: Wrapped, name: str) -> Any:
        """What PyTorch calls `tensor.name`."""
        raw = tensor.raw
        getter = getattr(self, f"get_{name}", None)
        if name == "shape" and not self.prints:
            return Size(self.get_shape(raw))
        if getter is not None:
            return self.wrap(getter(raw))
        if name in WIRED and name not in self.methods:
            return lambda *args, **kwargs: WIRED[name](self, tensor, *args, **kwargs)
        held = self.methods.get(name, "") if name in self.methods else None
        if held is None and name not in self.methods:
            if self._allows(name) and name not in self.functions and hasattr(raw, name):
                value = getattr(raw, name)
                return self._calling(f"Tensor.{name}", value) if callable(value) else self.wrap(value)
            held = self._raw_function(name) if name not in creation.NAMES else None
        if isinstance(held, str):
            value = getattr(raw, held)
            return self._calling(f"Tensor.{name}", value) if callable(value) else self.wrap(value)
        if held is None:
            raise NotThereError(f"Tensor.{name}")
        return self._calling(f"Tensor.{name}", held, tensor)

    def assign(self, tensor: Wrapped, name: str, value: Any) -> None:
        """`tensor.name = value`, where the engine has such an attribute."""
        setter = getattr(self, f"set_{name}", None)
        if setter is not None:
            setter(tensor.raw, self.unwrap(value))
        elif hasattr(tensor.raw, name) and self._allows(name) and self.methods.get(name, name) is not None:
            setattr(tensor.raw, name, self.unwrap(value))
        else:
            raise MissingError(f"Tensor.{name} = ...")

    def operate(self, name: str, sign: Callable[..., Any], tensor: Wrapped, *others: Any) -> Any:
        """An operator on tensors, by the engine's own or by its function."""
        own = getattr(self.kind, name, None)
        if (
            own is not None
            and own is not getattr(object, name, None)
            and self.methods.get(name, own) is not None
        ):
            given = [self.unwrap(other) for other in others]
            if name in ("__getitem__", "__setitem__"):
                given[0] = self._indexed(given[0])
            return self.wrap(self.strictly(f"Tensor.{name}", sign, (tensor.raw, *given), {}))
        short = name.strip("_").removeprefix("i") if hasattr(str, "removeprefix") else name.strip("_")
        held = self.methods.get(name) or self._raw_function(SPELT.get(name.strip("_"), name.strip("_")))
        if held is None or (name.startswith("__i") and short in SIGNS["add"].split()):
            raise MissingError(f"Tensor.{name}")
        return self._calling(f"Tensor.{name}", held, tensor)(*others)

    def _indexed(self, index: Any) -> Any:
        if isinstance(index, tuple):
            return tuple(map(self._indexed, index))
        return self.index(index) if isinstance(index, self.kind) else index

    def wrap(self, value: Any) -> Any:
        """What the engine returned, as a case sees it."""
        if isinstance(value, self.kind):
            held = self._seen.get(id(value))
            if held is None:
                held = self._seen[id(value)] = self.tensor_type(value)
            return held
        if isinstance(value, (list, tuple)):
            items = [self.wrap(item) for item in value]
            return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
        if type(value) is dict:
            return {key: self.wrap(item) for key, item in value.items()}
        if isinstance(value, FunctionType):  # a function that was differentiated
            return self._between(value, self.unwrap, self.wrap)
        return self._of_array(value) if hasattr(value, "tolist") and hasattr(value, "dtype") else value

    def _of_array(self, value: Any) -> Any:
        """One tensor for one array, if it shares the memory."""
        if type(self).from_array is Adapter.from_array:
            return self.from_array(value)
        held = self._arrays.get(id(value))
        if held is None:
            held = self._arrays[id(value)] = self.from_array(value)
            object.__setattr__(held, "held", value)
        return held

    def from_array(self, value: Any) -> Any:
        """An array that the engine returned where PyTorch returns a tensor; one that shares its memory if stated."""
        return creation.tensor(self, value)

    def unwrap(self, value: Any) -> Any:
        """What a case passed, as the engine wants it."""
        if isinstance(value, (Wrapped, DType)):
            return value.raw
        if type(value) in (list, tuple):
            return type(value)(map(self.unwrap, value))
        if type(value) is dict:
            return {key: self.unwrap(item) for key, item in value.items()}
        if isinstance(value, slice):
            return slice(*map(self.unwrap, (value.start, value.stop, value.step)))
        if isinstance(value, FunctionType):  # a hook, or what is to be differentiated
            return self._between(value, self.wrap, self.unwrap)
        return value

    @staticmethod
    def _between(function: Callable[..., Any], given: Any, returned: Any) -> Callable[..., Any]:
        """A function whose arguments and result are wrapped or unwrapped."""

        def call(*args: Any, **kwargs: Any) -> Any:
            return returned(function(*map(given, args), **{key: given(item) for key, item in kwargs.items()}))

        return call

    def strictly(self, name: str, function: Callable[..., Any], args: Any, kwargs: Mapping[str, Any]) -> Any:
        """Call a function of the engine; arguments that it does not take are not offered."""
        try:
            return function(*args, **kwargs)
        except Exception as error:
            trace = error.__traceback__
            here = isinstance(error, TypeError) and trace is not None and trace.tb_next is None
            text = str(error)
            unknown = "input" in kwargs and "input" not in parameters(function)
            named = any(f"keyword argument {key!r}" in text for key in kwargs)
            if named or unknown or (here and REFUSED.search(text)) or self._declines(text):
                told = ", ".join([*("..." for _ in args), *(f"{key}=..." for key in kwargs)])
                raise MissingError(f"{name}({told})") from error
            raise

    def _declines(self, text: str) -> bool:
        return bool(DECLINED.search(text) or re.search(self.declines, text))

    def _calling(self, name: str, function: Callable[..., Any], *first: Any) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            known = parameters(function)
            spelt = {key: key if key in known else self.keywords.get(key, key) for key in kwargs}
            given = {spelt[key]: self.unwrap(value) for key, value in kwargs.items()}
            return self.wrap(
                self.strictly(name, function, [self.unwrap(arg) for arg in (*first, *args)], given)
            )

        call.__qualname__ = getattr(function, "__qualname__", call.__qualname__)  # it may be printed
        return call

    def _backward_of(self, tensors: Any = (), grad_tensors: Any = None, *places: Any, **options: Any) -> None:
        """`torch.autograd.backward`, which is the method where there is one tensor."""
        several = isinstance(tensors, (list, tuple))
        held = tensors if several else [tensors]
        grads = grad_tensors if isinstance(grad_tensors, (list, tuple)) else [grad_tensors]
        if len(held) != 1 or len(grads) != 1 or not isinstance(held[0], Wrapped):
            raise MissingError("torch.autograd.backward(other than one tensor)")
        if several and isinstance(grad_tensors, Wrapped):
            raise MissingError("torch.autograd.backward([...], a tensor)")
        _backward(self, held[0], grads[0], *places, **options)


OF_TENSORS = (
    "backward clone contiguous cpu cuda dim item numel numpy register_hook register_post_accumulate_grad_hook "
    "retain_grad size to tolist untyped_storage view storage_offset strides byte_strides is_contiguous expand"
).split()
"""Methods that PyTorch has no function of."""


MODES = ("no_grad", "enable_grad", "set_grad_enabled", "inference_mode")
BACKWARD = ("retain_graph", "create_graph", "inputs")


def _backward(adapter: Adapter, tensor: Wrapped, gradient: Any = None, *places: Any, **options: Any) -> None:
    options.update(zip(BACKWARD, places))
    retain, create = options.get("retain_graph"), options.get("create_graph", False)
    strange = not isinstance(retain, (bool, type(None))) or not isinstance(create, bool)
    if len(places) > 3 or strange or options.keys() - set(BACKWARD):
        raise MissingError(f"Tensor.backward({', '.join(options)})")
    if not isinstance(gradient, (Wrapped, type(None))):
        raise MissingError("Tensor.backward(what is no tensor)")
    told = {
        key: adapter.unwrap(value)
        for key, value in options.items()
        if value is not None and value is not False
    }
    adapter.backward(tensor.raw, adapter.unwrap(gradient), **told)


def _size(adapter: Adapter, tensor: Wrapped, dim: Any = None) -> Any:
    return tensor.shape if dim is None else tensor.shape[dim]


def _item(adapter: Adapter, tensor: Wrapped) -> Any:
    value = tensor.raw.item() if hasattr(tensor.raw, "item") else adapter.read(tensor.raw)
    return value.tolist() if hasattr(value, "tolist") else value


def _requires_grad(adapter: Adapter, tensor: Wrapped, flag: bool = True) -> Wrapped:
    adapter.assign(tensor, "requires_grad", flag)
    return tensor


def _product(adapter: Adapter, tensor: Wrapped) -> int:
    found = 1
    for size in tensor.shape:
        found *= size
    return found


WIRED: dict[str, Callable[..., Any]] = {
    "backward": _backward,
    "tolist": lambda adapter, tensor: adapter.read(tensor.raw),
    "item": _item,
    "size": _size,
    "dim": lambda adapter, tensor: len(tensor.shape),
    "numel": _product,
    "nelement": _product,
    "requires_grad_": _requires_grad,
    "is_floating_point": lambda adapter, tensor: tensor.dtype.is_floating_point,
}
"""Methods that follow from what the adapter says."""


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return str(getattr(sys.modules.get(package), "__version__", "unknown"))


def parameters(function: Callable[..., Any]) -> Any:
    """What a function takes, by name and in order; nothing if it does not say."""
    try:
        return inspect.signature(function).parameters
    except (TypeError, ValueError):  # written in C
        return ()


def alike(names: str) -> dict[str, str]:
    """Types of elements that the engine calls as PyTorch does."""
    return {name: name for name in names.split()}


def below(path: str, *modules: Any) -> dict[str, Any]:
    """The functions of modules, as those of `torch.path`; the first that has a name counts."""
    found: dict[str, Any] = {}
    for module in modules:
        for name, value in vars(module).items():
            if isinstance(value, FunctionType) and not name.startswith("_"):
                found.setdefault(f"{path}.{name}", value)
    return found


def _declining(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that says of arguments that it does not take that they are not offered."""
    own = f"{function.__name__}(" if isinstance(function, FunctionType) else ""  # others may refuse in it

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except (TypeError, RuntimeError) as error:
            pattern = KEYWORDS if own else REFUSED
            refused = type(error) is TypeError and pattern.search(str(error)) and own in str(error)
            if refused or DECLINED.search(str(error)):
                told = ", ".join([*("..." for _ in args), *(f"{key}=..." for key in kwargs)])
                raise MissingError(f"{name}({told})") from error
            raise

    return call


def _decline(holder: Any, path: str) -> None:
    for name, held in list(vars(holder).items()):
        kind = type(held).__name__
        if kind in ("builtin_function_or_method", "instancemethod", "function") and (
            not name.startswith("_") or name == "__init__"
        ):
            setattr(holder, name, _declining(f"{path}.{name}", held))


def both_ways(module: ModuleType, *inner: ModuleType) -> Subject:
    """A torch-shaped module as it stands, whose functions are methods too and the reverse.

    What it, its tensors, and functions and classes of its `inner` modules say of arguments that they do not take is
    that they are not offered.
    """
    kind = module.Tensor
    _decline(module, "torch")
    _decline(kind, "Tensor")
    for below in inner:
        _decline(below, below.__name__.replace(module.__name__, "torch", 1))
        for name, held in list(vars(below).items()):
            if isinstance(held, type) and held.__module__.partition(".")[0] == module.__name__:
                _decline(held, name)
    for name in [each for each in dir(kind) if not each.startswith("_") and not hasattr(module, each)]:
        if callable(getattr(kind, name)) and not name.endswith("_") and name not in OF_TENSORS:
            setattr(module, name, getattr(kind, name))
    return Subject(module, module.__name__, module.__name__, _version(module.__name__))
