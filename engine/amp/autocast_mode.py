"""`torch.autocast`: while it is on, products of matrices are computed in a shorter type.

It is a transform (see `transforms.py`): operations do not know of it. Source: "Automatic Mixed Precision package".
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

from .. import dtypes, settings
from ..base import TensorBase
from ..device import as_device
from ..grad_mode import mode
from ..ops.conversion import cast
from ..shown import Shown
from ..transforms import Transform

_LOWER = (
    "addbmm addmm addmv addr baddbmm bmm chain_matmul conv1d conv2d conv3d conv_tbc convolution conv_transpose1d conv_transpose2d "
    "conv_transpose3d linear lstm_layer matmul mm mv prelu_kernel scaled_dot_product_attention"
)
_IN_FLOAT32 = (
    "bce_with_logits binary_cross_entropy cdist cholesky cosine_embedding_loss cosine_similarity cross_entropy ctc_loss eigh "
    "grid_sampler hinge_embedding_loss huber_loss inv_ex kl_div l1_loss margin_ranking_loss mse_loss multi_margin_loss "
    "multilabel_margin_loss nanquantile nll_loss polar poisson_nll_loss prod_all prod_dim quantile smooth_l1_loss soft_margin "
    "solve_ex stft svd trace triplet_margin_loss"
)
LOWER, IN_FLOAT32 = frozenset(_LOWER.split()), frozenset(_IN_FLOAT32.split())
WIDEST = frozenset(("cat", "stack", "index_copy"))


class _Lower(Transform):
    """Casts the operands of what `autocast` knows, and leaves the rest as it is."""

    computes = False
    lowers = True

    def __init__(self, owner: autocast | _Standing) -> None:
        self.owner = owner
        self._kept: dict[int, tuple[Any, Any]] = {}  # what was made of parameters, once

    def _lowered(self, value: Any) -> Any:
        if not isinstance(value, TensorBase):
            return _cast(value, self.owner.fast_dtype)
        keep = value._requires_grad and value._dtype is dtypes.float32 and self.owner._cache_enabled
        if not keep or not mode.enabled:
            return _cast(value, self.owner.fast_dtype)
        if id(value) not in self._kept:
            self._kept[id(value)] = value, _cast(value, self.owner.fast_dtype)
        return self._kept[id(value)][1]

    def run(self, operation: Any, args: tuple[Any, ...]) -> Any:
        name = getattr(operation, "__name__", "").lstrip("_")
        return operation(*self.operands(name, args))

    def operands(self, name: str, tensors: tuple[Any, ...]) -> tuple[Any, ...]:
        if name in LOWER:
            return tuple(map(self._lowered, tensors))
        if name in IN_FLOAT32:
            return tuple(_cast(tensors, dtypes.float32))
        if name in WIDEST:
            kinds = {each._dtype for each in _tensors(tensors) if each._dtype.is_floating_point}
            return _cast(tensors, dtypes.float32) if len(kinds) > 1 else tensors
        return tensors


def _tensors(values: Any) -> list[Any]:
    found = []
    for value in values:
        if isinstance(value, TensorBase):
            found.append(value)
        elif isinstance(value, (list, tuple)):
            found += _tensors(value)
    return found


def _cast(value: Any, dtype: dtypes.dtype) -> Any:
    if isinstance(value, TensorBase):
        eligible = value._dtype.is_floating_point and value._dtype is not dtypes.float64
        return cast(value, dtype) if eligible else value
    if isinstance(value, dict):
        return {key: _cast(each, dtype) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)([_cast(each, dtype) for each in value])
    return value


def _active(device_type: str) -> Any:
    for each in reversed(mode.transforms):
        if isinstance(each, _Lower) and each.owner.device == device_type:
            return each.owner
    return None


def enabled(device_type: str) -> bool:
    """Whether `autocast` is on for devices of this kind."""
    found = _active(device_type)
    return device_type in _elsewhere or (found is not None and found._enabled)


class _Standing:
    """What turns autocast on for the CPU until it is turned off, and not for a block of a program."""

    device, _enabled = "cpu", True

    @property
    def fast_dtype(self) -> Any:
        return settings.get_autocast_dtype("cpu")

    @property
    def _cache_enabled(self) -> bool:
        return settings.is_autocast_cache_enabled()


_elsewhere: set[str] = set()  # kinds of devices other than the CPU for which autocast was turned on


def set_enabled(device_type: str, enabled: bool) -> None:
    """Turn autocast on or off until somebody sets it again."""
    if device_type != "cpu":
        (_elsewhere.add if enabled else _elsewhere.discard)(device_type)
        return
    others = _without(device_type)
    mode.set_transforms((*others, _Lower(_Standing())) if enabled else others)


def _without(device_type: str) -> tuple[Any, ...]:
    """What is active, but for autocast on devices of this kind."""
    return tuple(
        [
            each
            for each in mode.transforms
            if not (isinstance(each, _Lower) and each.owner.device == device_type)
        ]
    )


def clear_caches() -> None:
    """Forget what has been made of parameters."""
    for each in mode.transforms:
        if isinstance(each, _Lower):
            each._kept.clear()


class autocast(Shown):  # noqa: N801 - PyTorch's own name
    """With `with` or as a decorator: products of matrices are computed in `dtype`, on the CPU bfloat16."""

    def __init__(
        self, device_type: str, dtype: Any = None, enabled: bool = True, cache_enabled: bool | None = None
    ) -> None:
        if not isinstance(device_type, str):
            raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
        if not settings.is_autocast_available(as_device(device_type).type):
            raise RuntimeError(f"User specified an unsupported autocast device_type '{device_type}'")
        self.device = device_type
        self.fast_dtype = dtype or settings.get_autocast_dtype(device_type)
        self._cache_enabled = settings.is_autocast_cache_enabled() if cache_enabled is None else cache_enabled
        self._enabled = enabled and self._can_be_enabled()
        self._before: list[tuple[Any, Any, bool]] = []

    def _can_be_enabled(self) -> bool:
        supported = (dtypes.bfloat16, dtypes.float16)
        if self.device == "cuda":
            sentence = "CUDA is not available or torch_xla is imported. Disabling autocast."
        elif self.fast_dtype not in supported:
            name = self.device.upper()
            sentence = (
                f"In {name} autocast, but the target dtype is not supported. Disabling autocast.\n{name} Autocast only supports "
                f"dtypes of {', '.join(map(str, supported))} currently."
            )
        else:
            return True
        warnings.warn(sentence, UserWarning, stacklevel=3)
        return False

    def __enter__(self) -> autocast:
        before = settings.get_autocast_dtype(self.device), settings.is_autocast_cache_enabled()
        self._before.append((mode.transforms, *before))
        others = _without(self.device)
        mode.set_transforms((*others, _Lower(self)) if self._enabled else others)
        settings.set_autocast_dtype(self.device, self.fast_dtype)
        settings.set_autocast_cache_enabled(self._cache_enabled)
        settings.autocast_increment_nesting()
        return self

    def __exit__(self, *error: object) -> None:
        transforms, fast_dtype, cache_enabled = self._before.pop()
        if not settings.autocast_decrement_nesting():
            clear_caches()
        mode.set_transforms(transforms)
        settings.set_autocast_dtype(self.device, fast_dtype)
        settings.set_autocast_cache_enabled(cache_enabled)

    def __call__(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function, run with autocast."""
        if not callable(func):
            raise TypeError(
                f"autocast()(func) requires a callable, but got {type(func).__name__}. Did you mean to use autocast as a context "
                "manager? For example:\n    with torch.autocast(device_type=...):\n        output = model(input)"
            )

        @functools.wraps(func)
        def with_autocast(*args: Any, **kwargs: Any) -> Any:
            with self:
                return func(*args, **kwargs)

        return with_autocast


