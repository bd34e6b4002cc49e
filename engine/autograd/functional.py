"""`torch.autograd.functional`: products with Jacobians and Hessians, and these matrices themselves, of functions.

Source: torch.autograd, "Functional higher level API".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .. import forward_ad
from ..backward import grad
from ..base import TensorBase
from ..grad_mode import enable_grad, is_grad_enabled, set_grad_enabled
from ..ops.creation import zeros_like
from ..ops.outputs import stack

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]

OUTPUTS = "outputs of the user-provided function"
NOT_STRICT = " This is not allowed in strict mode."


# ---- what goes in and out ----------------------------------------------------------------------------------


def _as_tuple(value: Any, what: str, function: str | None) -> tuple[bool, tuple[Any, ...]]:
    """Whether it is a tuple, and its tensors; raises `TypeError` for what is no tensor."""
    is_tuple = isinstance(value, tuple)
    tensors = value if is_tuple else (value,)
    for index, each in enumerate(tensors):
        if not isinstance(each, TensorBase):
            found = f"the value at index {index}" if is_tuple else f"the given {what}"
            raise TypeError(
                f"The {what} given to {function} must be either a Tensor or a tuple of Tensors but {found} has type "
                f"{type(each)}."
            )
    return is_tuple, tensors


def _entering(tensors: Sequence[Any], create_graph: bool, need_graph: bool) -> tuple[Any, ...]:
    """The tensors as the function gets them: apart from the caller's graph, unless that is to be continued."""
    return tuple(
        [
            each.view_as(each)
            if create_graph and each.requires_grad
            else each.detach().requires_grad_(need_graph)
            for each in tensors
        ]
    )


def _leaving(results: Any, create_graph: bool) -> Any:
    """The results, without their graph unless it was asked for."""
    if create_graph:
        return results
    if isinstance(results, TensorBase):
        return results.detach()  # type: ignore[attr-defined]
    return tuple([_leaving(each, create_graph) for each in results])


def _unpacked(results: Any, is_tuple: bool) -> Any:
    return results if is_tuple else results[0]


def _unpacked_both(results: Any, outputs_tuple: bool, inputs_tuple: bool) -> Any:
    if not inputs_tuple:
        results = tuple([row[0] for row in results])
    return _unpacked(results, outputs_tuple)


def _vector(v: Any, function: str, create_graph: bool, others: Any, is_tuple: bool) -> tuple[Any, ...]:
    """The vector to multiply with, checked against the tensors that it belongs to."""
    vectors = _entering(_as_tuple(v, "v", function)[1], create_graph, need_graph=False)
    if len(vectors) != len(others):
        if not is_tuple:
            raise RuntimeError("The given v should contain a single Tensor.")
        raise RuntimeError(f"v is a tuple of invalid length: should be {len(others)} but got {len(vectors)}.")
    for index, (given, other) in enumerate(zip(vectors, others)):
        if given._array.shape != other._array.shape:
            entry = f"Entry {index} in " if is_tuple else ""
            raise RuntimeError(f"{entry}v has invalid size: should be {other.size()} but got {given.size()}.")
    return vectors


def _is_single(tensors: Sequence[Any]) -> bool:
    return len(tensors) == 1 and tensors[0]._array.size == 1


# ---- strictness --------------------------------------------------------------------------------------------

_MUST_DEPEND = {
    "outputs": (
        "Output {} of the user-provided function does not require gradients. The outputs must be computed in a "
        "differentiable manner from the input when running in strict mode."
    ),
    "grad_inputs": (
        "The gradient with respect to input {} is independent of the inputs of the user-provided function."
        + NOT_STRICT
    ),
    "jacobian": (
        "While computing the hessian, found that the jacobian of the user-provided function with respect to input {} is "
        "independent of the input. This is not allowed in strict mode. You should ensure that your function is twice "
        "differentiable and that the jacobian depends on the inputs (this would be violated by a linear function for example)."
    ),
    "hessian": (
        "The hessian of the user-provided function with respect to input {} is independent of the input. This is not allowed in "
        "strict mode. You should ensure that your function is thrice differentiable and that the hessian depends on the inputs."
    ),
}
_MISSING = {
    "back": "The output of the user-provided function is independent of input {}." + NOT_STRICT,
    "back_trick": (
        "The gradient with respect to the input is independent of entry {} in the grad_outputs when using the double backward "
        "trick to compute forward mode gradients." + NOT_STRICT
    ),
    "double_back": "The jacobian of the user-provided function is independent of input {}." + NOT_STRICT,
    "double_back_trick": (
        "The hessian of the user-provided function is independent of entry {} in the grad_jacobian. This is not allowed in strict "
        "mode as it prevents from using the double backward trick to replace forward mode AD."
    ),
}


