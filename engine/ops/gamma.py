"""Numbers of gamma and Dirichlet distributions, and how they change with the distribution's parameters.

Source: `torch.distributions`, whose samples these are. The derivatives with respect to the parameters have no closed
form; they are series and approximations, each where it is accurate.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..dtypes import not_implemented
from ..op import op
from .creation import default_generator
from .refusals import no_forward_mode, underivable
from .special_functions import _digamma_array as digamma

# ---- samples ---------------------------------------------------------------------------------------------


def _gamma_numbers(alphas: Any, source: Any) -> Any:
    """A number for each shape, one after another: how much each takes from the stream depends on those before."""
    kind = alphas.dtype.type
    drawn = [_gamma_number(alpha, kind, source) for alpha in alphas.ravel()]
    return np.array(drawn, np.float64).reshape(alphas.shape)


def _gamma_number(alpha: Any, kind: Any, source: Any) -> float:
    """Marsaglia and Tsang's rejection method; `d` is rounded to the type of the shape, as PyTorch does."""
    scale = 1.0
    if alpha < 1:
        if alpha == 0:
            return 0.0
        uniform = float(source.uniform((1,), np.float64)[0])
        scale = (1 - uniform) ** float(kind(1) / alpha)
        alpha = alpha + kind(1)
    d = float(alpha - kind(np.float32(1) / np.float32(3)))
    c = 1 / math.sqrt(9 * d)
    while True:
        x = float(source.normals_in_pairs(1, 0.0, 1.0)[0])
        y = 1 + c * x
        if y <= 0:
            continue
        v = y * y * y
        u = 1 - float(source.uniform((1,), np.float64)[0])
        square = x * x
        if u < 1 - _SQUEEZE * square * square or math.log(u) < 0.5 * square + d * (1 - v + math.log(v)):
            return scale * d * v


_SQUEEZE = float(np.float32(0.0331))


def _check_kind(array: Any, kernel: str, tensor: Any) -> None:
    if array.dtype.name not in ("float32", "float64"):
        raise not_implemented(kernel, tensor)


@op(
    self=lambda grad, self, result: grad * _standard_gamma_grad(self, result),
    jvp=no_forward_mode("_standard_gamma"),
    node="StandardGammaBackward0",
)
def _drawn_gamma(self, source):
    array = np.asarray(self)
    tiny = np.finfo(array.dtype).tiny
    return np.maximum(_gamma_numbers(array, source).astype(array.dtype), tiny)


def _standard_gamma(input: Any, generator: Any = None) -> Any:
    """Numbers of gamma distributions with these shapes and rate one."""
    _check_kind(input._array, "gamma_cpu", input._dtype)
    return _drawn_gamma(input, generator or default_generator)


@underivable("_sample_dirichlet", "self")
def _drawn_simplex(self, source):
    array = np.asarray(self)
    kind = array.dtype.type
    gammas = np.maximum(_gamma_numbers(array.astype(np.float64), source), np.finfo(np.float64).tiny)
    shares = (gammas / gammas.sum(-1, keepdims=True)).astype(array.dtype)
    return np.clip(shares, np.finfo(array.dtype).tiny, np.nextafter(kind(1), kind(0)))


def _sample_dirichlet(input: Any, generator: Any = None) -> Any:
    """Vectors of Dirichlet distributions with these concentrations."""
    _check_kind(input._array, "dirichlet", input._dtype)
    return _drawn_simplex(input, generator or default_generator)


# ---- derivatives of gamma numbers ------------------------------------------------------------------------


def _refuse(grad: Any) -> Any:
    raise NotImplementedError("the derivative for '_standard_gamma_grad' is not implemented.")


@op(self=lambda grad: _refuse(grad), node="StandardGammaGradBackward0")
def _gamma_slope(self, output):
    array = np.asarray(self)
    alpha, x = np.broadcast_arrays(array.astype(np.float64), np.asarray(output, np.float64))
    with np.errstate(all="ignore"):
        slopes = np.select(
            [x < np.float32(0.8), alpha > 8], [_gamma_slope_at_zero(alpha, x), _gamma_slope_by_saddle_point(alpha, x)],
            _gamma_slope_between(alpha, x),
        )  # fmt: skip
    return slopes.astype(array.dtype)


def _standard_gamma_grad(self: Any, output: Any) -> Any:
    """How a gamma number changes with its shape."""
    return _gamma_slope(self, output._array)


def _gamma_slope_at_zero(alpha: Any, x: Any) -> Any:
    """Taylor's series of the distribution function for small `x`."""
    numerator, denominator = np.ones_like(x), alpha
    first, second = 1 / alpha, 1 / (alpha * alpha)
    for i in range(1, 6):
        numerator = numerator * (-x / i)
        denominator = denominator + 1
        first = first + numerator / denominator
        second = second + numerator / (denominator * denominator)
    power = x**alpha
    density = x ** (alpha - 1) * np.exp(-x)
    slope = (np.log(x) - digamma(alpha)) * power * first - power * second
    return np.nan_to_num(-slope / density, nan=0.0, posinf=np.inf, neginf=-np.inf)


