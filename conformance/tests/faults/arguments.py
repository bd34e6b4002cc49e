"""Faults in how arguments are taken, and in what is refused."""

from . import Fault

FAULTS = [
    Fault(
        "keepdims is taken for dim",
        "arguments.py",
        before='"keepdims": "keepdim"',
        after='"keepdims": "dim"',
        caught_by="usage_arguments::reductions_take_axis_and_keepdims",
    ),
    Fault(
        "NumPy's name of the second operand is taken for the first",
        "arguments.py",
        before='"x2": "other"',
        after='"x2": "input"',
        caught_by="usage_arguments::inputs_by_name",
    ),
    Fault(
        "sum forgets axis where it keeps the dimension",
        "ops/reductions.py",
        before="        return sum(self, axis if dim is None else dim, keepdim or keepdims, dtype=dtype)",
        after="        return sum(self, dim, keepdim or keepdims, dtype=dtype)",
        caught_by="usage_arguments::reductions_take_axis_and_keepdims",
    ),
    Fault(
        "positions are counted from 0",
        "matching.py",
        before="position + 1 if by_position else 0",
        after="position if by_position else 0",
        caught_by="usage_arguments::shapes_that_are_refused",
    ),
    Fault(
        "every signature is explained",
        "matching.py",
        before="        if len(parts) != len(given):\n            continue\n",
        after="",
        caught_by="usage_arguments::reductions_that_are_refused",
    ),
    Fault(
        "bags that begin as even ones would are taken for even",
        "ops/embedding_bag.py",
        before=" and (bags[length - 1 :: length] == number).all()",
        after="",
        caught_by="usage_programs::bags_that_are_uneven",
    ),
    Fault(
        "batch normalization leaves its result in the order of its input",
        "ops/normalization.py",
        before="    return np.ascontiguousarray(found)\n",
        after="    return found\n",
        caught_by="usage_programs::order_in_memory_behind_batch_norm",
    ),
]
