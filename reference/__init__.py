"""Real PyTorch as a subject."""

from __future__ import annotations

import contextlib
import os
import re
import warnings
from dataclasses import replace
from importlib import import_module
from types import ModuleType
from typing import Any

from conformance.subject import Subject, SubjectError

DEVICES = re.compile(r"(cpu|cuda)(:\d{1,2})?")

CUDA = {"CUDA_LAUNCH_BLOCKING": "1", "CUBLAS_WORKSPACE_CONFIG": ":4096:8"}
"""An error of a kernel is raised where it is called, and products are the same in each run."""


def torch_subject(device: str = "cpu") -> Subject:
    """The installed PyTorch on a device; raises `SubjectError` if it, or the device, is not there.

    All cases of a worker run in one process: forking one of PyTorch's size costs more than most cases, what it imports
    lazily would be imported again in each, and CUDA cannot be used after a fork. That no case leaves anything behind
    for the next is a test of the catalog.
    """
    if not DEVICES.fullmatch(device):
        raise SubjectError(f"PyTorch is recorded on 'cpu' or 'cuda', not on {device!r}; choose one of these")
    if device.startswith("cuda"):
        os.environ.update(CUDA)
    try:
        import torch
    except ImportError as error:
        raise SubjectError("PyTorch is not installed; pip install torch==2.13.0") from error
    if device.startswith("cuda") and not torch.cuda.is_available():
        raise SubjectError("this PyTorch sees no GPU; choose the device 'cpu', or run where there is one")
    torch.set_num_threads(1)
    # seconds that a loader waits for a worker that does not end by itself, as after an error: 5 otherwise
    torch.utils.data._utils.MP_STATUS_CHECK_INTERVAL = 0.5
    _import_what_cases_need()
    subject = Subject(torch, "torch", "torch", torch.__version__, device, _build(torch, device), fork=False)
    return subject if device == "cpu" else on_device(subject)


def on_device(subject: Subject) -> Subject:
    """PyTorch for cases that name no device: all that they make is made on the subject's.

    They run as a program does that begins with `torch.set_default_device`. That leaves out generators, which the
    namespace makes there, and what PyTorch makes on the CPU all the same: `torch.Tensor(...)` and its like,
    `torch.normal` of two numbers, what shares memory with NumPy, and tensors of a thread that a case starts.
    """
    torch, device = subject.namespace, subject.device

    class Generator(torch.Generator):  # type: ignore[name-defined]
        __module__, __qualname__ = torch.Generator.__module__, torch.Generator.__qualname__

        def __new__(cls, device: Any = device) -> Any:
            return super().__new__(cls, device)

    def begin() -> None:
        torch.set_default_device(device)
        if device.startswith("cuda"):
            torch.cuda.synchronize()  # an error of the GPU is there to stay, as long as the process is

    begin()
    namespace = ModuleType(torch.__name__)
    vars(namespace).update(vars(torch), Generator=Generator)
    return replace(subject, namespace=namespace, begin=begin)


def forked_torch(device: str = "cpu") -> Subject:
    """PyTorch in forks: in older versions cases fail midway, and leave grad mode and more behind for the next."""
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
    if device.startswith("cuda"):
        build["gpu"] = torch.cuda.get_device_name(device)
    return build
