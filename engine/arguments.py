"""Arguments that a function or method did not take: NumPy's names for them, and PyTorch's refusals of the others.

What stands here runs after a call has failed; `matching` compares its arguments with PyTorch's signatures.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

NUMPY_NAMES = {"axis": "dim", "keepdims": "keepdim", "x": "input", "a": "input", "x1": "input", "x2": "other"}
_SECTIONS = dict.fromkeys(("indices", "sections", "tensor_indices_or_sections"), "indices_or_sections")
OVERLOADED = {
    "dsplit": _SECTIONS,
    "hsplit": _SECTIONS,
    "max": {"other": "dim"},
    "min": {"other": "dim"},
    "pow": {"exponent": "other"},
    "split": {"split_size_or_sections": "split_size", "tensor": "input"},
    "tensor_split": _SECTIONS,
    "vsplit": _SECTIONS,
}
"""Names that the parameters of other forms of a function have, and the name of the engine's one form."""

METHODS = (
    "all allclose amax amin any argmax argmin chunk clamp cumsum expand_as gather index_add index_copy index_fill index_select "
    "index_add_ index_copy_ index_fill_ log_softmax logsumexp masked_fill max min narrow prod repeat scatter scatter_ scatter_add "
    "scatter_add_ select softmax std tensor_split unbind unsafe_chunk unsafe_split var vdot view_as flatten flip mm bmm addmm "
    "dot where hsplit dsplit vsplit"
)

# functions whose `out` is looked at only here: hardly a program gives it
TAKE_OUT = frozenset(("index_add", "index_copy", "log_softmax", "scatter", "scatter_add", "softmax"))


def take_numpy_names(tensor_class: Any) -> None:
    """Let the methods that are not called at every turn take NumPy's names; the others look at them themselves."""
    for name in METHODS.split():
        setattr(tensor_class, name, method(getattr(tensor_class, name)))


def function(operation: Callable[..., Any]) -> Any:
    """The function of the namespace that does what this operation does; it takes NumPy's names and `input=`."""
    name = operation.__name__

    def call(*args: Any, **options: Any) -> Any:
        try:
            return operation(*args, **options)
        except (TypeError, AttributeError, ValueError) as error:
            return again(operation, name, args, options, error)

    return _like(call, operation)


def of_namespace(namespace: str) -> Callable[[str, Any], Any]:
    """What a namespace such as `torch.linalg` has for a name and its value: functions that refuse arguments in PyTorch's words."""

    def made(name: str, value: Any) -> Any:
        def call(*args: Any, **options: Any) -> Any:
            try:
                return value(*args, **options)
            except (TypeError, AttributeError) as error:
                if stumbled(args, options) and asks(call):
                    return call(*args, **options)
                raise refused(error, f"{namespace}_{name}", args, options, is_method=False) from None

        return value if isinstance(value, type) else _like(call, value)

    return made


def method(operation: Callable[..., Any], name: str = "") -> Any:
    """The method that does what this operation does; it takes NumPy's names."""
    name = name or operation.__name__

    def call(self: Any, *args: Any, **options: Any) -> Any:
        try:
            return operation(self, *args, **options)
        except (TypeError, AttributeError) as error:
            return again(operation, name, (self, *args), options, error, is_method=True)

    return _like(call, operation)


def _like(call: Any, operation: Any) -> Any:
    call.__name__, call.__qualname__ = operation.__name__, operation.__qualname__
    call.__doc__, call.__module__ = operation.__doc__, operation.__module__
    call.__wrapped__ = operation
    return call


def again(
    operation: Callable[..., Any],
    name: str,
    args: Any,
    options: dict[str, Any],
    error: Exception,
    is_method: bool = False,
) -> Any:
    """Call once more with the engine's own names for the arguments; where they were right, refuse or raise `error`."""
    if stumbled(args, options):
        from .watching import Tensor, namespace

        public: Any = getattr(Tensor if is_method else namespace, name, None)
        if asks(public):
            return public(*args, **options)
    renamed = {_own_name(name, each, options): value for each, value in options.items()}
    first = () if is_method or "input" not in renamed else (renamed.pop("input"),)
    if name in TAKE_OUT and not is_method and renamed.get("out") is not None:
        from .ops.outputs import into_equal

        return into_equal(renamed.pop("out"), operation, (*first, *args), renamed)
    if first or renamed.keys() != options.keys():
        try:
            return operation(*first, *args, **renamed)
        except (TypeError, AttributeError, ValueError) as other:
            error = other
    raise refused(error, name, args[is_method:], options, is_method) from None


def stumbled(args: Any, options: Any = None) -> bool:
    """Whether a call failed that is to be repeated if the function asks: an operand has a `__torch_function__`.

    Functions ask from the first such operand on that is no tensor.
    """
    from .base import TensorBase
    from .overriding import overriding, state

    if state.disabled or all(isinstance(each, TensorBase) for each in overriding(args, options)):
        return False
    from .watching import watch_tensors

    watch_tensors()
    return True


def asks(function: Any) -> bool:
    """Whether the function asks operands that have a `__torch_function__`, by now."""
    return getattr(function, "_asks", False)


def refused(
    error: Exception, name: str, args: Any, options: dict[str, Any] | None = None, is_method: bool = True
) -> Exception:
    """What to raise where a call failed with `error`: PyTorch's refusal of the arguments, if it refuses them."""
    from .matching import refusal

    sentence = refusal(name, args, options or {}, is_method)
    return error if sentence is None else TypeError(sentence)


def _own_name(function_name: str, name: str, options: dict[str, Any]) -> str:
    wanted = {**NUMPY_NAMES, **OVERLOADED.get(function_name, {})}.get(name, name)
    return name if wanted in options else wanted
