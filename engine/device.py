"""Where tensors live: here always the CPU."""

from __future__ import annotations


class device:  # noqa: N801 - PyTorch's own name
    """Where a tensor lives: here always the CPU."""

    def __init__(self, type: str = "cpu", index: int | None = None) -> None:
        self.type = str(type).split(":")[0]
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
