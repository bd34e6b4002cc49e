"""`torch.utils.swap_tensors`: two tensors that exchange what they hold, and stay the objects they are."""

from __future__ import annotations

from typing import Any


def swap_tensors(t1: Any, t2: Any) -> None:
    """Exchange two tensors' contents. `RuntimeError` where a view looks at one of them.

    Source: torch.utils.swap_tensors.
    """
    for each, name in ((t1, "t1"), (t2, "t2")):
        views = [] if each._storage is None else each._storage.live_views()
        count = 1 + len([view for view in views if view is not each])
        if count > 1:
            raise RuntimeError(
                f"Expected use_count of {name} to be 1 or 2 with an AccumulateGrad node but got {count} make sure you are not "
                "holding references to the tensor in other places."
            )
    t1.__class__, t2.__class__ = t2.__class__, t1.__class__
    t1.__dict__, t2.__dict__ = t2.__dict__, t1.__dict__
    t1._accumulator = t2._accumulator = None
