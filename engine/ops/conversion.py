"""From one type to another, to Python and to NumPy."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import dtypes, op, printing
from ..base import TensorBase, memory
from ..device import CPU, place
from ..device import device as device_class
from ..dtypes import dtype as dtype_class
from ..grad_mode import mode
from ..late import is_foreign
from ..layouts import contiguous_format, copied, memory_format, preserve_format, suggested
from ..lazy import LazyConjugate, LazyNegative, plain
from ..node import Node, gradient_edge, next_sequence_nr
from ..op import LINEAR, wrap
from ..transforms import through_transforms
from . import views
from .from_data import from_numpy, warn_once


class ToCopyBackward0(Node):
    """The node of a cast: the gradient is cast back."""

    __module__ = "builtins"

    __slots__ = ()

    def apply(self, grad: Any, edges: Any) -> tuple[Any, ...]:
        kind = self._saved[0]
        return ((grad if kind.is_complex or not grad._dtype.is_complex else grad.real).to(kind),)

    def release(self) -> None: ...


def cast(self: Any, dtype: dtype_class, copy: bool = False) -> Any:
    """The elements in another type; `self` where it has that type already."""
    if self._dtype is dtype and not copy:
        return self
    if mode.recording > 1:
        return through_transforms(cast, (self, dtype, copy))
    if self._dtype.is_complex and dtype.category in (dtypes.INTEGER, dtypes.FLOATING):
        warn_once("Casting complex values to real discards the imaginary part", stacklevel=4)
        return _cast(self, dtype, self._array.real)
    return _cast(self, dtype, self._array)


cast.jvp = LINEAR  # type: ignore[attr-defined]


def _cast(self: Any, dtype: dtype_class, array: Any) -> Any:
    array = (
        array.astype(dtype.numpy) if 0 not in array.strides else views.dense_copy(array).astype(dtype.numpy)
    )
    result = wrap(array, dtype)
    edge = gradient_edge(self) if mode.enabled and dtype.category > dtypes.INTEGER else None
    if edge is not None:
        node = object.__new__(ToCopyBackward0)
        node._edges = (edge,)
        node._number = next_sequence_nr()
        node._extras = None
        node._saved = (self._dtype,)
        if self._output_nr:
            node.extras().input_numbers = (self._output_nr,)
        result._node = node
    return result


def to(
    self: Any,
    *args: Any,
    dtype: Any = None,
    device: Any = None,
    non_blocking: bool = False,
    copy: bool | None = False,
    memory_format: Any = None,
    **others: Any,
) -> Any:
    """In another type, or like another tensor, or laid out otherwise; the device is always the CPU."""
    if others:
        dtype, device, copy, memory_format = target(args, others)
    elif args:
        if dtype is not None or device is not None:
            target(
                args,
                {name: each for name, each in (("dtype", dtype), ("device", device)) if each is not None},
            )
        first, *flags = args
        if isinstance(first, dtype_class):
            dtype = first
        elif isinstance(first, TensorBase):
            dtype, device = first._dtype, first.device  # type: ignore[attr-defined]
        elif isinstance(first, type):
            dtype = _of_python(first)
        else:
            device = first
            if flags and not isinstance(flags[0], bool):
                dtype = flags.pop(0)
        if len(args) > 1:
            target(args, {})
        copy = flags[1] if len(flags) > 1 else copy
    if device is not None and device is not CPU:
        if not isinstance(device, (str, device_class)):
            dtype, device, copy, _ = target(args, {} if args else {"device": device})
        if device is not None and place(device, "to"):
            from ..meta_tensors import on_meta

            return on_meta(self, dtype)
    if dtype is not None and not isinstance(dtype, dtype_class):
        dtype = target((), {"dtype": dtype})[0]
    if memory_format is None or memory_format is preserve_format:
        return cast(self, dtype or self._dtype, bool(copy))
    return _laid_out(self, dtype or self._dtype, bool(copy), memory_format)


_FLAGS = "bool non_blocking = False, bool copy = False, *, torch.memory_format memory_format = None"
_WAYS = (
    f"(torch.device device = None, torch.dtype dtype = None, {_FLAGS})",
    f"(torch.dtype dtype, {_FLAGS})",
    f"(Tensor tensor, {_FLAGS})",
)


def target(args: tuple[Any, ...], options: dict[str, Any]) -> tuple[Any, Any, bool | None, Any]:
    """The type, the device, whether to copy (None if not said), and the memory format that the arguments of `to` name.

    Raises `TypeError` for arguments that are none of the ways to call it.
    """
    for names in (
        ("device", "dtype", "non_blocking", "copy"),
        ("dtype", "non_blocking", "copy"),
        ("tensor", "non_blocking", "copy"),
    ):
        given = dict(zip(names, args))
        whole = {**given, **options}
        fits = len(args) <= len(names) and len(whole) == len(given) + len(options)
        if not fits or (names[0] != "device" and whole.get(names[0]) is None):
            continue
        if all(name in (*names, "memory_format") and _is_one(name, each) for name, each in whole.items()):
            break
    else:
        from ..matching import invalid

        raise TypeError(invalid("to", _WAYS, args, options))
    like = whole.get("tensor")
    dtype, where = (
        (like.dtype, like.device) if like is not None else (whole.get("dtype"), whole.get("device"))
    )
    if dtype is not None and not isinstance(dtype, dtype_class):
        dtype = _of_python(
            dtype if isinstance(dtype, type) else type(dtype)
        )  # PyTorch takes `True` for `bool`
    return dtype, where, whole.get("copy"), whole.get("memory_format")


def _is_one(name: str, value: Any) -> bool:
    """Whether a value may be this argument of `to`."""
    if name in ("non_blocking", "copy"):
        return isinstance(value, bool)
    if name == "tensor":
        return isinstance(value, TensorBase)
    if name == "memory_format":
        return value is None or isinstance(value, memory_format)
    if name == "dtype":
        return isinstance(value, (dtype_class, bool, float)) or value in (None, *dtypes.OF_PYTHON_TYPE)
    return value is None or (isinstance(value, (str, int, device_class)) and not isinstance(value, bool))


def _laid_out(self: Any, dtype: dtype_class, copy: bool, form: Any) -> Any:
    """The elements in another type and layout, in one step; `self` where it has both already."""
    if not copy and self._dtype is dtype and (suggested(memory(self)) or contiguous_format) is form:
        return self
    if mode.recording > 1:
        return views.contiguous(cast(self, dtype, copy), form)
    found = cast(self, dtype, copy=True)
    found._array = copied(found._array, form)
    return found


def _of_python(kind: Any) -> dtype_class:
    if kind not in dtypes.OF_PYTHON_TYPE:
        raise TypeError(f"to(): argument 'dtype' must be torch.dtype, not {type(kind).__name__}")
    return dtypes.OF_PYTHON_TYPE[kind]


def type_(self: Any, dtype: Any = None, non_blocking: bool = False, **others: Any) -> Any:
    """In another type, given itself or by an old tensor class; without one, the name of the tensor's class."""
    if dtype is None:
        return f"torch.{self._dtype.legacy_name}Tensor"
    if not isinstance(dtype, dtype_class):
        from ..legacy import dtype_of

        dtype = dtype_of(dtype)
    return cast(self, dtype)


