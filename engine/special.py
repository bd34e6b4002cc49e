"""`torch.special`: its functions stand with their families in `ops`, and are imported when they are first used."""

from __future__ import annotations

from typing import Any

from .late import ROOT, by_name, keep, not_in_module

_FUNCTIONS = {
    "ops.special_functions": "digamma entr erf erfc erfcx erfinv i0 i0e i1 i1e log_ndtr multigammaln ndtr ndtri polygamma zeta",
    "ops.binary": "xlog1py xlogy",
    "ops.unary": "logit sinc",
    "ops.functions": "exp2 expm1 log1p",
    "ops.activations": "log_softmax softmax",
    "ops.reductions": "logsumexp",
    "ops.orthogonal": """airy_ai bessel_j0 bessel_j1 bessel_y0 bessel_y1 modified_bessel_i0 modified_bessel_i1
        modified_bessel_k0 modified_bessel_k1 scaled_modified_bessel_k0 scaled_modified_bessel_k1 spherical_bessel_j0
        chebyshev_polynomial_t chebyshev_polynomial_u chebyshev_polynomial_v chebyshev_polynomial_w
        shifted_chebyshev_polynomial_t shifted_chebyshev_polynomial_u shifted_chebyshev_polynomial_v
        shifted_chebyshev_polynomial_w hermite_polynomial_h hermite_polynomial_he laguerre_polynomial_l
        legendre_polynomial_p""",
}
_OTHER_NAMES = {
    "expit": ("ops.activations", "sigmoid"),
    "gammainc": ("ops.special_functions", "igamma"),
    "gammaincc": ("ops.special_functions", "igammac"),
    "gammaln": ("ops.special_functions", "lgamma"),
    "round": ("ops.unary", "special_round"),
    "psi": ("ops.special_functions", "digamma"),
}
_places = {**{name: (module, name) for name, module in by_name(_FUNCTIONS).items()}, **_OTHER_NAMES}


def __getattr__(name: str) -> Any:
    if name not in _places:
        raise not_in_module(__name__, name, __dir__())
    from importlib import import_module

    from .ops.with_out import made_of

    module, within = _places[name]
    function = made_of(getattr(import_module(f"{ROOT}.{module}"), within), f"special_{name}")
    return keep(__name__, name, function)


def __dir__() -> list[str]:
    return sorted(_places)
