"""`torch.library`: operators that programs define themselves."""

from ..late import attributes as _attributes

__all__ = [
    "Library",
    "custom_op",
    "define",
    "fallthrough_kernel",
    "get_ctx",
    "get_kernel",
    "impl",
    "impl_abstract",
    "infer_schema",
    "register_autocast",
    "register_fake",
    "register_torch_dispatch",
    "register_vmap",
    "triton_op",
    "wrap_triton",
]

__getattr__, __dir__ = _attributes(
    __name__,
    {
        "library.checking": "opcheck",
        "library.custom": "CustomOpDef custom_op",
        "library.inference": "infer_schema",
        "library.libraries": "Library _scoped_library define fallthrough_kernel impl",
        "library.registering": (
            "get_ctx get_kernel impl_abstract register_autocast register_autograd register_fake register_kernel "
            "register_torch_dispatch register_vmap triton_op wrap_triton"
        ),
    },
)