def _gamma_slope_by_saddle_point(alpha: Any, x: Any) -> Any:
    """Rice's saddle point expansion for a great shape; near the mean, where it is singular, its series."""
    near = (
        (1 + 24 * alpha * (1 + 12 * alpha))
        * (1440 * (alpha * alpha) + 6 * x * (53 - 120 * x) - 65 * x * x / alpha + alpha * (107 + 3600 * x))
        / (1244160 * (alpha * alpha) * (alpha * alpha))
    )
    root, logarithm = np.sqrt(8 * alpha), np.log(x / alpha)
    behind = (x - alpha - alpha * logarithm) ** -1.5
    around = root / (alpha - x) + np.where(x < alpha, -behind, behind)
    term = logarithm * around - np.sqrt(2 / alpha) * (alpha + x) / ((alpha - x) * (alpha - x))
    stirling = 1 + 1 / (12 * alpha) * (1 + 1 / (24 * alpha))
    is_near = (np.float32(0.9) * alpha <= x) & (x <= np.float32(1.1) * alpha)
    return np.where(is_near, near, -stirling * x * term / root)


_GAMMA = (
    (
        *(0.16009398, -0.094634809, 0.025146376, -0.0030648343),
        *(1, 0.32668115, 0.10406089, 0.0014179084),
    ),
    (
        *(0.53487893, 0.1298071, 0.065735949, -0.0015649758),
        *(0.16639465, 0.020070113, -0.0035938915, -0.00058392623),
    ),
    (
        *(0.040121004, -0.0065914022, -0.0026286047, -0.0013441777),
        *(0.017050642, -0.0021309326, 0.00085092367, -1.5247877e-07),
    ),
)


def _gamma_slope_between(alpha: Any, x: Any) -> Any:
    """A rational function of two variables."""
    u, v = np.log(x / alpha), np.log(alpha)
    c = [first + u * (second + u * third) for first, second, third in zip(*_GAMMA)]
    above = c[0] + v * (c[1] + v * (c[2] + v * c[3]))
    return np.exp(above / (c[4] + v * (c[5] + v * (c[6] + v * c[7]))))


# ---- derivatives of Dirichlet numbers --------------------------------------------------------------------


@underivable("_dirichlet_grad", "x", "alpha", "total")
def _dirichlet_grad(x, alpha, total):
    """How a number of a beta distribution changes with its first concentration.

    The series are computed in the type of the tensors, the approximations in float64, as PyTorch does.
    """
    x, alpha, total = (np.asarray(each) for each in (x, alpha, total))
    beta = total - alpha
    wide = [each.astype(np.float64) for each in (x, alpha, total - alpha)]
    with np.errstate(all="ignore"):
        boundary = total * x * (1 - x)
        slopes = np.select(
            [(x <= 0.5) & (boundary < 2.5), (x >= 0.5) & (boundary < 0.75), (alpha > 6) & (beta > 6)],
            [
                _beta_slope_at_zero(x, alpha, beta),
                -_beta_slope_at_one(1 - x, beta, alpha),
                _beta_slope_at_great(*wide),
            ],
            _beta_slope_between(x, alpha, beta, total),
        )
    return slopes.astype(x.dtype)


def _without_nan(slope: Any) -> Any:
    return np.where(np.isnan(slope), 0.0, slope)


# The coefficients of digamma's asymptotic series (Bernoulli numbers over their indices), the last term first.
_DIGAMMA = (1 / 12, -691 / 32760, 1 / 132, -1 / 240, 1 / 252, -1 / 120, 1 / 12)


def _digamma_in(kind: Any, z: Any) -> Any:
    """Digamma by steps up to 10 and its series, with the steps in the type of the tensors, as PyTorch does here."""
    x = z.astype(kind)
    steps = np.zeros(x.shape)
    for _ in range(10):
        low = x < 10
        steps = steps - np.where(low, 1 / x, 0)
        x = np.where(low, x + kind.type(1), x)
    inverse = 1 / (x * x).astype(np.float64)
    series = np.polyval(_DIGAMMA, inverse) * inverse
    found = steps + np.log(x) - kind.type(0.5) / x - series
    return found.astype(kind)


def _beta_slope_at_zero(x: Any, alpha: Any, beta: Any) -> Any:
    """A series for small `x`."""
    factor = _digamma_in(x.dtype, alpha) - _digamma_in(x.dtype, alpha + beta) - np.log(x)
    numerator, series = np.ones_like(x), 1 / alpha * (factor + 1 / alpha)
    for i in range(1, 11):
        numerator = numerator * ((i - beta) * x / i)
        series = series + numerator / (alpha + i) * (factor + 1 / (alpha + i))
    return _without_nan(x * (1 - x) ** -beta * series)


