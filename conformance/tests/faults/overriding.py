"""Faults in who is asked before a function runs, in operators of programs, and in windows."""

from . import Fault

FAULTS = [
    Fault(
        "the outermost mode is asked first",
        "overriding.py",
        before="        mode = state.modes[-1]\n        state.modes = state.modes[:-1]",
        after="        mode = state.modes[0]\n        state.modes = state.modes[1:]",
        caught_by="function_modes::modes_within_modes",
    ),
    Fault(
        "a mode sees no functions that make tensors",
        "watching.py",
        before="        if not operands and not state.modes:\n            return original(",
        after="        if not operands and (not state.modes or place in MAKING):\n            return original(",
        caught_by="function_modes::mode_sees_creation",
    ),
    Fault(
        "a mode stays on when its block has raised",
        "overrides.py",
        before="        _pop_mode()",
        after="        exc_type or _pop_mode()",
        caught_by="function_modes::mode_that_raises",
    ),
    Fault(
        "classes are asked in the order of the operands alone",
        "overriding.py",
        before="enumerate(found) if issubclass(kind, type(other)))",
        after="enumerate(found) if kind is type(other))",
        caught_by="overridden_functions::subclasses_are_asked_first",
    ),
    Fault(
        "nobody is looked for in lists",
        "overriding.py",
        before="several = each if each and type(each[0]) not in _NUMBERS else ()",
        after="several = ()",
        caught_by="overridden_functions::tensor_like_in_a_list",
    ),
    Fault(
        "arguments are handed over as they came",
        "watching.py",
        before="            positional, named = _handed_over(original, args, kwargs)",
        after="            positional, named = args, kwargs",
        caught_by="overridden_functions::tensor_like_is_asked",
    ),
    Fault(
        "attributes do not ask",
        "subclasses.py",
        before="        elif name in attributes:",
        after="        elif name in ():",
        caught_by="overridden_functions::attributes_go_through_the_class",
    ),
    Fault(
        "operands on the right come first",
        "watching.py",
        before="return forward(other, self) if isinstance(other, Tensor) else method(self, other)",
        after="return method(self, other)",
        caught_by="subclasses_in_use::operators_beside_plain_tensors",
    ),
    Fault(
        "gradients of instances are instances",
        "overriding.py",
        before="return found if _gives_what_it_holds(func) else converted(found, cls)",
        after="return converted(found, cls)",
        caught_by="subclasses_in_use::gradients_of_instances",
    ),
    Fault(
        "a parameter of an instance loses its class",
        "nn/parameter.py",
        before="        if is_foreign(type(data)) and isinstance(data, Tensor):",
        after="        if data is None and isinstance(data, Tensor):",
        caught_by="subclasses_in_use::parameter_of_a_subclass",
    ),
    Fault(
        "every instance can be copied deeply",
        "copying.py",
        before="if type(self) in adopted and is_foreign",
        after="if type(self) in () and is_foreign",
        caught_by="subclasses_in_use::copies_of_instances",
    ),
    Fault(
        "the last window that has an element gives its gradient",
        "ops/parts.py",
        before="(count - 1) * step + 1 : step] += parts",
        after="(count - 1) * step + 1 : step] = parts",
        caught_by="windows::gradients_of_windows",
    ),
    Fault(
        "windows begin one step late",
        "ops/parts.py",
        before="    sizes[dimension] = (self.shape[dimension] - size) // step + 1",
        after="    sizes[dimension] = max((self.shape[dimension] - size) // step, 1)",
        caught_by="windows::windows_of_a_row",
    ),
]
