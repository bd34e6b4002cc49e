"""Faults in how long things live, and in what threads and nested backwards see of each other."""

from . import Fault

FAULTS = [
    Fault(
        "a node keeps the tensor whose gradient it retains",
        "gradient.py",
        before="extras.retained[self._output_nr] = weakref.ref(self)",
        after="extras.retained[self._output_nr] = lambda: self",
    ),
    Fault(
        "a leaf keeps its AccumulateGrad, which keeps the leaf",
        "node.py",
        before="leaf._accumulator = weakref.ref(found)",
        after="leaf._accumulator = lambda: found",
    ),
    Fault(
        "a node keeps its own result with its history",
        "saved.py",
        before="self.shadow = _alias(result)",
        after="self.shadow = result",
    ),
    Fault(
        "a base keeps its views",
        "base.py",
        before="self.views.append(weakref.ref(view))",
        after="self.views.append(lambda: view)",
    ),
    Fault(
        "a graph that has run keeps what it saved",
        "graph_engine.py",
        before="            if not retain_graph:\n                node.release()",
        after="            if False:\n                node.release()",
    ),
    Fault(
        "grad mode is shared by all threads",
        "grad_mode.py",
        before="class _Mode(threading.local):",
        after="class _Mode:",
    ),
    Fault(
        "after a backward grad mode is on",
        "graph_engine.py",
        before="        mode.set(previous)\n        mode.depth = depth",
        after="        mode.set(True)\n        mode.depth = depth",
    ),
    Fault(
        "nested backwards use up the stack",
        "graph_engine.py",
        before="if depth == DEEPEST:",
        after="if depth < 0:",
    ),
    Fault(
        "a leaf takes any gradient for its own without a copy",
        "gradient.py",
        before="elif is_exclusive(grad, self):",
        after="elif grad is not None:",
    ),
]
