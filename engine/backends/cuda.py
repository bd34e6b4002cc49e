"""`torch.backends.cuda`: settings of a GPU that is not there; they are kept and shown."""

from __future__ import annotations

from typing import Any

from ..nn.functions.attention import kernels


class _Matmul:
    """How matrices are multiplied on a GPU."""

    def __init__(self) -> None:
        self.allow_tf32 = False
        self.allow_fp16_reduced_precision_reduction = True
        self.allow_bf16_reduced_precision_reduction = True
        self.fp32_precision = "none"


matmul = _Matmul()


def is_built() -> bool:
    """False."""
    return False


def _asker(kind: str) -> Any:
    def call() -> bool:
        return kind in kernels.enabled

    call.__name__ = call.__qualname__ = f"{kind}_sdp_enabled"
    call.__doc__ = "Whether this kind of attention may be used."
    return call


def _setter(kind: str) -> Any:
    def call(enabled: bool) -> None:
        kernels.enabled = kernels.enabled | {kind} if enabled else kernels.enabled - {kind}

    call.__name__ = call.__qualname__ = f"enable_{kind}_sdp"
    call.__doc__ = "Set whether this kind of attention may be used."
    return call


flash_sdp_enabled, enable_flash_sdp = _asker("flash"), _setter("flash")
math_sdp_enabled, enable_math_sdp = _asker("math"), _setter("math")
mem_efficient_sdp_enabled, enable_mem_efficient_sdp = _asker("mem_efficient"), _setter("mem_efficient")
cudnn_sdp_enabled, enable_cudnn_sdp = _asker("cudnn"), _setter("cudnn")
