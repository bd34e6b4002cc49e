"""A custom function of all examples of a `vmap`, made of a function of one (`generate_vmap_rule`).

Source: "Extending torch.func with autograd.Function", "Automatically generate a vmap rule".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .base import TensorBase
from .func.pytree import flatten, unflatten
from .func.vmap import _moved
from .grad_mode import mode

Mapped = Callable[[Callable[..., Any], Any, Any], tuple[Any, Any]]


class _ContextOfOne:
    """The context as the function of one example sees it: what it saves are tensors of the level of one example."""

    _own = ("_all", "_ctx", "_level", "_saved")

    def __init__(self, all_examples: ForAll, ctx: Any, saved: Any = None) -> None:
        self._all = all_examples
        self._ctx = ctx
        self._level: Any = mode.transforms[-1]
        self._saved = saved

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ctx, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self._own:
            self.__dict__[name] = value
        else:
            setattr(self._ctx, name, value)

    @property
    def saved_tensors(self) -> Any:
        """The saved tensors of one example."""
        return self._saved

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep what the tensors hold of all examples."""
        self._ctx.save_for_backward(*self._of_all(tensors))

    def save_for_forward(self, *tensors: Any) -> None:
        """Keep what the tensors hold of all examples."""
        self._ctx.save_for_forward(*self._of_all(tensors))

    def _of_all(self, tensors: tuple[Any, ...]) -> list[Any]:
        held = [self._level.holds(each) for each in tensors]
        self._all.saved_dims = tuple([each._dim if is_held else None for each, is_held in zip(tensors, held)])
        return [each._value if is_held else each for each, is_held in zip(tensors, held)]


class ForAll:
    """The methods of the function of all examples; `dims`: where the examples lie in its arguments."""

    def __init__(self, function: Any, dims: Any, mapped: Mapped, size: int) -> None:
        self.function = function
        self.dims = dims
        self.mapped = mapped
        self.size = size
        self.out_dims: Any = None
        self.saved_dims: tuple[Any, ...] = ()
        self.shapes: tuple[Any, ...] = ()

    def forward(self, *operands: Any) -> tuple[Any, ...]:
        """The outputs, and where the examples lie in them."""
        outputs, dims = self.mapped(self.function.forward, operands, self.dims)
        return (*outputs, dims) if isinstance(outputs, tuple) else (outputs, dims)

    def setup_context(self, ctx: Any, inputs: Any, outputs: Any) -> None:
        """Set the context up for one example."""
        *found, self.out_dims = outputs

        def one(inputs: Any, output: Any) -> None:
            self.shapes = tuple(
                [each._array.shape if isinstance(each, TensorBase) else None for each in inputs]
            )
            self.function.setup_context(_ContextOfOne(self, ctx), inputs, output)

        output = tuple(found) if isinstance(self.out_dims, tuple) else found[0]
        self.mapped(one, (inputs, output), (self.dims, self.out_dims))

    def backward(self, ctx: Any, *grads: Any) -> tuple[Any, ...]:
        """The gradients of all examples; those of an argument that is the same for all are summed."""
        grads = grads[:-1]
        dims = tuple([None if grad is None else dim for grad, dim in zip(grads, self._several_out_dims())])

        def one(saved: Any, grads: Any) -> Any:
            return self.function.backward(_ContextOfOne(self, ctx, saved), *grads)

        found, where = self.mapped(one, (ctx.saved_tensors, grads), (self.saved_dims, dims))
        return self._reduced(found, where, self.dims, self.shapes)

    def jvp(self, ctx: Any, *tangents: Any) -> tuple[Any, ...]:
        """The tangents of all examples."""
        leaves, spec = flatten(self.dims)
        dims = unflatten(
            [None if each is None else dim for dim, each in zip(leaves, flatten(tangents)[0])], spec
        )

        def one(saved: Any, tangents: Any) -> Any:
            return self.function.jvp(_ContextOfOne(self, ctx, saved), *tangents)

        found, where = self.mapped(one, (ctx.saved_tensors, tangents), (self.saved_dims, dims))
        wanted = self._several_out_dims()
        return (*self._reduced(found, where, wanted, (None,) * len(wanted)), None)

    def _several_out_dims(self) -> tuple[Any, ...]:
        return self.out_dims if isinstance(self.out_dims, tuple) else (self.out_dims,)

    def _reduced(self, found: Any, where: Any, wanted: Any, shapes: Any) -> tuple[Any, ...]:
        if not isinstance(found, tuple):
            found, where = (found,), (where,)
        return tuple([self._reduced_one(*each) for each in zip(found, where, wanted, shapes)])

    def _reduced_one(self, grad: Any, found: Any, wanted: Any, shape: Any) -> Any:
        """A gradient with the examples where the argument has them, or summed over them where it has none."""
        if grad is None or (found is None and wanted is None):
            return grad
        if wanted is None:
            return grad.sum(found)
        if found is None:
            grad, found = grad.expand(self.size, *grad.shape), 0
        if shape is not None:
            grad = _moved(grad, found, 0)
            found, more = 0, len(grad.shape) - 1 - len(shape)
            if more > 0:
                grad = grad.sum(tuple(range(1, 1 + more)))
            grad = grad._reduce_to((self.size, *shape), grad._dtype)
        return _moved(grad, found, wanted)
