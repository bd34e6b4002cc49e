"""`torch.backends.cuda`: settings of a GPU that is not there; they are kept and shown."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..nn.attention import SDPBackend, sdpa_kernel
from ..nn.functions.attention import kernels

_SDP_KERNEL = (
    "`torch.backends.cuda.sdp_kernel()` is deprecated. In the future, this context manager will be removed. Please see "
    "`torch.nn.attention.sdpa_kernel()` for the new context manager, with updated signature."
)


class _Matmul:
    """How matrices are multiplied on a GPU."""

    def __init__(self) -> None:
        self.allow_tf32 = False
        self.allow_fp16_reduced_precision_reduction = True
        self.allow_bf16_reduced_precision_reduction = True
        self.fp32_precision = "none"


matmul = _Matmul()


@contextmanager
def sdp_kernel(
    enable_flash: bool = True,
    enable_math: bool = True,
    enable_mem_efficient: bool = True,
    enable_cudnn: bool = True,
) -> Iterator[dict[str, Any]]:
    """Allow these ways of computing attention only; `torch.nn.attention.sdpa_kernel` takes its place."""
    warnings.warn(_SDP_KERNEL, FutureWarning, stacklevel=3)
    wanted = {
        SDPBackend.FLASH_ATTENTION: enable_flash,
        SDPBackend.EFFICIENT_ATTENTION: enable_mem_efficient,
        SDPBackend.MATH: enable_math,
        SDPBackend.CUDNN_ATTENTION: enable_cudnn,
    }
    with sdpa_kernel([backend for backend, enabled in wanted.items() if enabled]) as context:
        yield context


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
