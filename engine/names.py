"""The names that `engine` and `Tensor` have beyond what is imported at once, and the modules that hold them.

A line for each module; see `late.py`. The most used operations stand in `__init__.py` and `tensor.py` themselves.
"""

SUBMODULES = (
    "_C __future__ _dynamo _ops _utils accelerator amp backends compiler cpu cuda distributed distributions export fft func functional futures fx hub jit library linalg "
    "mps multiprocessing nn onnx overrides profiler quasirandom return_types serialization settings signal sparse special storage testing torch_version types version xpu"
)

EACH = (
    "abs acos add addcdiv addcmul asin atan ceil clamp_max clamp_min cos cosh div erf erfc exp expm1 floor frac lerp lgamma log "
    "log10 log1p log2 maximum minimum mul neg pow reciprocal round rsqrt sigmoid sign sin sinh sqrt sub tan tanh trunc"
)  # what has forms for each tensor of a list

FUNCTIONS = {
    "_C": "DisableTorchFunction DisableTorchFunctionSubclass PyTorchFileReader PyTorchFileWriter",
    "_ops": "ops",
    "library.names": "Tag",
    "library.schemas": "Argument FunctionSchema",
    "amp.autocast_mode": "autocast",
    "amp.grad_scaler": "GradScaler",
    "anomaly": "is_anomaly_check_nan_enabled is_anomaly_enabled set_anomaly_enabled",
    "attributes": "get_device is_distributed is_nonzero is_same_size is_signed numel",
    "checks": "_assert _assert_async _check _check_index _check_not_implemented _check_tensor_all _check_type _check_value _check_with",
    "compiler": "compile",
    "device": "get_default_device get_device_module is_vulkan_available set_default_device",
    "dlpack": "from_dlpack to_dlpack",
    "dtypes": "float4_e2m1fn_x2 float8_e4m3fn float8_e4m3fnuz float8_e5m2 float8_e5m2fnuz float8_e8m0fnu uint16 uint32 uint64",
    "futures": "Future",
    "layouts": (
        "_mkldnn channels_last channels_last_3d jagged layout legacy_contiguous_format sparse_bsc sparse_bsr sparse_coo sparse_csc sparse_csr strided"
    ),
    "legacy": (
        "BFloat16Tensor BoolTensor ByteTensor CharTensor DoubleTensor FloatTensor HalfTensor IntTensor LongTensor ShortTensor "
        "set_default_tensor_type"
    ),
    "ops.draws": "bernoulli binomial multinomial normal poisson",
    "ops.foreach": " ".join(f"_foreach_{each} _foreach_{each}_" for each in EACH.split())
    + " _foreach_clone _foreach_copy_ _foreach_max _foreach_norm _foreach_zero_",
    "ops.gamma": "_dirichlet_grad _sample_dirichlet _standard_gamma _standard_gamma_grad",
    "ops.making": (
        "asarray empty_permuted empty_strided from_file frombuffer logspace range scalar_tensor tril_indices triu_indices"
    ),
    "removed": "eig lstsq matrix_rank solve symeig",
    "serialization": "load save",
    "streams": "AcceleratorError Event FatalError OutOfMemoryError Stream",
    "symbols": (
        "SymBool SymFloat SymInt sym_constrain_range sym_constrain_range_for_size sym_float sym_fresh_size sym_int sym_ite sym_max "
        "sym_min sym_not sym_sqrt sym_sum"
    ),
    "settings": (
        "are_deterministic_algorithms_enabled autocast_decrement_nesting autocast_increment_nesting clear_autocast_cache "
        "get_autocast_cpu_dtype get_autocast_dtype get_autocast_gpu_dtype get_autocast_ipu_dtype get_autocast_xla_dtype "
        "get_deterministic_debug_mode get_float32_matmul_precision get_num_interop_threads get_num_threads init_num_threads "
        "is_autocast_cache_enabled is_autocast_cpu_enabled is_autocast_enabled is_autocast_ipu_enabled is_autocast_xla_enabled "
        "is_deterministic_algorithms_warn_only_enabled is_warn_always_enabled set_autocast_cache_enabled set_autocast_cpu_dtype "
        "set_autocast_cpu_enabled set_autocast_dtype set_autocast_enabled set_autocast_gpu_dtype set_autocast_ipu_dtype "
        "set_autocast_ipu_enabled set_autocast_xla_dtype set_autocast_xla_enabled set_deterministic_debug_mode "
        "set_float32_matmul_precision set_flush_denormal set_num_interop_threads set_num_threads set_warn_always "
        "use_deterministic_algorithms"
    ),
    "storage": (
        "BFloat16Storage BoolStorage ByteStorage CharStorage ComplexDoubleStorage ComplexFloatStorage DoubleStorage FloatStorage "
        "HalfStorage IntStorage LongStorage ShortStorage TypedStorage UntypedStorage is_storage"
    ),
    "nn.functions.adaptive_pooling": "adaptive_avg_pool1d",
    "nn.functions.pooling_with_indices": "adaptive_max_pool1d",
    "nn.functions.convolution": "conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d convolution",
    "nn.functions.normalization": "group_norm layer_norm native_batch_norm native_group_norm native_layer_norm rms_norm",
    "nn.functions.normalization_in_namespace": "batch_norm instance_norm",
    "nn.functions.sampling": "affine_grid_generator grid_sampler grid_sampler_2d grid_sampler_3d",
    "nn.functions.pooling": "avg_pool1d max_pool1d max_pool1d_with_indices max_pool2d max_pool3d",
    "func.vmap": "vmap",
    "ops.convolution_in_time": "conv_tbc",
    "ops.recurrent": "gru gru_cell lstm lstm_cell rnn_relu rnn_relu_cell rnn_tanh rnn_tanh_cell",
    "ops.rearranging": "fliplr flipud moveaxis movedim repeat_interleave roll rot90 split_with_sizes swapdims tile",
    "ops.stacking": (
        "atleast_1d atleast_2d atleast_3d block_diag broadcast_shapes broadcast_tensors cartesian_prod column_stack combinations "
        "concatenate dstack hstack meshgrid row_stack vstack"
    ),
    "ops.parts": "as_strided_scatter diag_embed diagflat diagonal_scatter select_scatter slice_scatter unflatten",
    "ops.lookup": "argwhere nonzero nonzero_static put take take_along_dim unravel_index",
    "ops.linalg": "dsmm spmm",
    "ops.views": "detach",
    "ops.assigning": "index_put_",
    "filling": "fill_ zero_",
    "shape_changes": "as_strided_ detach_ resize_as_",
    "sparse_tensors": "sparse_coo_tensor",
    "linalg.reflections": "ormqr",
    "ops.histograms": "histogramdd",
    "ops.segments": "segment_reduce",
    "ops.products": ("addbmm addmv addr baddbmm chain_matmul cross ger inner kron tensordot trace addmv_"),
    "ops.einsum": "einsum",
    "linalg.older": (
        "cholesky cholesky_inverse cholesky_solve det frobenius_norm geqrf inverse logdet lu lu_solve lu_unpack matrix_exp "
        "matrix_power nuclear_norm orgqr pca_lowrank pinverse qr slogdet svd svd_lowrank triangular_solve vander"
    ),
    "fft.short_time": "istft stft",
    "ops.windows": "bartlett_window blackman_window hamming_window hann_window kaiser_window",
    "ops.embedding": "embedding embedding_renorm_",
    "ops.embedding_bag": "embedding_bag",
    "ops.copies": "fill split_copy split_with_sizes_copy unbind_copy",
    "ops.dropout": (
        "native_dropout "
        "alpha_dropout alpha_dropout_ dropout dropout_ feature_alpha_dropout feature_alpha_dropout_ feature_dropout feature_dropout_"
    ),
    "ops.padding": "constant_pad_nd",
    "ops.weight_norms": "_weight_norm norm_except_dim",
    "ops.shuffles": "channel_shuffle native_channel_shuffle pixel_shuffle pixel_unshuffle",
    "nn.functions.distance": "cosine_similarity pairwise_distance",
    "nn.functions.linear": "bilinear",
    "ops.ctc": "ctc_loss",
    "ops.likelihoods": "kl_div poisson_nll_loss",
    "ops.losses": "binary_cross_entropy_with_logits",
    "ops.margins": "cosine_embedding_loss hinge_embedding_loss margin_ranking_loss triplet_margin_loss",
    "ops.rectifiers": "celu celu_ prelu rrelu rrelu_ selu selu_ threshold_",
    "ops.with_out": (
        "acosh all amax amin angle any argmax argmin asinh atanh bitwise_and bitwise_not bitwise_or bitwise_xor ceil floor isclose "
        "allclose equal "
        "logical_and logical_or logical_xor logsumexp max min norm round sgn sign std trunc var "
        "addcdiv addcmul aminmax arccos arccosh arcsin arcsinh arctan arctan2 arctanh argsort atan2 bincount bitwise_left_shift "
        "bitwise_right_shift bucketize cdist clamp_max clamp_min copysign corrcoef count_nonzero cov cummax cummin cumprod "
        "cumulative_trapezoid deg2rad diff digamma dist erf erfc erfinv fix float_power fmax fmin fmod frac frexp gcd greater "
        "greater_equal hardshrink heaviside histc histogram hypot i0 igamma igammac isin isneginf isposinf kthvalue lcm ldexp "
        "alias_copy as_strided_copy detach_copy diagonal_copy expand_copy narrow_copy permute_copy select_copy slice_copy hash_tensor "
        "squeeze_copy t_copy transpose_copy unfold_copy unsqueeze_copy view_as_complex_copy view_as_real_copy view_copy "
        "lerp less less_equal lgamma logaddexp logaddexp2 logcumsumexp logit median mode msort mvlgamma nan_to_num nanmean "
        "nanmedian nanquantile nansum nextafter not_equal pdist polygamma positive quantile rad2deg renorm rsub searchsorted "
        "index_reduce scatter_reduce signbit sinc sort std_mean threshold topk trapezoid trapz unique unique_consecutive var_mean xlogy"
    ),
    "ops.forms_in_place": (
        "abs_ acos_ acosh_ arccos_ arccosh_ arcsin_ arcsinh_ arctan_ arctanh_ asin_ asinh_ atan_ atanh_ ceil_ clamp_ clamp_max_ "
        "clamp_min_ clip_ cos_ cosh_ deg2rad_ erf_ erfc_ exp2_ exp_ expm1_ fix_ floor_ frac_ gcd_ i0_ lcm_ ldexp_ log10_ log1p_ "
        "log2_ log_ logit_ nan_to_num_ neg_ negative_ rad2deg_ reciprocal_ relu_ round_ rsqrt_ sigmoid_ sin_ sinc_ sinh_ sqrt_ "
        "square_ tan_ tanh_ trunc_ xlogy_ conj_physical_"
    ),
    "ops.slicing": "slice_inverse",
    "ops.splitting": "unsafe_split_with_sizes",
}