def type_as(self: Any, other: Any) -> Any:
    """In the type of `other`."""
    return cast(self, other._dtype)


def _caster(name: str, dtype: dtype_class) -> Callable[[Any], Any]:
    def call(self: Any, memory_format: Any = preserve_format) -> Any:
        if memory_format is preserve_format:
            return cast(self, dtype)
        return _laid_out(self, dtype, False, memory_format)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"In the type {dtype.name}."
    return call


float_ = _caster("float", dtypes.float32)
double = _caster("double", dtypes.float64)
half = _caster("half", dtypes.float16)
bfloat16 = _caster("bfloat16", dtypes.bfloat16)
cfloat = _caster("cfloat", dtypes.complex64)
cdouble = _caster("cdouble", dtypes.complex128)
long = _caster("long", dtypes.int64)
int_ = _caster("int", dtypes.int32)
short = _caster("short", dtypes.int16)
bool_ = _caster("bool", dtypes.bool_)


def cpu(self: Any, memory_format: Any = preserve_format) -> Any:
    """`self`: it is on the CPU."""
    return self


# ---- to NumPy and Python -----------------------------------------------------------------------------------


def numpy(self: Any, *, force: bool = False) -> np.ndarray[Any, Any]:
    """An array that shares the memory; refused where the tensor requires grad and what is done is recorded."""
    if force:
        return memory(self.detach().resolve_conj().resolve_neg())
    if mode.enabled and self.requires_grad:
        raise RuntimeError(
            "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."
        )
    for bit, resolve in ((LazyConjugate, "conj"), (LazyNegative, "neg")):
        if isinstance(self._array, bit):
            name = {"conj": "conjugate", "neg": "negative"}[resolve]
            raise RuntimeError(
                f"Can't call numpy() on Tensor that has {name} bit set. Use tensor.resolve_{resolve}().numpy() instead."
            )
    if self._dtype is dtypes.bfloat16:
        raise TypeError("Got unsupported ScalarType BFloat16")
    return memory(self)


