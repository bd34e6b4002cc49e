"""`opcheck`: whether what was registered for an operator fits together. Source: torch.library.opcheck."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .. import _ops
from ..tensor import Tensor
from ..utils._pytree import tree_leaves, tree_map
from .custom import CustomOpDef
from .registering import tracing

TESTS = (
    "test_schema",
    "test_autograd_registration",
    "test_faketensor",
    "test_aot_dispatch_static",
    "test_aot_dispatch_dynamic",
)
DEFAULT = ("test_schema", "test_autograd_registration", "test_faketensor", "test_aot_dispatch_dynamic")


class OpCheckError(Exception):
    """What `opcheck` found."""

    __module__ = "torch.testing._internal.optests.generate_tests"


def opcheck(
    op: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any] | None = None,
    *,
    test_utils: str | Sequence[str] = DEFAULT,
    raise_exception: bool = True,
    atol: Any = None,
    rtol: Any = None,
) -> dict[str, Any]:
    """Run an operator on arguments in several ways, and say for each test "SUCCESS" or what was raised.

    With `raise_exception`, what was raised ends it as `OpCheckError`. Source: torch.library.opcheck.
    """
    overload = op._opoverload if isinstance(op, CustomOpDef) else op
    if isinstance(overload, _ops.OpOverloadPacket):
        names = overload.overloads()
        if len(names) != 1:
            raise RuntimeError(f"opcheck(op, ...): {op} has several overloads: {names}")
        overload = getattr(overload, names[0])
    if not isinstance(overload, _ops.OpOverload):
        raise ValueError(
            f"opcheck(op, ...): op must be instance of torch._ops.OpOverload, e.g. torch.ops.aten.sin.default, got {type(op)}"
        )
    tests = (test_utils,) if isinstance(test_utils, str) else tuple(test_utils)
    if not set(tests) <= set(TESTS):
        raise ValueError(
            f"opcheck(op, ..., test_utils={tests}), expected test_utils to be subset of {TESTS} but it was not"
        )
    found: dict[str, Any] = {}
    for name in tests:
        error = _failure(name, overload, args, kwargs or {})
        if error is not None and raise_exception:
            raise OpCheckError(
                f"opcheck(op, ...): {name} failed with {error} (scroll up for stack trace)"
            ) from error
        found[name] = error or "SUCCESS"
    return found


def _failure(name: str, op: _ops.OpOverload, args: Any, kwargs: Any) -> Exception | None:
    try:
        _RUN[name](op, args, kwargs)
    except Exception as error:
        return error
    return None


def _copied(values: Any) -> Any:
    """Arguments of the same values that nobody else sees."""
    return tree_map(
        lambda each: (
            each.detach().clone().requires_grad_(each.requires_grad) if isinstance(each, Tensor) else each
        ),
        values,
    )


def _test_schema(op: _ops.OpOverload, args: Any, kwargs: Any) -> None:
    from .binding import filled

    args, kwargs = _copied((args, kwargs))
    args = tree_map(lambda each: each.detach() if isinstance(each, Tensor) else each, args)
    before, _ = _copied((args, kwargs))
    op(*args, **kwargs)
    positional, _ = filled(op._schema, args, {})
    for argument, value, old in zip(op._schema.positional, positional, before):
        if argument.is_write or not isinstance(value, Tensor):
            continue
        if not value.equal(old):
            raise RuntimeError(f"Argument {argument.name} is not defined as mutable but was mutated")


def _test_autograd_registration(op: _ops.OpOverload, args: Any, kwargs: Any) -> None:
    tensors = [each for each in tree_leaves((args, kwargs)) if isinstance(each, Tensor)]
    if op._formula is not None or not any(each.requires_grad for each in tensors):
        return
    if not {"Autograd", "AutogradCPU", "CompositeImplicitAutograd"} & set(op._kernels):
        results = tree_leaves(op(*_copied(args), **_copied(kwargs)))
        if any(isinstance(each, Tensor) and each.requires_grad for each in results):
            raise AssertionError(
                f"Operator {op._schema.name} does not have an autograd kernel registered to the Autograd key(s) but its "
                "outputs require grad"
            )


def _test_fake(op: _ops.OpOverload, args: Any, kwargs: Any) -> None:
    """Without elements it must give results of the same sizes, types and layouts."""
    shapes = tree_map(
        lambda each: each.detach().to("meta") if isinstance(each, Tensor) else each, (args, kwargs)
    )
    real = tree_leaves(op(*_copied(args), **_copied(kwargs)))
    with tracing() as context:
        fake = tree_leaves(op(*shapes[0], **shapes[1]))
    for one, other in zip(real, fake):
        if not isinstance(one, Tensor):
            continue
        for what, name in (("dtype", "Dtypes"), *(() if context.asked else (("shape", "Shapes"),))):
            if getattr(one, what) != getattr(other, what):
                raise AssertionError(
                    f"When comparing the output of {op} on FakeTensor and concrete Tensors, found mismatched tensor metadata: "
                    f"{name} {getattr(one, what)} and {getattr(other, what)} are not equal!"
                )


_RUN: dict[str, Callable[..., None]] = {
    "test_schema": _test_schema,
    "test_autograd_registration": _test_autograd_registration,
    "test_faketensor": _test_fake,
    "test_aot_dispatch_static": _test_fake,
    "test_aot_dispatch_dynamic": _test_fake,
}
