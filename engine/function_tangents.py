"""Forward mode through custom functions: their `jvp` gives the tangents of the outputs.

Source: torch.autograd.Function, `jvp`; "Extending PyTorch", "Forward mode AD".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .base import TensorBase
from .forward_ad import Level, SavedDualResult, _laid_out_as
from .function_context import BackwardCFunction, zeros_for
from .grad_mode import mode
from .saved import SavedResult

NO_VIEW = (
    "A custom Function's forward is returning a view (or an input as-is) but the jvp is not returning a view."
)
NOT_IN_PLACE = (
    "An inplace custom Function is not modifying the forward mode gradients inplace. If the forward is modifying an input "
    "inplace, then the jvp function must modify the corresponding gradient inplace."
)
NOT_AS_IS = (
    "An inplace custom Function is not returning the forward mode gradients as-is. If the forward is modifying an input "
    "inplace, then the jvp function must modify the gradient inplace and return it as-is."
)


def without_forward_mode(transforms: tuple[Any, ...]) -> tuple[Any, ...]:
    """The transforms that are active where forward mode is off, as it is in `forward` and `jvp`."""
    return tuple([each for each in transforms if not isinstance(each, Level)])


def carry(ctx: BackwardCFunction, inputs: Any, returned: Sequence[Any], outputs: Sequence[Any]) -> None:
    """Give the outputs the tangents that `jvp` computes from those of the inputs, if any has one."""
    transforms = mode.transforms
    levels = [each for each in transforms if isinstance(each, Level)]
    mode.set_transforms(without_forward_mode(transforms))
    try:
        for level in levels:
            carry_at(level, ctx, inputs, returned, outputs)
    finally:
        mode.set_transforms(transforms)


def carry_at(
    level: Level, ctx: BackwardCFunction, inputs: Any, returned: Sequence[Any], outputs: Sequence[Any]
) -> None:
    """The same for one level, which must see nothing of what `jvp` does."""
    tangents = [level.tangent(each) if isinstance(each, TensorBase) else None for each in inputs]
    if any(each is not None for each in tangents):
        _Carried(level, ctx, inputs, tangents).to(returned, outputs)


class _Carried:
    """The tangents of one call at one level."""

    def __init__(self, level: Level, ctx: BackwardCFunction, inputs: Any, tangents: list[Any]) -> None:
        self.level, self.ctx, self.inputs, self.tangents = level, ctx, inputs, tangents
        self.versions = [each._version if each is not None else 0 for each in tangents]

    def to(self, returned: Sequence[Any], outputs: Sequence[Any]) -> None:
        """Set the tangents of the outputs; `returned` is what `forward` returned for each."""
        found = self.computed()
        if len(found) != len(outputs):
            raise RuntimeError(
                "Function's jvp returned an invalid number of forward gradients (expected "
                f"{len(outputs)} but got {len(found)})"
            )
        constant = {id(each) for each in self.ctx.non_differentiable or ()}
        for index, (tangent, output) in enumerate(zip(found, outputs)):
            if not isinstance(output, TensorBase):
                continue
            if id(returned[index]) in constant or not (
                output._dtype.is_floating_point or output._dtype.is_complex
            ):
                self.refuse_at(index, tangent)
            else:
                self.set(returned[index], output, tangent)

    def computed(self) -> Sequence[Any]:
        """What `jvp` returns, as a tuple."""
        given = [
            zeros_for(value._array.shape, value._dtype)
            if tangent is None and isinstance(value, TensorBase) and self.ctx.materialize_grads
            else tangent
            for value, tangent in zip(self.inputs, self.tangents)
        ]
        found = self.ctx.apply_jvp(*given)
        found = found if isinstance(found, tuple) else (found,)
        for index, each in enumerate(found):
            if each is not None and not isinstance(each, TensorBase):
                raise RuntimeError(
                    f"expected Variable or None (got {type(each).__name__}) for grad output {index}."
                )
        return found

    def refuse_at(self, index: int, tangent: Any) -> None:
        """An output that no gradient flows through has no tangent."""
        if tangent is not None:
            raise RuntimeError(
                f"Function's jvp returned a gradient at position {index}, but  the corresponding forward output is not a "
                "differentiable Tensor.You should return None at that position instead."
            )

    def set(self, returned: Any, output: Any, tangent: Any) -> None:
        """The tangent of one output; that of an input that was changed in place must have been changed in place."""
        for value, held, version in zip(self.inputs, self.tangents, self.versions):
            if value is output and held is not None:
                if tangent._version == version:
                    raise RuntimeError(NOT_IN_PLACE)
                if tangent is not held:
                    raise RuntimeError(NOT_AS_IS)
                return
        if tangent is None:
            raise RuntimeError("Expected both tensor and its forward grad to be floating point or complex")
        if output._base is not None and self.has_tangent(output._base) and tangent._base is None:
            raise RuntimeError(NO_VIEW)
        if tangent._array.shape != output._array.shape:
            raise RuntimeError(
                "Trying to set a forward gradient that has a different size than that of the original Tensor, this is not "
                f"supported. Tensor is of size {list(output._array.shape)} while the given forward gradient is of size "
                f"{list(tangent._array.shape)}."
            )
        self.level.set(output, tangent if mode.transforms else _laid_out_as(tangent, output))

    def has_tangent(self, base: Any) -> bool:
        """Whether an input over the same memory has a tangent."""
        return any(
            tangent is not None and (value is base or value._base is base)
            for value, tangent in zip(self.inputs, self.tangents)
        )


def saved_with_tangent(saved: SavedResult, result: Any) -> SavedResult:
    """A saved output that has a tangent comes back with it."""
    saved.__class__ = SavedDualResult
    saved.shadow._tangents = result._tangents
    return saved


__all__ = ["carry", "carry_at", "saved_with_tangent", "without_forward_mode"]
