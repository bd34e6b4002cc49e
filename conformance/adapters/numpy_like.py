"""NumPy's idioms by PyTorch's names, for engines that are shaped like NumPy: mygrad, HIPS autograd, jax.

Only what means the same is here: `max(dim)` (which gives indices as well), `split`, `repeat` and their like differ in
more than the name, and are not offered by such an engine.
"""

from __future__ import annotations

from typing import Any

from ..observe import MissingError

ALIKE = """exp expm1 log log1p log2 log10 sqrt square sin cos tan sinh cosh tanh abs sign floor ceil reciprocal maximum
minimum logaddexp sinc cbrt exp2 matmul dot where isnan isinf isfinite trunc outer""".split()
RENAMED = {
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "asinh": "arcsinh",
    "acosh": "arccosh",
    "atanh": "arctanh",
    "atan2": "arctan2",
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "div": "divide",
    "neg": "negative",
    "pow": "power",
    "absolute": "abs",
    "mm": "matmul",
    "mv": "matmul",
    "bmm": "matmul",
    "eq": "equal",
    "ne": "not_equal",
    "lt": "less",
    "le": "less_equal",
    "gt": "greater",
    "ge": "greater_equal",
}
REDUCING = {"sum": "sum", "mean": "mean", "amax": "max", "amin": "min"}


def names(np: Any) -> dict[str, Any]:
    """What a NumPy-shaped module offers, by PyTorch's names."""
    plain = {**{name: name for name in ALIKE}, **RENAMED}
    found = {name: getattr(np, own) for name, own in plain.items() if hasattr(np, own)}
    found.update({name: _reducing(getattr(np, own)) for name, own in REDUCING.items() if hasattr(np, own)})
    found.update(_of_all(np), **_of_shapes(np))
    return found


def _reducing(function: Any) -> Any:
    return lambda x, dim=None, keepdim=False: function(x, axis=_axes(dim), keepdims=keepdim)


def _axes(dim: Any) -> Any:
    if isinstance(dim, (list, tuple)) and not dim:
        # no dimensions are all of them in PyTorch, and none in NumPy
        raise MissingError("Tensor.sum(dim=())")
    return tuple(dim) if isinstance(dim, list) else dim


def _of_all(np: Any) -> dict[str, Any]:
    """Reductions whose form with `dim` means something else in PyTorch, or is spelt otherwise."""

    def whole(function: Any) -> Any:
        return lambda x: function(x)

    def spread(function: Any) -> Any:
        def call(
            x: Any, dim: Any = None, correction: int = 1, unbiased: bool = True, keepdim: bool = False
        ) -> Any:
            return function(x, axis=_axes(dim), ddof=correction if unbiased else 0, keepdims=keepdim)

        return call

    def along(function: Any) -> Any:
        return lambda x, dim: function(x, axis=dim)

    def norm(x: Any) -> Any:
        return np.sqrt(np.sum(x * x))

    return {
        "max": whole(np.max),
        "min": whole(np.min),
        "argmax": lambda x, dim=None: np.argmax(x, axis=dim),
        "argmin": lambda x, dim=None: np.argmin(x, axis=dim),
        "prod": lambda x, dim=None, keepdim=False: np.prod(x, axis=dim, keepdims=keepdim),
        "var": spread(np.var),
        "std": spread(np.std),
        "cumsum": along(np.cumsum),
        "cumprod": along(getattr(np, "cumprod", not_offered("torch.cumprod"))),
    }


def _of_shapes(np: Any) -> dict[str, Any]:
    def varargs(function: Any) -> Any:
        return lambda x, *sizes: function(
            x, sizes[0] if sizes and isinstance(sizes[0], (tuple, list)) else sizes
        )

    def expand(x: Any, sizes: Any) -> Any:
        lead = len(sizes) - len(x.shape)
        kept = [x.shape[place - lead] if size == -1 else size for place, size in enumerate(sizes)]
        return np.broadcast_to(x, tuple(kept))

    def squeeze(x: Any, dim: Any = None) -> Any:
        return np.squeeze(x, axis=dim) if dim is None or x.shape[dim] == 1 else x

    def flatten(x: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
        first, last = start_dim % len(x.shape), end_dim % len(x.shape)
        return np.reshape(x, (*x.shape[:first], -1, *x.shape[last + 1 :]))

    def clamp(x: Any, min: Any = None, max: Any = None) -> Any:  # noqa: A002 - PyTorch's names
        return np.clip(x, min, max)

    return {
        "cat": lambda tensors, dim=0: np.concatenate(tensors, axis=dim),
        "stack": lambda tensors, dim=0: np.stack(tensors, axis=dim),
        "reshape": varargs(np.reshape),
        "permute": varargs(np.transpose),
        "transpose": lambda x, dim0, dim1: np.swapaxes(x, dim0, dim1),
        "t": _flipped(np),
        "unsqueeze": lambda x, dim: np.expand_dims(x, dim),
        "squeeze": squeeze,
        "flatten": flatten,
        "broadcast_to": lambda x, size: np.broadcast_to(x, tuple(size)),
        "expand": varargs(expand),
        "clamp": clamp,
        "clip": clamp,
        "einsum": lambda text, *operands: np.einsum(text, *operands),
    }


def _flipped(np: Any) -> Any:
    def t(x: Any) -> Any:
        if len(x.shape) > 2:
            raise MissingError("Tensor.t() of three dimensions")
        return np.transpose(x)

    return t


def not_offered(name: str) -> Any:
    """A function that says that the engine has none of this name."""

    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise MissingError(name)

    return refuse