METHODS: dict[str, str] = {
    "sparse_operations": "sparse_mask",
    "sparse_tensors": "indices is_coalesced to_sparse values",
    "ops.complex": "_conj _neg_view",
    "ops.rectifiers": "prelu",
    "ops.shrinking": "hardshrink",
    "attributes": (
        "_is_zerotensor apply_ byte ccol_indices chalf char coalesce col_indices const_data_ptr crow_indices cuda dense_dim dim_order get_device is_cpu is_cuda is_distributed is_hpu is_ipu is_maia is_meta is_mkldnn "
        "is_mps is_mtia is_nested is_nonzero is_ort is_pinned is_quantized is_same_size is_set_to is_signed is_sparse "
        "is_sparse_csr is_vulkan is_xla is_xpu itemsize map2_ map_ module_load name nbytes pin_memory row_indices sparse_dim to_dense volatile "
        "xpu"
    ),
    "dlpack": "__dlpack__ __dlpack_device__",
    "ops.random": "cauchy_ geometric_ log_normal_",
    "ops.draws": "bernoulli multinomial",
    "ops.new": "new new_empty new_empty_strided new_full new_ones new_tensor new_zeros",
    "removed": "eig lstsq reinforce resize resize_as solve symeig",
    "storage": "_typed_storage is_shared share_memory_ storage storage_type untyped_storage",
    "ops.rearranging": "fliplr flipud moveaxis movedim repeat_interleave roll rot90 split_with_sizes sum_to_size tile",
    "ops.parts": (
        "as_strided_scatter diag_embed diagflat diagonal_scatter fill_diagonal_ select_scatter slice_scatter tril_ triu_ unflatten "
        "unfold"
    ),
    "ops.lookup": "argwhere nonzero nonzero_static put put_ take take_along_dim",
    "ops.reduced_writes": "index_reduce index_reduce_ scatter_reduce scatter_reduce_",
    "ops.products": ("addbmm addbmm_ addmv addmv_ addr addr_ baddbmm baddbmm_ cross ger inner kron trace"),
    "linalg.reflections": "ormqr",
    "linalg.older": (
        "cholesky cholesky_inverse cholesky_solve det geqrf inverse logdet lu lu_solve matrix_exp matrix_power orgqr pinverse qr "
        "slogdet svd triangular_solve"
    ),
    "fft.short_time": "istft stft",
    "ops.unary": (
        "arccos arccosh arcsin arcsinh arctan arctanh clamp_max clamp_min deg2rad fix frac frexp isneginf isposinf "
        "logit nan_to_num rad2deg signbit sinc"
    ),
    "ops.bits": (
        "__ilshift__ __irshift__ __lshift__ __rlshift__ __rrshift__ __rshift__ bitwise_left_shift bitwise_right_shift gcd lcm"
    ),
    "ops.binary": (
        "float_power_ "
        "arctan2 atan2 bitwise_and bitwise_or bitwise_xor copysign float_power fmax fmin "
        "fmod greater greater_equal heaviside hypot ldexp less less_equal logaddexp logaddexp2 nextafter not_equal "
        "xlogy"
    ),
    "ops.ternary": "addcdiv addcmul lerp",
    "ops.special_functions": "digamma erf erfc erfinv i0 igamma igammac lgamma mvlgamma polygamma",
    "ops.scans": "cummax cummin cumprod diff logcumsumexp",
    "ops.sorting": "argsort kthvalue median mode msort nanmedian sort topk",
    "ops.searching": "unique unique_consecutive",
    "ops.moments": "aminmax corrcoef count_nonzero cov nanmean nansum",
    "ops.counting": "bincount histc histogram nanquantile quantile",
    "ops.distances": "dist renorm",
    "ops.copies": "narrow_copy",
    "ops.hashing": "hash_tensor",
    "ops.slicing": "slice_inverse",
    "ops.splitting": "unsafe_split_with_sizes",
    "ops.conversion": "positive",
    "ops.forms_in_place": (
        "absolute_ acos_ acosh_ addcdiv_ addcmul_ arccos_ arccosh_ arcsin_ arcsinh_ arctan2_ arctan_ arctanh_ asin_ asinh_ "
        "atan2_ atan_ atanh_ bitwise_left_shift_ bitwise_not_ bitwise_right_shift_ ceil_ clamp_max_ clamp_min_ copysign_ cosh_ "
        "cumprod_ cumsum_ deg2rad_ digamma_ eq_ erf_ erfc_ erfinv_ exp2_ expm1_ fix_ floor_ fmod_ frac_ gcd_ ge_ "
        "greater_ greater_equal_ gt_ heaviside_ hypot_ i0_ igamma_ igammac_ lcm_ ldexp_ le_ lerp_ less_ less_equal_ lgamma_ "
        "log10_ log1p_ log2_ logical_not_ logical_xor_ logit_ lt_ mvlgamma_ nan_to_num_ ne_ negative_ nextafter_ not_equal_ "
        "conj_physical_ polygamma_ rad2deg_ renorm_ round_ sgn_ sign_ sinc_ sinh_ tan_ true_divide_ trunc_ xlogy_"
    ),
}

# what `torch.Tensor` has and `Tensor` lacks: sparse and quantized tensors, other machines, and names long deprecated
ABSENT_METHODS = (
    "dequantize index "
    "int_repr ipu "
    "mtia q_per_channel_axis q_per_channel_scales "
    "q_per_channel_zero_points q_scale q_zero_point qscheme record_stream resize_as_sparse_ "
    "smm sparse_resize_ sparse_resize_and_clear_ sspaddmm to_mkldnn "
    "to_padded_tensor to_sparse_bsc to_sparse_bsr to_sparse_coo to_sparse_csc to_sparse_csr"
)
