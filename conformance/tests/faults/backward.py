"""Faults in how `backward` and `grad` are called, and in what becomes of `.grad`."""

from . import Fault

FAULTS = [
    Fault(
        "gradients of another dtype are not cast",
        "backward.py",
        before="    return grad.to(dtype)  # type: ignore[attr-defined]",
        after="    return grad",
    ),
    Fault(
        "backward accumulates into all leaves whatever its inputs",
        "backward.py",
        before="accumulate = _input_edges(targets, accumulate=True) if targets else None",
        after="accumulate = None",
    ),
    Fault(
        "unused inputs are allowed unless they are refused",
        "backward.py",
        before="unused = _flag(materialize_grads if allow_unused is None else allow_unused)",
        after="unused = True if allow_unused is None else _flag(allow_unused)",
    ),
    Fault(
        "zeros for unused inputs do not require grad with create_graph",
        "backward.py",
        before="zeros._requires_grad = requires_grad",
        after="zeros._requires_grad = False",
    ),
    Fault(
        "batches of different lengths are accepted",
        "backward.py",
        before="if len(set(sizes)) > 1:",
        after="if not sizes:",
    ),
    Fault(
        "any object is taken as a flag",
        "backward.py",
        before="bool(operator.index(value))",
        after="bool(value)",
    ),
    Fault(
        "the gradients of a dict of inputs come as a tuple",
        "backward.py",
        before="return dict(zip(inputs, found)) if type(inputs) is dict else tuple(found)",
        after="return tuple(found)",
    ),
    Fault(
        "a gradient may have any shape of as many elements",
        "gradient.py",
        before="if value._array.shape != self._array.shape:",
        after="if value._array.size != self._array.size:",
    ),
    Fault(
        "a leaf's gradient is a new object after each backward",
        "gradient.py",
        before="held.add_(grad)",
        after="self._grad = held + grad",
    ),
    Fault(
        "with create_graph the sum is made in place",
        "gradient.py",
        before="self._grad = held + grad\n",
        after="self._grad = held.detach().add_(grad)\n",
    ),
    Fault(
        "a frozen leaf still accumulates",
        "gradient.py",
        before="        return  # frozen after the graph was made",
        after="        pass",
    ),
    Fault(
        "a retained gradient is overwritten by the next",
        "gradient.py",
        before="grad.clone() if held is None else held + grad",
        after="grad.clone()",
    ),
    Fault(
        "a gradient keeps the layout in which it arrived",
        "ownership.py",
        before="return isinstance(leaf, np.ndarray) and is_dense(leaf) and array.strides == leaf.strides",
        after="return True",
    ),
    Fault(
        "gradients are not cast to grad_dtype",
        "graph_engine.py",
        before="return value if extras.grad_dtype is None else value.to(extras.grad_dtype)",
        after="return value",
    ),
    Fault(
        "nodes that get no gradient are not freed",
        "graph_engine.py",
        before="            if not retain_graph:\n                node.release()",
        after="            if not retain_graph and value is not None:\n                node.release()",
    ),
]
