"""`torch._dynamo._trace_wrapped_higher_order_op`: a mode in which `vmap` looks up by tensors, which it does here anyway."""

from __future__ import annotations

from typing import Any


class TransformGetItemToIndex:
    """A context that changes nothing."""

    def __enter__(self) -> None:
        """Nothing to begin."""

    def __exit__(self, *error: Any) -> None:
        """Nothing to end."""
