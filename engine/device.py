"""Where tensors live: here always the CPU. Other devices can be named, and what is to be made on them is refused.

Source: torch.device. The refusals are those of a PyTorch that was built for the CPU only.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from .grad_mode import mode
from .transforms import Transform

_KINDS = "cpu, cuda, ipu, xpu, mkldnn, opengl, opencl, ideep, hip, ve, fpga, maia, xla, lazy, vulkan, mps, meta, hpu, mtia, privateuseone"
_NO_ACCELERATOR = "Cannot access accelerator device when none is available."
NO_DATA = "Cannot copy out of meta tensor; no data!"


def _parse(text: str) -> tuple[str, int | None]:
    """The kind and number of device that a string names; raises `RuntimeError` for a string that names none."""
    if not text:
        raise RuntimeError("Device string must not be empty")
    kind, colon, number = text.partition(":")
    if not kind.replace("_", "a").isalpha() or (colon and not number.isdigit()):
        raise RuntimeError(f"Invalid device string: '{text}'")
    if kind not in _KINDS.split(", "):
        raise RuntimeError(f"Expected one of {_KINDS} device type at start of device string: {kind}")
    return kind, int(number) if colon else None


_SHOWN = {"generator": "._C", "storage": ".storage", "nn.parameter": ".nn.parameter"}


class Public(type):
    """The type of classes that PyTorch shows as `torch.Name`, whatever file of ours they stand in."""

    def __repr__(cls) -> str:
        root = __name__.partition(".")[0]
        module = cls.__module__
        if module.split(".")[0] != root:
            return type.__repr__(cls)
        tail = _SHOWN.get(module[len(root) + 1 :], "")
        return f"<class 'torch{tail}.{cls.__qualname__}'>"


_the_cpu: list[device] = []  # one object stands for the CPU


class device(metaclass=Public):  # noqa: N801 - PyTorch's own name
    """Where a tensor lives, such as `device("cpu")`; with `with`, where tensors are made."""

    __slots__ = ("_outer", "index", "type")

    type: str
    index: int | None

    def __new__(cls, *args: Any, **kwargs: Any) -> device:
        """`device("cuda:1")`, `device("cuda", 1)`, `device(other)`."""
        if args == ("cpu",) and not kwargs and _the_cpu:
            return _the_cpu[0]
        given = [*args, *(kwargs[name] for name in ("type", "device", "index") if name in kwargs)]
        if len(given) == 1 and isinstance(given[0], device):
            return given[0]
        if len(given) == 1 and isinstance(given[0], int) and not isinstance(given[0], bool):
            raise RuntimeError(_NO_ACCELERATOR)
        if not given or not isinstance(given[0], str):
            raise TypeError(_wrong_arguments(given))
        made: device = object.__new__(cls)
        made.type, made.index = _parse(given[0])
        if len(given) > 1 and given[1] is not None:
            if given[1] < 0:
                raise RuntimeError("Device index must not be negative")
            if made.index is not None:
                raise RuntimeError(
                    f"type (string) must not include an index because index was passed explicitly: {given[0]}"
                )
            made.index = given[1]
        return made

    def __repr__(self) -> str:
        return f"device(type='{self.type}'{'' if self.index is None else f', index={self.index}'})"

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device) and (other.type, other.index) == (self.type, self.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __reduce__(self) -> Any:
        return device, (self.type,) if self.index is None else (self.type, self.index)

    def __enter__(self) -> device:
        _entered.append(mode.transforms)
        set_default_device(self)
        return self

    def __exit__(self, *error: object) -> None:
        mode.set_transforms(_entered.pop())


_entered: list[tuple[Any, ...]] = []  # what was active before each `with device(...)`


def _wrong_arguments(given: list[Any]) -> str:
    kinds = ", ".join(type(each).__name__ for each in given)
    text = f"device() received an invalid combination of arguments - got ({kinds}), but expected one of:\n * (torch.device device)\n"
    if len(given) == 1:
        text += f"      didn't match because some of the arguments have invalid types: (!{kinds}!)\n"
    return text + " * (str type, int index = -1)\n"


CPU = device("cpu")
_the_cpu.append(CPU)


class _Elsewhere(Transform):
    """Has tensors made on a device; operations are as ever."""

    computes = False

    def __init__(self, where: device) -> None:
        self.where = where

    def run(self, operation: Any, args: tuple[Any, ...]) -> Any:
        return operation(*args)

    def made(self, tensor: Any) -> Any:
        if self.where.type == "meta":
            from .meta_tensors import without_elements

            return without_elements(tensor)
        refuse(self.where)
        return tensor


def get_default_device() -> device:
    """Where tensors are made that are not told: the CPU, unless `with device(...)` or `set_default_device` say otherwise."""
    for each in reversed(mode.transforms):
        if isinstance(each, _Elsewhere):
            if each.where.index is None and each.where.type != "meta":
                refuse(each.where)
            return each.where
    return CPU


def set_default_device(device: Any) -> None:
    """Set where tensors are made that are not told; None is the CPU."""
    others = tuple(each for each in mode.transforms if not isinstance(each, _Elsewhere))
    chosen = CPU if device is None else as_device(device)
    mode.set_transforms(others if chosen.type == "cpu" else (_Elsewhere(chosen), *others))


def as_device(value: Any) -> device:
    """A device from what callers give: a device, a string or a number."""
    return value if isinstance(value, device) else device(value)


def place(value: Any, function: str = "zeros") -> bool:
    """Whether a function's `device` argument is `meta`; raises PyTorch's refusal of all others but the CPU."""
    if value is None or value is CPU or (value.__class__ is str and value == "cpu"):
        return False
    if not isinstance(value, (device, str)) and type(value) is not int:
        raise TypeError(f"{function}(): argument 'device' must be torch.device, not {type(value).__name__}")
    where = as_device(value)
    if where.type != "meta":
        refuse(where)
    return where.type == "meta"


def refuse(where: device) -> None:
    """Raise what a PyTorch for the CPU raises when a tensor is to be on another device."""
    if where.type == "cpu":
        return
    if where.type in ("cuda", "xpu"):
        raise AssertionError(f"Torch not compiled with {where.type.upper()} enabled")
    if where.type == "meta":
        raise NotImplementedError("tensors without memory, on the device 'meta', are not there: use 'cpu'")
    raise RuntimeError(f"PyTorch is not linked with support for {where.type} devices")


def get_device_module(device: Any = None) -> Any:
    """The module of a kind of device, `torch.cpu` where none is named; raises `RuntimeError` where there is none."""
    kind = as_device("cpu" if device is None else device).type if _names_device(device) else ""
    if not kind:
        raise RuntimeError(f"Invalid value of device '{device}', expect torch.device, str, or None")
    if kind not in ("cpu", "cuda", "mps", "xpu"):
        raise RuntimeError(
            f"Device '{kind}' does not have a corresponding module registered as 'torch.{kind}'."
        )
    return import_module(f".{kind}", __package__)


def _names_device(value: Any) -> bool:
    return value is None or isinstance(value, (str, device))


def is_vulkan_available() -> bool:
    """False."""
    return False
