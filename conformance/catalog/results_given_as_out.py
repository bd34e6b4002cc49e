"""`out=` of functions: what is written where, and what does not fit."""

from __future__ import annotations

from conformance import case, raises

WRITING = "torch: Pointwise Ops"
ROWS = [[2.5, -1.5, 0.75], [0.25, 3.5, -2.0]]


@case(WRITING)
def functions_write_into_out(torch):
    """A function writes into `out`, gives it sizes where it is empty, and returns it."""
    x = torch.tensor(ROWS)
    for name in ("ceil", "sign", "erf", "deg2rad", "asinh", "frac"):
        out = torch.empty(0)
        result = getattr(torch, name)(x, out=out)
        yield name, out
        yield f"torch.{name} returns it", result is out
    out = torch.empty(2, 3, dtype=torch.float64)
    yield "wider", torch.atan2(x, x + 0.5, out=out)
    yield "too narrow", raises(lambda: torch.erf(x, out=torch.empty(2, 3, dtype=torch.int64)))


@case(WRITING)
def reductions_write_into_out(torch):
    """Reductions write into `out`, too."""
    x = torch.tensor(ROWS)
    yield "std", torch.std(x, 1, out=torch.empty(2))
    yield "amax", torch.amax(x, 0, out=torch.empty(3))
    yield "argmax", torch.argmax(x, 1, out=torch.empty(2, dtype=torch.int64))
    yield "logsumexp", torch.logsumexp(x, 1, out=torch.empty(2))
    yield "nansum", torch.nansum(x, out=torch.empty(()))
    yield "cumprod", torch.cumprod(x, 1, out=torch.empty(2, 3))


@case(WRITING)
def several_results_into_out(torch):
    """Functions of several results take as many tensors, and return them under another name."""
    x = torch.tensor(ROWS)
    for name, options in (
        ("sort", {"dim": 1}),
        ("max", {"dim": 1}),
        ("median", {"dim": 0}),
        ("topk", {"k": 2}),
    ):
        out = (torch.empty(0), torch.empty(0, dtype=torch.int64))
        found = getattr(torch, name)(x, **options, out=out)
        yield name, found
        yield f"{name}: text", str(found)
        yield f"{name} returns them", found[0] is out[0] and found[1] is out[1]


@case(WRITING)
def tensors_by_the_name_input(torch):
    """Functions take their first tensor as `input=`."""
    x = torch.tensor(ROWS)
    yield "floor", torch.floor(input=x)
    yield "sort", torch.sort(input=x, dim=0)
    yield "lerp", torch.lerp(input=x, end=x * 2, weight=0.25)
    yield "quantile", torch.quantile(input=x, q=0.25)
    yield "no tensor", raises(lambda: torch.floor(1.5))


@case(WRITING)
def out_that_requires_grad(torch):
    """`out` is refused where something is to be differentiated."""
    x = torch.tensor([0.5, 1.5], requires_grad=True)
    yield "of a leaf", raises(lambda: torch.erf(x, out=torch.empty(2)))
    with torch.no_grad():
        yield "without recording", torch.erf(x, out=torch.empty(2))