def _beta_slope_at_one(x: Any, alpha: Any, beta: Any) -> Any:
    """A series for small `x`, of the change with the second concentration."""
    factor = _digamma_in(x.dtype, alpha + beta) - _digamma_in(x.dtype, beta)
    numerator, betas, slopes, series = np.ones_like(x), np.ones_like(x), np.zeros_like(x), factor / alpha
    for i in range(1, 9):
        numerator = numerator * (-x / i)
        slopes = slopes * (beta - i) + betas
        betas = betas * (beta - i)
        series = series + numerator / (alpha + i) * (slopes + factor * betas)
    return _without_nan(-((1 - x) ** (1 - beta)) * series)


def _beta_slope_at_great(x: Any, alpha: Any, beta: Any) -> Any:
    """The saddle point expansion for great concentrations; near the mean, where it is singular, its series."""
    total = alpha + beta
    mean, deviation = alpha / total, np.sqrt(alpha * beta / (total + 1)) / total
    square = beta * beta
    series = 8 * (1 - x) * (135 * beta - 11)
    series = (453 + 1620 * beta * (1 - x) - 455 * x) * beta + alpha * series
    series = 3 * (59 + 180 * beta - 90 * x) * square + alpha * series
    series = (43 + 20 * (16 + 27 * beta) * x) * square * beta + alpha * series
    series = 47 * x * square * square + alpha * series
    factor = (1 + 12 * alpha) * (1 + 12 * beta) / (total * total)
    near = factor / (1 - x) * series / (12960 * alpha * alpha * alpha * square * (1 + 12 * total))

    def stirling(z: Any) -> Any:
        return 1 + 1 / (12 * z) + 1 / (288 * z * z)

    scale = stirling(alpha) * stirling(beta) / stirling(total) * (-x / np.sqrt(2 * alpha * beta / total))
    off = alpha * (x - 1) + beta * x
    term1 = 2 * (alpha * alpha) * (x - 1) + alpha * beta * (x - 1) - x * square
    term1 = term1 / (np.sqrt(2 * alpha / beta) * total**1.5 * off * off)
    term2 = 0.5 * np.log(alpha / (total * x))
    term3 = np.sqrt(8 * alpha * beta / total) / off
    term4 = (beta * np.log(beta / (total * (1 - x))) + alpha * np.log(alpha / (total * x))) ** -1.5
    away = scale * (term1 + term2 * (term3 + np.where(x < mean, term4, -term4)))
    return np.where(np.abs(x - mean) <= 0.1 * deviation, near, away)


_BETA = (
    (
        (
            (1.003668233, -0.01061107488, -0.0657888334, 0.01201642863),
            (0.6336835991, -0.3557432599, 0.05486251648, -0.001465281033),
            (-0.03276231906, 0.004474107445, 0.002429354597, -0.0001557569013),
        ),
        (
            (0.221950385, -0.3187676331, 0.01799915743, 0.01074823814),
            (-0.2951249643, 0.06219954479, 0.01535556598, 0.001550077057),
            (0.02155310298, 0.004170831599, 0.001292462449, 6.976601077e-05),
        ),
        (
            (-0.05980841433, 0.008441916499, 0.01085618172, 0.002319392565),
            (0.02911413504, 0.01400243777, -0.002721828457, 0.000751041181),
            (0.005900514878, -0.001936558688, -9.495446725e-06, 5.385558597e-05),
        ),
    ),
    (
        (
            (1, -0.02924021934, -0.04438342661, 0.007285809825),
            (0.6357567472, -0.3473456711, 0.05454656494, -0.002407477521),
            (-0.03301322327, 0.004845219414, 0.00231480583, -0.0002307248149),
        ),
        (
            (0.5925320577, -0.1757678135, 0.01505928619, 0.000564515273),
            (0.1014815858, -0.06589186703, 0.01272886114, -0.0007316646956),
            (-0.007258481865, 0.001096195486, 0.0003934994223, -4.12701925e-05),
        ),
        (
            (0.06469649321, -0.0236701437, 0.002902096474, -5.896963079e-05),
            (0.001925008108, -0.002869809258, 0.0008000589141, -6.063713228e-05),
            (-0.0003477407336, 6.959756487e-05, 1.097287507e-05, -1.650964693e-06),
        ),
    ),
)


def _beta_slope_between(x: Any, alpha: Any, beta: Any, total: Any) -> Any:
    """A rational correction to an approximation in closed form."""
    u = np.log(x.astype(np.float64))
    a = np.log(alpha.astype(np.float64)) - u
    b = np.log(total.astype(np.float64)) - a
    above, below = (
        sum(
            u**i * a**j * (c[0] + b * (c[1] + b * (c[2] + b * c[3])))
            for i, row in enumerate(table)
            for j, c in enumerate(row)
        )
        for table in _BETA
    )
    slope = _digamma_in(x.dtype, total).astype(np.float64) - _digamma_in(x.dtype, alpha)
    return above / below * (x * slope / beta)