def custom_fwd(fwd: Any = None, *, device_type: str, cast_inputs: Any = None) -> Any:
    """Decorates `forward` of a custom function: with `cast_inputs`, it runs in that type and without autocast."""
    if fwd is None:
        return functools.partial(custom_fwd, device_type=device_type, cast_inputs=cast_inputs)

    @functools.wraps(fwd)
    def forward(ctx: Any, *args: Any, **kwargs: Any) -> Any:
        ctx._dtype, active = settings.get_autocast_dtype(device_type), enabled(device_type)
        ctx._fwd_used_autocast = active and cast_inputs is None
        if not active or cast_inputs is None:
            return fwd(ctx, *args, **kwargs)
        with autocast(device_type, enabled=False):
            return fwd(ctx, *_cast(args, cast_inputs), **_cast(kwargs, cast_inputs))

    return forward


def custom_bwd(bwd: Any = None, *, device_type: str) -> Any:
    """Decorates `backward` of a custom function: it runs with autocast if `forward` did."""
    if bwd is None:
        return functools.partial(custom_bwd, device_type=device_type)

    @functools.wraps(bwd)
    def backward(ctx: Any, *grads: Any) -> Any:
        with autocast(device_type, enabled=ctx._fwd_used_autocast, dtype=ctx._dtype):
            return bwd(ctx, *grads)

    return backward
