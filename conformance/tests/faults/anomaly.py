"""Faults in anomaly mode."""

from __future__ import annotations

from . import Fault

FAULTS = [
    Fault(
        "nan is counted from one",
        "anomaly.py",
        before="in its {index}th output.",
        after="in its {index + 1}th output.",
        caught_by="anomaly::number_of_the_nan_gradient",
    ),
    Fault(
        "infinity is refused, too",
        "anomaly.py",
        before="np.isnan(grad._array).any()",
        after="not np.isfinite(grad._array).all()",
        caught_by="anomaly::infinity_is_no_anomaly",
    ),
    Fault(
        "check_nan is ignored",
        "anomaly.py",
        before="        if not _Anomaly.check_nan:\n            return\n",
        after="",
        caught_by="anomaly::nan_may_be_left_unchecked",
    ),
    Fault(
        "the traceback ends inside of the engine",
        "anomaly.py",
        before="        frame = frame.f_back\n",
        after="        break\n",
        caught_by="anomaly::tracebacks_are_kept_in_metadata",
    ),
    Fault(
        "only the node itself is explained",
        "anomaly.py",
        before='        while notes.get("parent_") is not None:\n',
        after='        if notes.get("parent_") is not None:\n',
        caught_by="anomaly::gradient_of_a_gradient",
    ),
    Fault(
        "nodes that a backward makes have no parent",
        "anomaly.py",
        before="    if parent is not None:\n",
        after="    if parent is None:\n",
        caught_by="anomaly::tracebacks_are_kept_in_metadata",
    ),
    Fault(
        "the nodes of leaves are not traced",
        "anomaly.py",
        before="    self._number = _with_notes(self._number)\n",
        after="",
        caught_by="anomaly::errors_of_hooks_are_explained",
    ),
    Fault(
        "the mode is not restored",
        "anomaly.py",
        before="        set_anomaly_enabled(True, self.check_nan)\n\n    def __exit__(self, *exception: object) -> None:\n"
        "        set_anomaly_enabled(*self.previous)\n",
        after="        set_anomaly_enabled(True, self.check_nan)\n\n    def __exit__(self, *exception: object) -> None:\n"
        "        set_anomaly_enabled(False)\n",
        caught_by="anomaly::modes_restore_what_was",
    ),
    Fault(
        "set_detect_anomaly waits for its block",
        "anomaly.py",
        before="        set_anomaly_enabled(mode, check_nan)\n\n    def __enter__(self) -> None: ...\n",
        after="        self.mode = mode, check_nan\n\n    def __enter__(self) -> None:\n"
        "        set_anomaly_enabled(*self.mode)\n",
        caught_by="anomaly::set_detect_anomaly_is_a_call_too",
    ),
    Fault(
        "the hint of a changed saved tensor stays",
        "anomaly.py",
        before="    saved.hint = hint\n",
        after="",
        caught_by="anomaly::changed_saved_tensor_is_explained",
    ),
    Fault(
        "errors are not explained",
        "tasks.py",
        before="                self.failed(node)\n",
        after="",
        caught_by="anomaly::errors_of_hooks_are_explained",
    ),
]
