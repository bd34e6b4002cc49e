"""Faults in grad modes and inference mode."""

from __future__ import annotations

from . import Fault

FAULTS = [
    Fault(
        "no_grad turns grad mode on when it is left",
        "grad_mode.py",
        before="    def __exit__(self, *exception: object) -> None:\n        mode.set(self.prev)\n\n\nclass no_grad",
        after="    def __exit__(self, *exception: object) -> None:\n        mode.set(True)\n\n\nclass no_grad",
        caught_by="modes::deeply_nested",
    ),
    Fault(
        "an exception leaves the mode set",
        "grad_mode.py",
        before="    def __exit__(self, *exception: object) -> None:\n        mode.set(self.prev)\n\n\nclass no_grad",
        after="    def __exit__(self, *exception: object) -> None:\n        if exception[0] is None:\n"
        "            mode.set(self.prev)\n\n\nclass no_grad",
        caught_by="grad_modes::restored_after_an_exception",
    ),
    Fault(
        "a decorated function shares one object among its calls",
        "grad_mode.py",
        before="        def decorated(*args: Any, **kwargs: Any) -> Any:\n            with self.clone():\n",
        after="        def decorated(*args: Any, **kwargs: Any) -> Any:\n            with self:\n",
        caught_by="modes::decorated_recursion",
    ),
    Fault(
        "a generator's finally runs in its caller's mode",
        "grad_mode.py",
        before="                    with self.clone():\n                        generator.close()\n",
        after="                    generator.close()\n",
        caught_by="modes::decorated_generator_closed",
    ),
    Fault(
        "set_grad_enabled as a decorator leaves its mode behind",
        "grad_mode.py",
        before="        mode.set(self.prev)\n        return super().__call__(function)\n",
        after="        return super().__call__(function)\n",
        caught_by="modes::set_grad_enabled_as_a_decorator",
    ),
    Fault(
        "classes are decorated without a warning",
        "grad_mode.py",
        before="            warnings.warn(CLASS_WARNING, FutureWarning, stacklevel=2)\n",
        after="",
        caught_by="modes::decorated_class",
    ),
    Fault(
        "inference mode is not left",
        "grad_mode.py",
        before="        mode.enabled, mode.inference, transforms = self._before\n",
        after="        mode.enabled, _, transforms = self._before\n",
        caught_by="inference_mode::modes_inside",
    ),
    Fault(
        "inference_mode(False) inside has no effect",
        "grad_mode.py",
        before="        mode.set_transforms((*others, INFERENCE) if self.mode else others)\n",
        after="        mode.set_transforms((*others, INFERENCE))\n",
        caught_by="inference_mode::turned_off_inside",
    ),
    Fault(
        "enable_grad inside inference mode records",
        "inference.py",
        before="        enabled = mode.enabled\n        mode.set(False)\n",
        after="        enabled = mode.enabled\n",
        caught_by="inference_mode::grad_modes_inside",
    ),
    Fault(
        "views of ordinary tensors become inference tensors",
        "inference.py",
        before="    if result._base is not None:\n        return\n",
        after="    if result._base is not None:\n        result._base = None\n        result._storage = InferenceStorage()\n"
        "        return\n",
        caught_by="inference_mode::what_is_an_inference_tensor",
    ),
    Fault(
        "inference tensors may be changed outside",
        "inference.py",
        before="        if not self.counted and not mode.inference and value > 1:\n",
        after="        if False:\n",
        caught_by="inference_mode::changed_in_place_outside",
    ),
    Fault(
        "inference tensors may be saved for backward",
        "inference.py",
        before="        self._count = 1\n",
        after="        self._count = 0\n",
        caught_by="inference_mode::saved_for_backward",
    ),
    Fault(
        "inference tensors may require grad outside",
        "inference.py",
        before="    if is_inference(tensor) and not mode.inference:\n",
        after="    if False:\n",
        caught_by="inference_mode::requires_grad_of_inference_tensors",
    ),
    Fault(
        "a view made under no_grad may be changed outside",
        "op.py",
        before='    view._view_refusal = "inference" if mode.inference else "no_grad"\n',
        after="",
        caught_by="grad_modes::view_made_under_no_grad_changed_outside",
    ),
]