def _check_strictly(tensors: Sequence[Any], what: str, strict: bool) -> None:
    """In strict mode, raise `RuntimeError` for what does not depend on the inputs."""
    if not strict:
        return
    for index, each in enumerate(tensors):
        if each is None:
            raise RuntimeError(_MISSING["back"].format(index))
        if not each.requires_grad:
            raise RuntimeError(_MUST_DEPEND[what].format(index))


def _complete(grads: Any, like: Any, stage: str, create_graph: bool, strict: bool) -> tuple[Any, ...]:
    """The gradients, with zeros for those that are missing; in strict mode none may be, nor be constant."""
    for index, each in enumerate(grads):
        if strict and each is None:
            raise RuntimeError(_MISSING[stage].format(index))
        if strict and create_graph and not each.requires_grad:
            matrix = "hessian" if "double" in stage else "jacobian"
            raise RuntimeError(
                f"The {matrix} of the user-provided function is independent of input {index}. This is not allowed in strict "
                "mode when create_graph=True."
            )
    return tuple([zeros_like(reference) if each is None else each for each, reference in zip(grads, like)])


def _grad(
    outputs: Any,
    inputs: Any,
    vectors: Any = None,
    create_graph: bool = False,
    retain_graph: bool | None = None,
    batched: bool = False,
) -> Any:
    """Gradients of those outputs that have any; None for inputs that have none."""
    vectors = (None,) * len(outputs) if vectors is None else vectors
    pairs = [pair for pair in zip(outputs, vectors) if pair[0] is not None and pair[0].requires_grad]
    if not pairs:
        return (None,) * len(inputs)
    return grad(
        [output for output, _ in pairs],
        inputs,
        [vector for _, vector in pairs],
        allow_unused=True,
        create_graph=create_graph,
        retain_graph=retain_graph,
        is_grads_batched=batched,
    )


# ---- products ----------------------------------------------------------------------------------------------


class _Call:
    """A function called on its inputs, which require grad."""

    def __init__(
        self, name: str, func: Callable[..., Any], inputs: Any, create_graph: bool, strict: bool
    ) -> None:
        self.name, self.func, self.create_graph, self.strict = name, func, create_graph, strict
        self.inputs_tuple, tensors = _as_tuple(inputs, "inputs", name)
        self.inputs = _entering(tensors, create_graph, need_graph=True)

    def vector_of_inputs(self, v: Any) -> Any:
        """The vector that belongs to the inputs."""
        if v is not None:
            return _vector(v, self.name, self.create_graph, self.inputs, self.inputs_tuple)
        if _is_single(self.inputs):
            return None
        raise RuntimeError(
            "The vector v can only be None if the input to the user-provided function is a single Tensor with a single element."
        )

    def run(self) -> None:
        """Call the function."""
        self.outputs_tuple, self.outputs = _as_tuple(self.func(*self.inputs), OUTPUTS, self.name)
        _check_strictly(self.outputs, "outputs", self.strict)

    def run_for_scalar(self) -> None:
        """Call the function, whose result must be a single number."""
        self.run()
        if self.outputs_tuple:
            raise RuntimeError(f"The function given to {self.name} should return a single Tensor")
        if not _is_single(self.outputs):
            raise RuntimeError(
                f"The Tensor returned by the function given to {self.name} should contain a single element"
            )

    def gradients(self, outputs: Any, inputs: Any, vectors: Any, like: Any, stage: str) -> Any:
        """The last step: gradients without a graph unless one was asked for."""
        with set_grad_enabled(self.create_graph or is_grad_enabled()):
            found = _grad(outputs, inputs, vectors, self.create_graph)
            return _complete(found, like, stage, self.create_graph, self.strict)

    def result(self, product: Any, is_tuple: bool) -> tuple[Any, Any]:
        """The outputs and the product as the caller gets them."""
        outputs, product = (_leaving(each, self.create_graph) for each in (self.outputs, product))
        return _unpacked(outputs, self.outputs_tuple), _unpacked(product, is_tuple)


