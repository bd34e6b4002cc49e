"""Where tensors live: here always the CPU."""

from __future__ import annotations

_KINDS = "cpu, cuda, ipu, xpu, mkldnn, opengl, opencl, ideep, hip, ve, fpga, maia, xla, lazy, vulkan, mps, meta, hpu, mtia, privateuseone"


def _kind(text: str) -> str:
    """The kind of device that a string names; raises `RuntimeError` for a string that names none."""
    if not text:
        raise RuntimeError("Device string must not be empty")
    kind, colon, number = text.partition(":")
    if not kind.replace("_", "a").isalpha() or (colon and not number.isdigit()):
        raise RuntimeError(f"Invalid device string: '{text}'")
    if kind not in _KINDS.split(", "):
        raise RuntimeError(f"Expected one of {_KINDS} device type at start of device string: {kind}")
    return kind


class device:  # noqa: N801 - PyTorch's own name
    """Where a tensor lives: here always the CPU."""

    def __init__(self, type: str = "cpu", index: int | None = None) -> None:
        self.type = _kind(str(type))
        self.index = index
        if self.type != "cpu":
            raise AssertionError("Torch not compiled with CUDA enabled")

    def __repr__(self) -> str:
        return f"device(type='{self.type}')"

    def __str__(self) -> str:
        return self.type

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device) and other.type == self.type

    def __hash__(self) -> int:
        return hash(self.type)


CPU = device()
