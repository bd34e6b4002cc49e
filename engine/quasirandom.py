"""`torch.quasirandom`: points that fill a cube evenly, by SciPy's table of Joe and Kuo's direction numbers.

Sources: torch.quasirandom, "SobolEngine"; S. Joe and F. Kuo, "Constructing Sobol sequences with better two-dimensional
projections" (2008); A. Owen, "Scrambling Sobol' and Niederreiter-Xing points" (1998).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .base import memory
from .dtypes import get_default_dtype, not_implemented
from .generator import Generator
from .op import wrap
from .ops.creation import randint
from .ops.joining import cat


class SobolEngine:
    """A Sobol sequence of points in the unit cube of a dimension from 1 to 21,201, scrambled if that is asked for.

    A scrambled one draws from the generator of its `seed`, or from the default one. `ValueError` for another dimension;
    wants SciPy.
    """

    MAXBIT = 30
    MAXDIM = 21201

    def __init__(self, dimension: int, scramble: bool = False, seed: int | None = None) -> None:
        if not 1 <= dimension <= self.MAXDIM:
            raise ValueError(f"Supported range of dimensionality for SobolEngine is [1, {self.MAXDIM}]")
        self.seed, self.scramble, self.dimension = seed, scramble, dimension
        numbers = _direction_numbers(dimension, self.MAXBIT)
        shift = np.zeros(dimension, np.int64)
        if scramble:
            numbers, shift = self._scrambled(numbers)
        self.sobolstate, self.shift = wrap(numbers), wrap(shift)
        self.quasi = self.shift.clone()
        self._first_point = (self.quasi / 2**self.MAXBIT).reshape(1, -1)
        self.num_generated = 0

    def draw(self, n: int = 1, out: Any = None, dtype: Any = None) -> Any:
        """The next `n` points, as rows."""
        chosen = get_default_dtype() if dtype is None else dtype
        steps = self._steps(n)
        if len(steps):
            if chosen.name not in ("float32", "float64"):
                raise not_implemented("_sobol_engine_draw", chosen)
            points = np.bitwise_xor.accumulate(np.vstack([memory(self.quasi), steps]))[1:]
            self.quasi = wrap(points[-1].copy())
            drawn = wrap(points).to(chosen).mul_(2.0**-self.MAXBIT)
        if self.num_generated == 0:
            first = self._first_point.to(chosen)
            drawn = cat([first, drawn], -2) if len(steps) else first
        elif not len(steps):
            drawn = wrap(np.empty((0, self.dimension), np.int64)).to(chosen)
        self.num_generated += n
        return drawn if out is None else out.resize_as_(drawn).copy_(drawn)

    def draw_base2(self, m: int, out: Any = None, dtype: Any = None) -> Any:
        """The next 2ᵐ points; `ValueError` if the number of all points is then no power of two."""
        n = 2**m
        total = self.num_generated + n
        if total & (total - 1):
            raise ValueError(
                "The balance properties of Sobol' points require n to be a power of 2. "
                f"{self.num_generated} points have been previously generated, then: "
                f"n={self.num_generated}+2**{m}={total}. If you still want to do this, please use 'SobolEngine.draw()' instead."
            )
        return self.draw(n, out, dtype)

    def reset(self) -> SobolEngine:
        """Begin again."""
        self.quasi.copy_(self.shift)
        self.num_generated = 0
        return self

    def fast_forward(self, n: int) -> SobolEngine:
        """Leave out `n` points."""
        quasi = memory(self.quasi)
        quasi ^= np.bitwise_xor.reduce(self._steps(n), axis=0, initial=0)
        self.num_generated += n
        return self

    def _steps(self, n: int) -> np.ndarray[Any, Any]:
        """What leads from point to point, a row each; the very first point is where they begin."""
        begin, end = max(self.num_generated - 1, 0), self.num_generated + n - 1
        zeros = ~np.arange(begin, end)
        rightmost = np.log2(zeros & -zeros).astype(np.int64)
        return memory(self.sobolstate).T[rightmost]

    def _scrambled(self, numbers: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """Direction numbers times random lower triangular matrices of bits, and a random shift."""
        generator = None if self.seed is None else Generator().manual_seed(self.seed)
        bits = self.MAXBIT
        shift = memory(randint(2, (self.dimension, bits), generator=generator)) @ (1 << np.arange(bits))
        matrices = np.tril(memory(randint(2, (self.dimension, bits, bits), generator=generator)), -1)
        matrices = matrices + np.eye(bits, dtype=np.int64)
        places = np.arange(bits - 1, -1, -1)  # a number's bits stand in a matrix the highest first
        vectors = (numbers[:, :, None] >> places) & 1
        return (vectors @ matrices.swapaxes(1, 2) & 1) @ (1 << places), shift

    def __repr__(self) -> str:
        """How it was made."""
        parts = [f"dimension={self.dimension}"]
        parts += ["scramble=True"] * bool(self.scramble)
        parts += [f"seed={self.seed}"] * (self.seed is not None)
        return f"{type(self).__name__}({', '.join(parts)})"


def _direction_numbers(dimension: int, bits: int) -> np.ndarray[Any, Any]:
    try:
        from scipy.stats import qmc
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError("torch.quasirandom needs SciPy: pip install scipy") from error
    return np.array(qmc.Sobol(dimension, scramble=False, bits=bits)._sv, np.int64)
