"""The von Mises distribution.

Source: torch.distributions.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

from . import constraints
from .distribution import Distribution
from .namespace import torch
from .utils import broadcast_all, lazy_property

# The coefficients of Abramowitz and Stegun (9.8) for the Bessel functions of order 0 and 1.
_SMALL = (
    (1.0, 3.5156229, 3.0899424, 1.2067492, 0.2659732, 0.0360768, 0.0045813),
    (0.5, 0.87890594, 0.51498869, 0.15084934, 0.02658733, 0.00301532, 0.00032411),
)
_LARGE = (
    (
        *(0.39894228, 0.01328592, 0.00225319, -0.00157565, 0.00916281, -0.02057706),
        *(0.02635537, -0.01647633, 0.00392377),
    ),
    (
        *(0.39894228, -0.03988024, -0.00362018, 0.00163801, -0.01031555, 0.02282967),
        *(-0.02895312, 0.01787654, -0.00420059),
    ),
)


def _polynomial(y: Any, coefficients: Any) -> Any:
    result = coefficients[-1]
    for coefficient in reversed(coefficients[:-1]):
        result = coefficient + y * result
    return result


def _log_bessel(x: Any, order: int = 0) -> Any:
    y = x / 3.75
    small = _polynomial(y * y, _SMALL[order])
    if order == 1:
        small = x.abs() * small
    small = small.log()
    large = x - 0.5 * x.log() + _polynomial(3.75 / x, _LARGE[order]).log()
    return torch.where(x < 3.75, small, large)


def _drawn_by_rejection(loc: Any, concentration: Any, proposal: Any, shape: Any) -> Any:
    drawn = torch.zeros(shape, dtype=loc.dtype)
    done = torch.zeros(shape, dtype=torch.bool)
    while not done.all():
        u1, u2, u3 = torch.rand((3, *shape), dtype=loc.dtype).unbind()
        z = torch.cos(math.pi * u1)
        f = (1 + proposal * z) / (proposal + z)
        c = concentration * (proposal - f)
        accepted = ((c * (2 - c) - u2) > 0) | ((c / u2).log() + 1 - c >= 0)
        if accepted.any():
            drawn = torch.where(accepted, (u3 - 0.5).sign() * f.acos(), drawn)
            done = done | accepted
    return (drawn + math.pi + loc) % (2 * math.pi) - math.pi


class VonMises(Distribution):
    """Angles around `loc`."""

    arg_constraints: ClassVar[Any] = {"loc": constraints.real, "concentration": constraints.positive}
    support = constraints.real
    has_rsample = False

    def __init__(self, loc: Any, concentration: Any, validate_args: Any = None) -> None:
        self.loc, self.concentration = broadcast_all(loc, concentration)
        super().__init__(self.loc.shape, torch.Size(), validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """The same distribution for a greater batch shape."""
        loc, concentration = self.loc.expand(batch_shape), self.concentration.expand(batch_shape)
        return type(self)(loc, concentration, validate_args=self.__dict__.get("_validate_args"))

    @property
    def mean(self) -> Any:
        """The mean."""
        return self.loc

    mode = mean

    @lazy_property
    def variance(self) -> Any:
        """The variance."""
        return 1 - (_log_bessel(self.concentration, 1) - _log_bessel(self.concentration, 0)).exp()

    def _proposal(self, kappa: Any) -> Any:
        tau = 1 + (1 + 4 * kappa**2).sqrt()
        rho = (tau - (2 * tau).sqrt()) / (2 * kappa)
        return torch.where(kappa < 1e-5, 1 / kappa + kappa, (1 + rho**2) / (2 * rho))

    def sample(self, sample_shape: Any = ()) -> Any:
        shape = self._extended_shape(sample_shape)
        with torch.no_grad():
            loc, kappa = self.loc.to(torch.double), self.concentration.to(torch.double)
            return _drawn_by_rejection(loc, kappa, self._proposal(kappa), shape).to(self.loc.dtype)

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the density or probability at a value."""
        self._check(value)
        log_prob = self.concentration * torch.cos(value - self.loc)
        return log_prob - math.log(2 * math.pi) - _log_bessel(self.concentration)