def vjp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The outputs, and the product of `v` with the Jacobian."""
    with enable_grad():
        call = _Call("vjp", func, inputs, create_graph, strict)
        call.run()
        if v is not None:
            v = _vector(v, "vjp", create_graph, call.outputs, call.outputs_tuple)
        elif not _is_single(call.outputs):
            raise RuntimeError(
                "The vector v can only be None if the user-provided function returns a single Tensor with a single element."
            )
    product = call.gradients(call.outputs, call.inputs, v, call.inputs, "back")
    return call.result(product, call.inputs_tuple)


def jvp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The outputs, and the product of the Jacobian with `v`, by running backward twice."""
    with enable_grad():
        call = _Call("jvp", func, inputs, create_graph, strict)
        v = call.vector_of_inputs(v)
        call.run()
        dummies = tuple([zeros_like(each, requires_grad=True) for each in call.outputs])
        grads = _grad(call.outputs, call.inputs, dummies, create_graph=True)
        _check_strictly(grads, "grad_inputs", strict)
    product = call.gradients(grads, dummies, v, call.outputs, "back_trick")
    return call.result(product, call.outputs_tuple)


def vhp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The output, and the product of `v` with the Hessian."""
    with enable_grad():
        call = _Call("vhp", func, inputs, create_graph, strict)
        v = call.vector_of_inputs(v)
        call.run_for_scalar()
        jacobian_ = _grad(call.outputs, call.inputs, create_graph=True)
        _check_strictly(jacobian_, "jacobian", strict)
    product = call.gradients(jacobian_, call.inputs, v, call.inputs, "double_back")
    return call.result(product, call.inputs_tuple)


def hvp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The output, and the product of the Hessian with `v`, by running backward once more than `vhp`."""
    with enable_grad():
        call = _Call("hvp", func, inputs, create_graph, strict)
        v = call.vector_of_inputs(v)
        call.run_for_scalar()
        jacobian_ = _grad(call.outputs, call.inputs, create_graph=True)
        _check_strictly(jacobian_, "jacobian", strict)
        dummies = tuple([zeros_like(each, requires_grad=True) for each in call.inputs])
        twice = _grad(jacobian_, call.inputs, dummies, create_graph=True)
        _check_strictly(jacobian_, "hessian", strict)
    product = call.gradients(twice, dummies, v, call.inputs, "double_back_trick")
    return call.result(product, call.inputs_tuple)


# ---- matrices ----------------------------------------------------------------------------------------------


def jacobian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """The Jacobian of each output by each input, nested in tuples as these are."""
    if strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError(
            'Expected strategy to be either "forward-mode" or "reverse-mode". Hint: If your function has more outputs than '
            'inputs, "forward-mode" tends to be more performant. Otherwise, prefer to use "reverse-mode".'
        )
    if strategy == "forward-mode":
        _check_forward(create_graph, strict)
        if not vectorize:
            raise NotImplementedError(
                "Computing Jacobian using forward-AD or forward-over-reverse Hessian isonly implemented for `vectorize=True`."
            )
        return _by_columns(func, inputs)
    with enable_grad():
        call = _Call("jacobian", func, inputs, create_graph, strict)
        call.run()
        if vectorize and strict:
            raise RuntimeError(
                "torch.autograd.functional.jacobian: `strict=True` and `vectorized=True` are not supported together. Please either "
                "set `strict=False` or `vectorize=False`."
            )
        if vectorize:
            rows = _all_rows(call)
        else:
            rows = tuple([_rows_of(call, index) for index in range(len(call.outputs))])
        return _unpacked_both(_leaving(rows, create_graph), call.outputs_tuple, call.inputs_tuple)


def _check_forward(create_graph: bool, strict: bool) -> None:
    for name, given, error in (
        ("create_graph", create_graph, NotImplementedError),
        ("strict", strict, RuntimeError),
    ):
        if given:
            raise error(
                f'torch.autograd.functional.jacobian: `{name}=True` and `strategy="forward-mode"` are not supported together '
                f'(yet). Please either set `{name}=False` or `strategy="reverse-mode"`.'
            )


