"""Qualified names of operators, the keys that kernels are registered for, and tags."""

from __future__ import annotations

from enum import Enum
from typing import Any

DEVICES = [
    "cpu",
    "cuda",
    "ipu",
    "xpu",
    "mkldnn",
    "opengl",
    "opencl",
    "ideep",
    "hip",
    "ve",
    "fpga",
    "maia",
    "xla",
    "lazy",
    "vulkan",
    "mps",
    "meta",
    "hpu",
    "mtia",
    "privateuseone",
]
_NAMED_KEYS = {
    "cpu": "CPU",
    "cuda": "CUDA",
    "xla": "XLA",
    "mps": "MPS",
    "meta": "Meta",
    "xpu": "XPU",
    "ipu": "IPU",
    "hpu": "HPU",
    "hip": "HIP",
    "mtia": "MTIA",
    "maia": "MAIA",
    "ve": "VE",
    "fpga": "FPGA",
    "vulkan": "Vulkan",
    "lazy": "Lazy",
    "privateuseone": "PrivateUse1",
}
_BACKENDS = [
    "CPU",
    "CUDA",
    "HIP",
    "XLA",
    "MPS",
    "IPU",
    "XPU",
    "HPU",
    "VE",
    "Lazy",
    "MTIA",
    "MAIA",
    "PrivateUse1",
    "Meta",
]
KEYS = frozenset(
    [
        "Undefined",
        "Dense",
        "FPGA",
        "Vulkan",
        "Metal",
        "Quantized",
        "CustomRNGKeyId",
        "MkldnnCPU",
        "Sparse",
        "SparseCsr",
        "NestedTensor",
        "BackendSelect",
        "Python",
        "Fake",
        "FuncTorchDynamicLayerBackMode",
        "Functionalize",
        "Named",
        "Conjugate",
        "Negative",
        "ZeroTensor",
        "ADInplaceOrView",
        "AutogradOther",
        "AutogradFunctionality",
        "AutogradNestedTensor",
        "Tracer",
        "AutocastFunctionality",
        "FuncTorchBatched",
        "BatchedNestedTensor",
        "FuncTorchVmapMode",
        "Batched",
        "VmapMode",
        "FuncTorchGradWrapper",
        "DeferredInit",
        "PythonTLSSnapshot",
        "FuncTorchDynamicLayerFrontMode",
        "PreDispatch",
        "PythonDispatcher",
        "Autograd",
        "CompositeImplicitAutograd",
        "CompositeImplicitAutogradNestedTensor",
        "CompositeExplicitAutograd",
        "CompositeExplicitAutogradNonFunctional",
        "FuncTorchBatchedDecomposition",
        "AutocastCPU",
        "AutocastCUDA",
        "AutocastXPU",
        "AutocastMPS",
    ]
    + [f"{kind}{backend}" for kind in ("", "Autograd", "Sparse", "Quantized") for backend in _BACKENDS]
)


class Tag(Enum):
    """What is known of the behaviour of an operator."""

    core = 0
    cudagraph_unsafe = 1
    data_dependent_output = 2
    dynamic_output_shape = 3
    flexible_layout = 4
    generated = 5
    inplace = 6
    inplace_view = 7
    maybe_aliasing_or_mutating = 8
    needs_contiguous_strides = 9
    needs_exact_strides = 10
    needs_fixed_stride_order = 11
    nondeterministic_bitwise = 12
    nondeterministic_seeded = 13
    out = 14
    out_variant = 15
    pointwise = 16
    pt2_compliant_tag = 17
    reduction = 18
    view_copy = 19

    def __str__(self) -> str:
        return f"Tag.{self.name}"

    def __int__(self) -> int:
        return int(self.value)

    __index__ = __int__


Tag.__module__ = "torch._C"


def split_name(qualname: str) -> tuple[str, str]:
    """The namespace and the name of `namespace::name`."""
    parts = qualname.split("::")
    if len(parts) != 2:
        raise ValueError(
            f'Expected `qualname` to be of the form "namespace::name", but got {qualname}. The qualname passed to the '
            "torch.library APIs must consist of a namespace and a name, e.g. aten::sin"
        )
    return parts[0], parts[1]


def key_of_device(device_type: str) -> str:
    """The dispatch key of the kernels for a type of devices."""
    kind = device_type.partition(":")[0]
    if kind not in DEVICES:
        raise RuntimeError(
            f"Expected one of {', '.join(DEVICES)} device type at start of device string: {device_type}"
        )
    return _NAMED_KEYS.get(kind, kind)


def as_tags(tags: Any) -> list[Any]:
    """One tag or several as a list."""
    if tags is None:
        return []
    return [tags] if isinstance(tags, Tag) else list(dict.fromkeys(tags))
