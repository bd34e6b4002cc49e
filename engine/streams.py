"""Queues of work of a device and marks in them, and the errors of accelerators: on the CPU all work is done when it is asked for.

Source: torch, "Accelerators"; torch.Stream, torch.Event.
"""

from __future__ import annotations

from typing import Any

from .device import as_device
from .device import device as device_class
from .typename import kind_text

NO_ACCELERATOR = "Cannot access accelerator device when none is available."
_NO_EVENTS = "cpu backend doesn't support events."


class AcceleratorError(RuntimeError):
    """An error of an accelerator; none is there to make one."""

    __module__ = "torch"


class OutOfMemoryError(RuntimeError):
    """An accelerator ran out of memory; none is there to do so."""

    __module__ = "torch"


class FatalError(Exception):
    """An error after which the program cannot go on."""

    __module__ = "torch"


def _device(value: Any, owner: str) -> device_class:
    """The device of a stream or an event; raises `RuntimeError` for those that are not there."""
    if value is None:
        return as_device("cpu")
    if isinstance(value, int):
        raise RuntimeError(NO_ACCELERATOR)
    if not isinstance(value, (str, device_class)):
        raise TypeError(
            f"{owner}(): argument 'device' (position 1) must be torch.device, not {kind_text(value)}"
        )
    found = as_device(value)
    if found.type not in ("cpu", "meta"):
        raise RuntimeError(f"PyTorch is not linked with support for {found.type} devices")
    return found


class Stream:
    """A queue of work; what the CPU's is asked for is done at once, so that there is nothing to wait for."""

    __module__ = "torch"
    device_index = -1
    device_type = 0
    stream_id = 0

    def __init__(self, device: Any = None, *, priority: int = 0) -> None:
        self.device = _device(device, "Stream")

    def query(self) -> bool:
        """Whether all work is done: it is."""
        return True

    def synchronize(self) -> None:
        """Wait for the work: there is nothing to wait for."""

    def wait_stream(self, other: Stream) -> None:
        """Let the work wait for that of another stream: refused, as the CPU has no events."""
        raise RuntimeError(_NO_EVENTS)

    def wait_event(self, event: Event) -> None:
        """Let the work wait for an event: there is nothing to wait for."""

    def record_event(self, event: Event | None = None) -> Event:
        """Mark a place in the queue: refused, as the CPU has no events."""
        raise RuntimeError(_NO_EVENTS)

    def native_handle(self) -> int:
        """Refused: the CPU has none."""
        raise RuntimeError("Backend doesn't support getting stream native handle.")

    def is_capturing(self) -> bool:
        """False."""
        return False

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Stream) and other.device == self.device

    def __hash__(self) -> int:
        return hash((self.device.type, self.stream_id))

    def __repr__(self) -> str:
        return f"torch.Stream device_type={self.device.type}, device_index={self.device_index}, stream_id={self.stream_id}"


class Event:
    """A mark in a queue of work; on the CPU it can be made, but not recorded."""

    __module__ = "torch"
    event_id = 0

    def __init__(
        self,
        device: Any = None,
        *,
        enable_timing: bool = False,
        blocking: bool = False,
        interprocess: bool = False,
    ) -> None:
        self.device = _device(device, "Event")
        self._timed = enable_timing

    def query(self) -> bool:
        """Whether the work before it is done: it is."""
        return True

    def synchronize(self) -> None:
        """Wait for the work before it: there is nothing to wait for."""

    def record(self, stream: Stream | None = None) -> None:
        """Refused, as the CPU has no events."""
        raise RuntimeError(_NO_EVENTS)

    def wait(self, stream: Stream | None = None) -> None:
        """Let a stream wait for it: there is nothing to wait for."""

    def elapsed_time(self, other: Event) -> float:
        """The milliseconds to another event: refused, as the CPU has no events."""
        if not (self._timed and other._timed):
            raise ValueError("Both events must be created with argument 'enable_timing=True'.")
        raise RuntimeError(_NO_EVENTS)

    def ipc_handle(self) -> Any:
        """Refused."""
        raise NotImplementedError(
            "torch.Event ipc is not supported yet, please open an issue if you need this!"
        )

    def __repr__(self) -> str:
        return (
            f"torch.Event device_type={self.device.type}, device_index=-1, event_flag={int(self._timed)}, "
            f"event_id={self.event_id}"
        )