def _rows_of(call: _Call, index: int) -> tuple[Any, ...]:
    """The Jacobian of one output by each input, a row for each of its elements."""
    output = call.outputs[index]
    rows: list[list[Any]] = [[] for _ in call.inputs]
    for element in range(output._array.size):
        grads = _grad(
            (output.reshape(-1)[element],), call.inputs, create_graph=call.create_graph, retain_graph=True
        )
        for position, (found, of_input) in enumerate(zip(grads, call.inputs)):
            if call.strict and found is None:
                raise RuntimeError(
                    f"Output {index} of the user-provided function is independent of input {position}.{NOT_STRICT}"
                )
            if call.strict and call.create_graph and not found.requires_grad:
                raise RuntimeError(
                    f"The jacobian of the user-provided function is independent of input {index}. This is not allowed in strict "
                    "mode when create_graph=True."
                )
            rows[position].append(zeros_like(of_input) if found is None else found)
    return tuple(
        [stack(each, 0).view(output.size() + of_input.size()) for each, of_input in zip(rows, call.inputs)]
    )


def _all_rows(call: _Call) -> tuple[Any, ...]:
    """The Jacobians of all outputs, by one backward that is batched by `vmap`."""
    counts = [each._array.size for each in call.outputs]
    basis = _basis(call.outputs, counts)
    flat = [each.reshape(-1) for each in call.outputs]
    found = _grad(flat, call.inputs, basis, call.create_graph, batched=True)
    by_input = []
    for given, matrix in zip(call.inputs, found):
        whole = zeros_like(given).expand((sum(counts), *given._array.shape)) if matrix is None else matrix
        by_input.append(
            [
                part.view(output.size() + given.size())
                for part, output in zip(whole.split(counts), call.outputs)
            ]
        )
    return tuple(zip(*by_input))


def _by_columns(func: Callable[..., Any], inputs: Any) -> Any:
    """The Jacobian by forward mode: all columns in one run of the function, batched by `vmap`."""
    from ..func import vmap

    inputs_tuple, inputs = _as_tuple(inputs, "inputs", "jacobian")
    outputs_tuple, primals = False, []

    def push(tangents: Any) -> tuple[Any, ...]:
        nonlocal outputs_tuple, primals
        with forward_ad.dual_level():
            duals = [
                forward_ad.make_dual(each, tangent.view_as(each)) for each, tangent in zip(inputs, tangents)
            ]
            outputs_tuple, outputs = _as_tuple(func(*duals), "outputs", None)
            unpacked = [forward_ad.unpack_dual(output) for output in outputs]
        primals = [primal for primal, _ in unpacked]
        return tuple([zeros_like(primal) if found is None else found for primal, found in unpacked])

    counts = [each._array.size for each in inputs]
    pushed = vmap(push)(_basis(inputs, counts))
    matrix = [
        [
            part.permute(*range(1, part.dim()), 0).reshape(primal.size() + each.size())
            for part, each in zip(columns.split(counts), inputs)
        ]
        for primal, columns in zip(primals, pushed)
    ]
    return _unpacked_both(matrix, outputs_tuple, inputs_tuple)


def _basis(inputs: Any, counts: list[int]) -> tuple[Any, ...]:
    """For each input its part of the unit vectors of all inputs together."""
    basis, start = [], 0
    for each, count in zip(inputs, counts):
        part = each.new_zeros(sum(counts), count)
        part.diagonal(-start).fill_(1)
        basis.append(part)
        start += count
    return tuple(basis)


def hessian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """The Hessian of a function with one number as its result."""
    inputs_tuple, inputs = _as_tuple(inputs, "inputs", "hessian")
    if outer_jacobian_strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError('Expected strategy to be either "forward-mode" or "reverse-mode".')

    def scalar(*tensors: Any) -> Any:
        output = func(*tensors)
        is_tuple, outputs = _as_tuple(output, OUTPUTS, "hessian")
        _check_strictly(outputs, "outputs", strict)
        if is_tuple:
            raise RuntimeError("The function given to hessian should return a single Tensor")
        if not _is_single(outputs):
            raise RuntimeError(
                "The Tensor returned by the function given to hessian should contain a single element"
            )
        return output.squeeze()

    def inner(*tensors: Any) -> Any:
        if outer_jacobian_strategy == "forward-mode":
            tensors = tuple([each.requires_grad_(True) for each in tensors])
        rows = jacobian(scalar, tensors, create_graph=True)
        _check_strictly(rows, "jacobian", strict)
        return rows

    matrix = jacobian(
        inner,
        inputs,
        create_graph=create_graph,
        strict=strict,
        vectorize=vectorize,
        strategy=outer_jacobian_strategy,
    )
    return _unpacked_both(matrix, inputs_tuple, inputs_tuple)
