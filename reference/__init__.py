"""Real PyTorch as a subject."""

from __future__ import annotations

import contextlib
import warnings
from dataclasses import replace
from importlib import import_module
from typing import Any

from conformance.subject import Subject, SubjectError

DEVICES = ("cpu", "cuda")


def torch_subject(device: str = "cpu") -> Subject:
    """The installed PyTorch on a device; raises `SubjectError` if it, or the device, is not there.

    All cases of a worker run in one process: forking one of PyTorch's size costs more than most cases, what it imports
    lazily would be imported again in each, and CUDA cannot be used after a fork. That no case leaves anything behind
    for the next is a test of the catalog.
    """
    if device not in DEVICES:
        raise SubjectError(f"PyTorch is recorded on 'cpu' or 'cuda', not on {device!r}; choose one of these")
    try:
        import torch
    except ImportError as error:
        raise SubjectError("PyTorch is not installed; pip install torch==2.13.0") from error
    if device == "cuda":
        if not torch.cuda.is_available():
            raise SubjectError("this PyTorch sees no GPU; choose the device 'cpu', or run where there is one")
        torch.set_default_device("cuda")
    torch.set_num_threads(1)
    _import_what_cases_need()
    build = _build(torch, device)
    return Subject(torch, "torch", "torch", torch.__version__, device, build, fork=False)


def forked_torch(device: str = "cpu") -> Subject:
    """PyTorch with a process for each case: in older versions cases fail midway, and leave grad mode and more behind."""
    return replace(torch_subject(device), fork=True)


def _import_what_cases_need() -> None:
    """Import what programs import by name, and what PyTorch does at the first `make_dual`, with warnings of no case."""
    for module in ("torch.utils.checkpoint", "torch._decomp.decompositions_for_jvp"):
        with warnings.catch_warnings(), contextlib.suppress(ImportError):
            warnings.simplefilter("ignore")
            import_module(module)


def _build(torch: Any, device: str) -> dict[str, str]:
    """What tells builds of one version apart, since results to the last bit depend on it."""
    build = {"git": torch.version.git_version}
    for line in map(str.strip, torch.__config__.show().splitlines()):
        if "Math Kernel Library Version" in line:
            build["mkl"] = line.partition(" Version ")[2].partition(" ")[0].partition("-")[0]
        elif line.startswith("- CPU capability usage: "):
            build["cpu capability"] = line.partition(": ")[2]
        elif line.startswith("- OpenMP"):
            build["openmp"] = line.removeprefix("- OpenMP ").partition(" ")[0]
        elif "BLAS_INFO=" in line:
            build["blas"] = line.partition("BLAS_INFO=")[2].partition(",")[0]
    if torch.version.cuda is not None:
        build["cuda"] = torch.version.cuda
    if device == "cuda":
        build["gpu"] = torch.cuda.get_device_name()
    return build
