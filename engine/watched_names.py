"""Which functions, methods and attributes ask modes and types, and what they hand over. See `watching.py`.

Source: torch.overrides, and what PyTorch hands over.
"""

from __future__ import annotations


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


FUNCTIONAL = "torch.nn.functional."
FAMILIES = ("linalg", "fft", "special")  # their functions go by the family's name too: `linalg_norm`

# ---- functions ---------------------------------------------------------------------------------------------

# what never asks, as it neither takes nor makes tensors, or only passes them on
NEVER_IN_NAMESPACE = _names(
    "are_deterministic_algorithms_enabled autocast_decrement_nesting autocast_increment_nesting broadcast_shapes "
    "clear_autocast_cache compile eig from_dlpack get_rng_state init_num_threads initial_seed is_anomaly_check_nan_enabled "
    "is_anomaly_enabled is_grad_enabled is_inference_mode_enabled is_storage is_tensor is_warn_always_enabled load lstsq "
    "manual_seed matrix_rank save seed solve symeig sym_fresh_size sym_sqrt to_dlpack typename use_deterministic_algorithms "
    "vmap"
)
NEVER_IN_FUNCTIONAL = _names(
    "celu_ elu_ hardsigmoid hardswish hardtanh_ leaky_relu_ relu_ rrelu_ selu_ sigmoid tanh threshold_ upsample "
    "upsample_bilinear upsample_nearest"
)
NEVER = {
    "torch.": NEVER_IN_NAMESPACE,
    FUNCTIONAL: NEVER_IN_FUNCTIONAL,
    "torch.fft.": _names("fftfreq rfftfreq"),
}
NEVER_BEGIN = (
    "_",
    "get_autocast",
    "get_def",
    "get_det",
    "get_fl",
    "get_num",
    "set_",
    "is_autocast",
    "is_deterministic",
)
# what the functions are called that are handed over
OTHER_NAMES = {
    "torch.": {"spmm": "mm"},
    FUNCTIONAL: {"logsigmoid": "log_sigmoid", "threshold": "_threshold"},
}
# what PyTorch has in Python: it hands over every argument that has a default value by its name
IN_PYTHON = _names(
    "atleast_1d atleast_2d atleast_3d block_diag broadcast_tensors cartesian_prod cdist chain_matmul einsum lobpcg lu meshgrid "
    "norm pca_lowrank split stft svd_lowrank sym_float sym_int sym_ite sym_max sym_min sym_not sym_sum tensordot unique "
    "unique_consecutive unravel_index"
)
# and of `nn.functional`, what it has not
NOT_IN_PYTHON = _names(
    "adaptive_avg_pool1d avg_pool1d avg_pool2d avg_pool3d bilinear channel_shuffle conv1d conv2d conv3d conv_tbc "
    "conv_transpose1d conv_transpose2d conv_transpose3d cosine_similarity gelu hardshrink linear logsigmoid "
    "native_channel_shuffle one_hot pairwise_distance pdist pixel_shuffle pixel_unshuffle prelu scaled_dot_product_attention "
    "softplus softshrink"
)
# what only modes see
MAKING = _names("torch.tensor torch.as_tensor torch.asarray torch.from_numpy torch.sparse_coo_tensor")
WITH_OUT = (
    "torch.functional.norm",
    "torch.functional.tensordot",
)  # of those in Python, what hands over `out`
NOT_HANDED_OVER = ("ambiguity_check", "copy", "cudnn_enable", "cudnn_enabled")
# what layers call that is not in `nn.functional`, or there by another way
OF_LAYERS = {
    "ops.activations": "sigmoid tanh",
    "ops.recurrent": "gru gru_cell lstm lstm_cell rnn_relu rnn_relu_cell rnn_tanh rnn_tanh_cell",
}

# ---- tensors' own methods and attributes -------------------------------------------------------------------

METHODS_IN_PYTHON = _names(
    "__array__ __array_wrap__ __contains__ __deepcopy__ __dlpack__ __dlpack_device__ __floordiv__ __format__ __ipow__ __len__ "
    "__pow__ __rdiv__ __reduce_ex__ __repr__ __reversed__ __rfloordiv__ __rlshift__ __rmatmul__ __rmod__ __rpow__ __rrshift__ "
    "__rsub__ __rtruediv__ __setstate__ backward dim_order index is_shared istft lu module_load norm register_hook "
    "register_post_accumulate_grad_hook resize resize_as share_memory_ split stft storage storage_type unique "
    "unique_consecutive"
)
# what is handed over for operators; those that are not here go by their own names
_METHODS_OF_OPERATORS = (
    "add:add radd:add sub:sub mul:mul rmul:mul truediv:div div:div mod:remainder matmul:matmul rand:bitwise_and "
    "ror:bitwise_or rxor:bitwise_xor iadd:add_ isub:sub_ imul:mul_ itruediv:div_ imod:remainder_ ifloordiv:floor_divide_ "
    "rtruediv:__rdiv__ pow:pow ipow:pow_ neg:neg abs:abs pos:positive ne:ne lt:lt le:le gt:gt ge:ge"
)
CALLED_BY_OPERATORS = {
    f"__{operator}__": method
    for operator, method in (each.split(":") for each in _METHODS_OF_OPERATORS.split())
}
_BINARY = "add sub mul truediv div floordiv mod pow matmul and or xor lshift rshift eq ne lt le gt ge"
OPERATORS = frozenset(  # where Python asks the other operand if nobody knows an answer
    f"__{side}{name}__" for name in _BINARY.split() for side in ("", "r", "i")
)
ATTRIBUTES = _names(
    "H T _backward_hooks _grad_fn _post_accumulate_grad_hooks _version data device dtype grad grad_dtype grad_fn imag is_cpu "
    "is_cuda is_ipu is_leaf is_maia is_meta is_mkldnn is_mps is_mtia is_nested is_quantized is_sparse is_sparse_csr is_vulkan "
    "is_xla is_xpu itemsize layout mH mT name nbytes ndim output_nr real requires_grad retains_grad shape volatile"
)
# what never asks
KEPT = _names(
    "__array_priority__ __array_wrap__ __class__ __copy__ __delattr__ __dict__ __dir__ __doc__ __getattribute__ __hash__ "
    "__init__ __init_subclass__ __iter__ __module__ __new__ __orig_bases__ __reduce__ __setattr__ __sizeof__ __slots__ "
    "__torch_function__ __weakref__ _accumulate _accumulate_retained _as _make_subclass _reduce_to as_subclass"
)
