"""Parameters: what a module or an optimizer is to train."""

from __future__ import annotations

import sys
from typing import Any

from ..copying import shallow
from ..dtypes import INTEGER
from ..late import is_foreign
from ..ops import creation
from ..overriding import disabled_torch_function
from ..tensor import Tensor


class _ParameterMeta(type):
    """Instances of a program's own class of tensors are parameters if they say so."""

    def __instancecheck__(cls, instance: Any) -> bool:
        if super().__instancecheck__(instance):
            return True
        return cls is Parameter and isinstance(instance, Tensor) and getattr(instance, "_is_param", False)


class Parameter(Tensor, metaclass=_ParameterMeta):
    """A tensor that a module or an optimizer is to train: it requires grad.

    Of an instance of a program's own class, it is an instance of that class with a mark; raises `RuntimeError` where its
    `detach` gives another.
    """

    __module__ = "torch.nn.parameter"  # as it prints
    __torch_function__: Any = classmethod(disabled_torch_function)

    def __new__(cls, data: Any = None, requires_grad: Any = True) -> Any:
        if is_foreign(type(data)) and isinstance(data, Tensor):
            return _marked(data, requires_grad)
        made = creation.zeros(0) if data is None else data.detach()
        if made.is_meta and cls is Parameter:
            from ..meta_tensors import MetaParameter

            cls = MetaParameter
        made = made._as(cls)
        if requires_grad and made._dtype.category <= INTEGER:
            raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
        made.requires_grad = requires_grad
        return made

    def __repr__(self) -> str:  # type: ignore[override]
        return "Parameter containing:\n" + super().__repr__()

    def __copy__(self) -> Any:  # type: ignore[override]
        return shallow(self, version=0)

    def __deepcopy__(self, memo: dict[int, Any]) -> Parameter:
        if id(self) not in memo:
            memo[id(self)] = type(self)(self.data.clone(), self._requires_grad)
        found: Parameter = memo[id(self)]
        return found


def _marked(data: Any, requires_grad: bool) -> Any:
    made = data.detach().requires_grad_(requires_grad)
    if type(made) is not type(data):
        raise RuntimeError(
            f"Creating a Parameter from an instance of type {type(data).__name__} requires that detach() returns an instance of the "
            f"same type, but return type {type(made).__name__} was found instead. To use the type as a Parameter, please correct the "
            "detach() semantics defined by its __torch_dispatch__() implementation."
        )
    made._is_param = True
    return made


class UninitializedTensorMixin:
    """A parameter or buffer whose shape is not known yet; it becomes one by `materialize`."""

    cls_to_become: Any
    _dtype: Any

    @property
    def _array(self) -> Any:
        """No operation gets it; what is allowed works on `data`."""
        raise ValueError(
            f"Attempted to use an uninitialized parameter in {_operation(sys._getframe(1))}. This error happens when you are using "
            f"a `LazyModule` or explicitly manipulating `torch.nn.parameter.{type(self).__name__}` objects. When using LazyModules "
            "Call `forward` with a dummy batch to initialize the parameters before calling torch functions"
        )

    @property
    def data(self) -> Any:
        """An empty tensor of the same type."""
        return creation.empty(0, dtype=self._dtype)

    @data.setter
    def data(self, value: Any) -> None:
        self._dtype = value._dtype

    @property
    def shape(self) -> Any:
        """Unknown: raises `RuntimeError`."""
        raise RuntimeError(
            "Can't access the shape of an uninitialized parameter or buffer. This error usually happens in `load_state_dict` when "
            "trying to load an uninitialized parameter into an initialized one. Call `forward` to initialize the parameters before "
            "accessing their attributes."
        )

    def materialize(self, shape: Any, device: Any = None, dtype: Any = None) -> None:
        """Become an ordinary parameter or buffer of this shape, whose values are not set yet."""
        made = creation.empty(shape, dtype=self._dtype if dtype is None else dtype, device=device)
        self.__class__ = self.cls_to_become
        self._array, self._dtype = made._array, made._dtype  # type: ignore[misc]

    def share_memory_(self) -> Any:
        """Raises `RuntimeError`: there is none."""
        raise RuntimeError(
            "Can't share memory on an uninitialized parameter or buffer. Call `forward` to initialize the parameters before calling "
            "`module.share_memory()`."
        )

    @property
    def ndim(self) -> int:
        """That of no elements."""
        return 1

    def size(self, *dim: Any) -> Any:
        """That of no elements."""
        return self.data.size(*dim)

    def copy_(self, other: Any, non_blocking: bool = False) -> Any:
        """Take nothing from another that is not initialized either."""
        if not is_lazy(other):
            self.data.copy_(other)
        return self

    def requires_grad_(self, requires_grad: bool = True) -> Any:
        """Refused, as every operation is."""
        return self._array

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __reduce_ex__(self, proto: Any) -> Any:
        return type(self), (self.requires_grad,)  # type: ignore[attr-defined]


def _on_data(name: str) -> Any:
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(self.data, name)(*args, **kwargs)

    call.__name__ = call.__qualname__ = name
    return call


for _name in ("half", "float", "double", "bfloat16", "char", "short", "int", "long", "cpu", "to"):
    setattr(UninitializedTensorMixin, _name, _on_data(_name))


def _operation(frame: Any) -> str:
    """What PyTorch calls the operation that a frame belongs to."""
    name = frame.f_code.co_name
    if name == "call" and "forward" in frame.f_locals:
        name = frame.f_locals["forward"].__name__
    shown = name.lstrip("_").removesuffix("_op").removesuffix("_all")
    return f"<method '{shown}' of 'torch._C.TensorBase' objects>"


def is_lazy(param: Any) -> bool:
    """Whether a parameter or buffer is not initialized yet."""
    return isinstance(param, UninitializedTensorMixin)


class UninitializedParameter(UninitializedTensorMixin, Parameter):  # type: ignore[misc]
    """A parameter whose shape is not known yet."""

    cls_to_become = Parameter

    def __new__(cls, requires_grad: Any = True, device: Any = None, dtype: Any = None) -> Any:
        made: Any = object.__new__(cls)
        made._dtype = creation.empty(0, dtype=dtype, device=device)._dtype
        made._requires_grad = requires_grad
        return made

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        if id(self) not in memo:
            memo[id(self)] = type(self)(self._requires_grad, None, self._dtype)
        return memo[id(self)]


class _BufferMeta(type):
    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Tensor) and getattr(instance, "_is_buffer", False)


class Buffer(Tensor, metaclass=_BufferMeta):
    """A tensor that is part of a module's state and not trained: a plain tensor that a module takes for one."""

    persistent: bool

    def __new__(cls, data: Any = None, *, persistent: bool = True) -> Any:
        made = creation.zeros(0) if data is None else data.detach().requires_grad_(data.requires_grad)
        made.persistent = persistent
        made._is_buffer = True
        return made


class UninitializedBuffer(UninitializedTensorMixin, Tensor):  # type: ignore[misc]
    """A buffer whose shape is not known yet."""

    cls_to_become = Tensor
    persistent: bool

    def __new__(
        cls, requires_grad: bool = False, device: Any = None, dtype: Any = None, persistent: bool = True
    ) -> Any:
        made: Any = object.__new__(cls)
        made._dtype = creation.empty(0, dtype=dtype, device=device)._dtype
        made._requires_grad = requires_grad
        made.persistent = persistent
        made._is_buffer = True
        return made
