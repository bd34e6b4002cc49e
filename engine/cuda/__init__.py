"""`torch.cuda`: there is no GPU, and everything says so as a PyTorch that was built for the CPU does."""

from __future__ import annotations

from typing import Any

from ..device import device as _device
from ..device import refuse
from ..late import attributes as _attributes

_REFUSAL = "Torch not compiled with CUDA enabled"
_TYPES = ("Float", "Double", "Half", "BFloat16", "Byte", "Char", "Short", "Int", "Long", "Bool")


def _refused(name: str) -> Any:
    def call(*args: Any, **kwargs: Any) -> Any:
        raise AssertionError(_REFUSAL)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = "Refused: there is no GPU."
    return call


def _zero(name: str) -> Any:
    def call(*args: Any, **kwargs: Any) -> int:
        return 0

    call.__name__ = call.__qualname__ = name
    call.__doc__ = "0: there is no GPU."
    return call


def _nothing(name: str) -> Any:
    def call(*args: Any, **kwargs: Any) -> None:
        return None

    call.__name__ = call.__qualname__ = name
    call.__doc__ = "Does nothing: there is no GPU."
    return call


init, current_device, synchronize = _refused("init"), _refused("current_device"), _refused("synchronize")
get_device_name, get_device_capability = _refused("get_device_name"), _refused("get_device_capability")
get_device_properties, get_rng_state = _refused("get_device_properties"), _refused("get_rng_state")
current_stream, default_stream = _refused("current_stream"), _refused("default_stream")
initial_seed, mem_get_info = _refused("initial_seed"), _refused("mem_get_info")
set_device, reset_peak_memory_stats = _refused("set_device"), _refused("reset_peak_memory_stats")

device_count, memory_allocated = _zero("device_count"), _zero("memory_allocated")
max_memory_allocated, memory_reserved = _zero("max_memory_allocated"), _zero("memory_reserved")
max_memory_reserved = _zero("max_memory_reserved")

manual_seed, manual_seed_all = _nothing("manual_seed"), _nothing("manual_seed_all")
seed, seed_all = _nothing("seed"), _nothing("seed_all")
empty_cache, ipc_collect = _nothing("empty_cache"), _nothing("ipc_collect")


def is_available() -> bool:
    """False."""
    return False


def _without_cuda(name: str) -> Any:
    def call(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(f"Tried to instantiate dummy base class {name}")

    return call


CUDAGraph = type(
    "CUDAGraph", (), {"__new__": _without_cuda("CUDAGraph"), "__doc__": "Refused: there is no GPU."}
)
is_current_stream_capturing = _without_cuda("_cuda_isCurrentStreamCapturing")
graph_pool_handle = _without_cuda("_graph_pool_handle")


class graph:  # noqa: N801 - PyTorch's own name
    """Refused: there is no GPU."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise RuntimeError("torch.cuda.Stream requires CUDA support")


class StreamContext:
    """Changes nothing, as there is no GPU."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def __enter__(self) -> None:
        """Nothing to choose."""

    def __exit__(self, *error: Any) -> None:
        """Nothing is left."""


def stream(stream: Any) -> StreamContext:
    """A context in which this stream would be used."""
    return StreamContext(stream)


_initialized = False


def is_initialized() -> bool:
    """False."""
    return False


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """False."""
    return False


def get_arch_list() -> list[str]:
    """None."""
    return []


def get_rng_state_all() -> list[Any]:
    """None."""
    return []


def set_rng_state_all(new_states: Any) -> None:
    """Nothing to set."""


class device:  # noqa: N801 - PyTorch's own name
    """Would make a GPU the current one inside `with`."""

    def __init__(self, device: Any) -> None:
        self.idx = -1 if device is None else device

    def __enter__(self) -> None: ...

    def __exit__(self, *error: object) -> None: ...


device_of = device


class Event:
    """Refused: there is no GPU whose time could be taken."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise RuntimeError("Tried to instantiate dummy base class Event")


class Stream:
    """Refused: there is no GPU that could have streams."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise RuntimeError("torch.cuda.Stream requires CUDA support")


def _tensor_class(name: str) -> type:
    class Refused:
        def __new__(cls, *args: Any, **kwargs: Any) -> Any:
            raise TypeError(f"type torch.cuda.{name} not available. {_REFUSAL}.")

    Refused.__name__ = Refused.__qualname__ = name
    return Refused


for _each in _TYPES:
    globals()[f"{_each}Tensor"] = _tensor_class(f"{_each}Tensor")


def move(self: Any, device: Any = None, non_blocking: bool = False, memory_format: Any = None) -> Any:
    """`Tensor.cuda`: refused, there is no GPU."""
    if isinstance(device, int):
        _device(device)
    refuse(_device("cuda"))


__getattr__, __dir__ = _attributes(__name__, {"streams": "AcceleratorError OutOfMemoryError"}, "amp")