def array(self: Any, dtype: Any = None, copy: Any = None) -> np.ndarray[Any, Any]:
    """What NumPy asks for."""
    found = numpy(self)
    if copy:
        return found.astype(dtype or found.dtype)
    return found if dtype is None else found.astype(dtype, copy=False)


def array_wrap(self: Any, array: np.ndarray[Any, Any]) -> Any:
    """A tensor of what a function of NumPy computed; bools become uint8, as in PyTorch.

    It takes no more arguments than PyTorch's, of which NumPy warns.
    """
    if array.dtype.kind == "b":
        array = np.asarray(array).astype(np.uint8)
    return from_numpy(np.asarray(array))


def item(self: Any) -> Any:
    """The one element, as a Python number."""
    if self._array.size != 1:
        raise RuntimeError(f"a Tensor with {self._array.size} elements cannot be converted to Scalar")
    return self._array.item()


def tolist(self: Any) -> Any:
    """The elements as nested lists of Python numbers."""
    return self._array.tolist()


_C_NAMES = {"float": "double", "int": "int64_t"}


def _as(convert: Callable[[Any], Any], name: str) -> Callable[[Any], Any]:
    def call(self: Any) -> Any:
        if self._array.size != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        if mode.enabled and self.requires_grad and name in ("float", "int", "complex"):
            warnings.warn(
                "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior.\nConsider using "
                "tensor.detach() first.",
                UserWarning,
                stacklevel=2,
            )
        value = self._array.item()
        if self._dtype.is_complex and name != "complex":
            if value.imag:
                raise RuntimeError(f"value cannot be converted to type {_C_NAMES[name]} without overflow")
            value = value.real
        return convert(value)

    call.__name__ = call.__qualname__ = f"__{name}__"
    return call


as_float = _as(float, "float")
as_int = _as(int, "int")
as_complex = _as(complex, "complex")


def as_bool(self: Any) -> bool:
    """Whether the one element is true."""
    if self._array.size == 0:
        raise RuntimeError("Boolean value of Tensor with no values is ambiguous")
    if self._array.size > 1:
        raise RuntimeError("Boolean value of Tensor with more than one value is ambiguous")
    return bool(self._array.item())


def as_index(self: Any) -> int:
    """The one integer, for use as an index."""
    if self._dtype.category > dtypes.INTEGER or self._array.size != 1:
        raise TypeError("only integer tensors of a single element can be converted to an index")
    return int(self._array.item())


# ---- operators ---------------------------------------------------------------------------------------------


def positive(self: Any) -> Any:
    """`self`, as `+x` gives it; of bools it is refused."""
    if self._dtype is dtypes.bool_:
        raise RuntimeError("The `+` operator, on a bool tensor is not supported.")
    return self


def text(self: Any, *, tensor_contents: Any = None) -> str:
    """What prints; an instance of a program's own class goes by the name of that."""
    kind = type(self)
    shown = printing.tensor_text(
        np.asarray(plain(self._array)),
        suffixes=_suffixes(self),
        prefix=f"{kind.__name__}(" if is_foreign(kind) else "tensor(",
    )
    if not is_foreign(kind):
        return shown
    from ..nn.parameter import Parameter

    return f"Parameter({shown})" if isinstance(self, Parameter) else shown


def _suffixes(self: Any) -> list[str]:
    """What the tensor's text shows beside its values."""
    try:
        grad_fn = type(self.grad_fn).__name__ if self.grad_fn is not None else None
        if grad_fn == "CppFunction":  # the class of nodes that have a name only
            grad_fn = self.grad_fn.name().rpartition("::")[2]
    except RuntimeError:  # of a view whose base was changed
        grad_fn = "Invalid"
    suffixes = printing.suffixes(
        str(self._dtype),
        str(dtypes.get_default_dtype()),
        self._array.shape,
        self._requires_grad,
        grad_fn,
    )
    if mode.transforms:
        from ..forward_ad import tangent_to_print

        tangent = tangent_to_print(self)
        suffixes += [] if tangent is None else [f"tangent={tangent}"]
    return suffixes


def formatted(self: Any, specification: str) -> str:
    """`format(tensor, ...)`: of a plain tensor without dimensions, that of its element."""
    if not self._array.ndim and type(self) is op.Tensor:
        return self.item().__format__(specification)
    return object.__format__(self, specification)
