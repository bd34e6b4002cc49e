"""Faults in how long things live, and in what threads and nested backwards see of each other."""

from . import Fault

FAULTS = [
    Fault(
        "a node keeps the tensor whose gradient it retains",
        "gradient.py",
        before="extras.retained[self._output_nr] = weakref.ref(self)",
        after="extras.retained[self._output_nr] = lambda: self",
        caught_by="lifetime::backward_leaves_no_cycle",
    ),
    Fault(
        "a leaf keeps its AccumulateGrad, which keeps the leaf",
        "node.py",
        before="leaf._accumulator = weakref.ref(found)",
        after="leaf._accumulator = lambda: found",
        caught_by="lifetime::leaf_lives_as_long_as_its_graph",
    ),
    Fault(
        "a node keeps its own result with its history",
        "saved.py",
        before="self.shadow = _alias(result)",
        after="self.shadow = result",
        caught_by="lifetime::leaf_lives_as_long_as_its_graph",
    ),
    Fault(
        "a base keeps its views",
        "base.py",
        before="self.views.append(weakref.ref(view))",
        after="self.views.append(lambda: view)",
        caught_by="freed_graphs::shared_part_that_saved_nothing",
    ),
    Fault(
        "a graph that has run keeps what it saved",
        "graph_engine.py",
        before="                if not retain_graph:\n                    node.release()",
        after="                if False:\n                    node.release()",
        caught_by="freed_graphs::part_way_into_a_freed_graph",
    ),
    Fault(
        "grad mode is shared by all threads",
        "grad_mode.py",
        before="class _Mode(threading.local):",
        after="class _Mode:",
        caught_by="threads::mode_of_a_thread_stays_in_it",
    ),
    Fault(
        "after a backward grad mode is on",
        "graph_engine.py",
        before='modes["enabled"], modes["recording"] = enabled, recording',
        after='modes["enabled"], modes["recording"] = True, 1',
        caught_by="autograd_grad::under_no_grad",
    ),
    Fault(
        "nested backwards use up the stack",
        "graph_engine.py",
        before='if modes["depth"] == DEEPEST:',
        after='if modes["depth"] < 0:',
        caught_by="threads::backward_nested_two_hundred_levels_deep",
    ),
    Fault(
        "a leaf takes any gradient for its own without a copy",
        "gradient.py",
        before="elif is_exclusive(grad, self):",
        after="elif grad is not None:",
        caught_by="backward_calls::into_the_root_itself",
    ),
]
