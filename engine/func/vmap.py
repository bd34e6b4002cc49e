"""`vmap`: a function of one example as a function of many. Source: torch.func, "torch.vmap"."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from ..base import TensorBase
from ..ops.dims import wrap_dim
from ..ops.joining import cat
from ..ops.views import _expand, _permute
from .batched import BatchLevel
from .levels import entered
from .pytree import broadcast_to, flatten, unflatten

RANDOMNESS = ("error", "different", "same")


def vmap(
    func: Callable[..., Any],
    in_dims: Any = 0,
    out_dims: Any = 0,
    randomness: str = "error",
    *,
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """`func` on every example along `in_dims` of the inputs; the results are put together along `out_dims`."""
    check_randomness(randomness)
    if not (chunk_size is None or chunk_size > 0):
        raise ValueError(f"vmap: chunk_size should be None or greater than 0. (got {chunk_size})")

    @functools.wraps(func)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        mapping = _Mapping(func, in_dims, out_dims, randomness)
        size, dims, flat, spec = mapping.inputs(args)
        if chunk_size is None:
            return mapping.run(size, dims, flat, spec, kwargs)
        return _in_chunks(mapping, chunk_size, (size, dims, flat, spec), kwargs)

    return wrapped


def check_randomness(randomness: str) -> None:
    """Raise `RuntimeError` for what is no way to treat random operations."""
    if randomness not in RANDOMNESS:
        raise RuntimeError(
            f"Only allowed values for randomness are 'error', 'different', or 'same'. Got {randomness}"
        )


class _Mapping:
    """One call of a mapped function."""

    def __init__(self, func: Callable[..., Any], in_dims: Any, out_dims: Any, randomness: str) -> None:
        self.func = func
        self.in_dims = in_dims
        self.out_dims = out_dims
        self.randomness = randomness
        self.name = getattr(func, "__name__", None) or repr(func)

    # ---- inputs --------------------------------------------------------------------------------------------

    def inputs(self, args: tuple[Any, ...]) -> tuple[int, list[Any], list[Any], Any]:
        """How many examples there are, the dimension of each input they lie along, the inputs, their structure."""
        if not isinstance(self.in_dims, (int, tuple)):
            raise ValueError(
                f"vmap({self.name}, in_dims={self.in_dims}, ...)(<inputs>): expected `in_dims` to be int or a (potentially "
                f"nested) tuple matching the structure of inputs, got: {type(self.in_dims)}."
            )
        if not args:
            raise ValueError(
                f"vmap({self.name})(<inputs>): got no inputs. Maybe you forgot to add inputs, or you are trying to vmap over "
                "a function with no inputs. The latter is unsupported."
            )
        flat, spec = flatten(args)
        dims = broadcast_to(self.in_dims, spec)
        if dims is None:
            raise ValueError(
                f"vmap({self.name}, in_dims={self.in_dims}, ...)(<inputs>): in_dims is not compatible with the structure of "
                f"`inputs`. in_dims has structure {flatten(self.in_dims)[1]} but inputs has structure {spec}."
            )
        dims = [self._input_dim(value, dim) for value, dim in zip(flat, dims)]
        sizes = [value._array.shape[dim] for value, dim in zip(flat, dims) if dim is not None]
        if not sizes:
            raise ValueError("vmap: Expected at least one Tensor to vmap over")
        if any(size != sizes[0] for size in sizes):
            raise ValueError(
                "vmap: Expected all tensors to have the same size in the mapped dimension, got sizes "
                f"{sizes} for the mapped dimension"
            )
        return sizes[0], dims, flat, spec

    def _input_dim(self, value: Any, dim: Any) -> int | None:
        if dim is None:
            return None
        call = f"vmap({self.name}, in_dims={self.in_dims}, ...)(<inputs>)"
        if not isinstance(dim, int):
            raise ValueError(
                f"{call}: Got in_dim={dim} for an input but in_dim must be either an integer dimension or None."
            )
        if not isinstance(value, TensorBase):
            raise ValueError(
                f"{call}: Got in_dim={dim} for an input but the input is of type {type(value)}. We cannot vmap over "
                "non-Tensor arguments, please use None as the respective in_dim"
            )
        rank = len(value._array.shape)
        if not -rank <= dim < rank:
            raise ValueError(
                f"{call}: Got in_dim={dim} for some input, but that input is a Tensor of dimensionality {rank} so expected "
                f"in_dim to satisfy -{rank} <= in_dim < {rank}."
            )
        return dim % rank

    # ---- outputs -------------------------------------------------------------------------------------------

    def run(self, size: int, dims: Sequence[Any], flat: Sequence[Any], spec: Any, kwargs: Any) -> Any:
        """Call the function once, on all examples."""
        level = BatchLevel(size, self.randomness)
        with entered(level):
            batched = [value if dim is None else level.tensor(value, dim) for value, dim in zip(flat, dims)]
            outputs = self.func(*unflatten(batched, spec), **kwargs)
        found, out_spec = flatten(outputs)
        dims = self.output_dims(outputs, out_spec)
        results = [self._output(level, each, dim) for each, dim in zip(found, dims)]
        level.over = True
        return unflatten(results, out_spec)

    def output_dims(self, outputs: Any, spec: Any) -> list[Any]:
        """Where in each output the examples are to lie."""
        for dim in flatten(self.out_dims)[0]:
            if not (isinstance(dim, int) or dim is None):
                raise ValueError(
                    f"vmap({self.name}, ..., out_dims={self.out_dims}): `out_dims` must be an int, None or a python collection "
                    "of ints representing where in the outputs the vmapped dimension should appear."
                )
        dims = self.out_dims
        if isinstance(outputs, TensorBase) and isinstance(dims, tuple) and len(dims) == 1:
            dims = dims[0]
        found = broadcast_to(dims, spec)
        if found is None:
            raise ValueError(
                f"vmap({self.name}, ..., out_dims={self.out_dims})(<inputs>): out_dims is not compatible with the structure "
                f"of `outputs`. out_dims has structure {flatten(self.out_dims)[1]} but outputs has structure {spec}."
            )
        return found

    def _output(self, level: BatchLevel, value: Any, dim: Any) -> Any:
        if dim is None:
            if level.holds(value):
                raise ValueError(
                    f"vmap({self.name}, ...): `{self.name}` can not return a BatchedTensor when out_dim is None"
                )
            return value
        if not isinstance(value, TensorBase):
            raise ValueError(
                f"vmap({self.name}, ...): `{self.name}` must only return Tensors, got type {type(value)}. Did you mean to set "
                "out_dims= to None for output?"
            )
        rank = len(value._array.shape)
        target = wrap_dim(dim, rank + 1)
        whole: Any = value
        if not level.holds(value):
            return _moved(_expand(value, (level.size, *value._array.shape)), 0, target)
        return _moved(whole._value, whole._dim, target)


def _moved(value: Any, source: int, target: int) -> Any:
    """The dimension `source` at the place `target`."""
    if source == target:
        return value
    dims = [dim for dim in range(len(value._array.shape)) if dim != source]
    dims.insert(target, source)
    return _permute(value, tuple(dims))


def _in_chunks(mapping: _Mapping, chunk_size: int, inputs: tuple[Any, ...], kwargs: Any) -> Any:
    """The function called for some examples at a time, and the results joined."""
    size, dims, flat, spec = inputs
    parts: list[list[Any]] = []
    out_spec, out_dims = None, None
    for start in range(0, size, chunk_size):
        length = min(chunk_size, size - start)
        some = [value if dim is None else value.narrow(dim, start, length) for value, dim in zip(flat, dims)]
        outputs = mapping.run(length, dims, some, spec, kwargs)
        found, out_spec = flatten(outputs)
        out_dims = mapping.output_dims(outputs, out_spec)
        parts.append(found)
    joined = [cat(list(each), dim) for each, dim in zip(zip(*parts), out_dims or ())]
    return unflatten(joined, out_spec)  # type: ignore[arg-type]
