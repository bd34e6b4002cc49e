"""The signatures of the functions and methods that programs call most, as PyTorch writes them in its refusals.

Signatures of one name are separated by "|", in PyTorch's order. `<` stands for the parenthesis and the input, `>` for `out`
and the parenthesis, `@` for the options of what makes a tensor; `Tensor*` also takes a number. A method has the signatures
of the function without the input and `out`, unless it is listed itself.
"""

from __future__ import annotations

SHORT = {
    "<": "(Tensor input",
    " >": ", *, Tensor out = None)",
    "@": (
        "torch.dtype dtype = None, torch.layout layout = None, torch.device device = None, bool pin_memory = False, "
        "bool requires_grad = False"
    ),
}

FUNCTIONS = {
    "(str filename, bool shared = None, int size = 0, *, @)": "from_file",
    "(str device_type)": "get_autocast_dtype",
    "(str device_type, torch.dtype dtype)": "set_autocast_dtype",
    "(str device_type, bool enabled) | (bool enabled)": "set_autocast_enabled",
    "<, tuple of ints size, tuple of ints stride, int storage_offset = None >": "as_strided_copy",
    "<, int offset = 0, int dim1 = 0, int dim2 = 1 >": "diagonal_copy",
    "<, tuple of ints size, *, bool implicit = False, Tensor out = None)": "expand_copy",
    "<, tuple of ints dims >": "permute_copy",
    "<, int dim, int index >": "select_copy",
    "<, int dim = 0, int start = None, int end = None, int step = 1 >": "slice_copy",
    "<, int split_size, int dim = 0, *, tuple of Tensors out = None)": "split_copy",
    "<, tuple of ints split_sizes, int dim = 0, *, tuple of Tensors out = None)": "split_with_sizes_copy",
    "< > | <, int dim > | <, tuple of ints dim >": "squeeze_copy",
    "<, int dim0, int dim1 >": "transpose_copy",
    "<, int dim = 0, *, tuple of Tensors out = None)": "unbind_copy",
    "<, int dimension, int size, int step >": "unfold_copy",
    "<, int dim >": "unsqueeze_copy",
    "<, torch.dtype dtype > | <, tuple of ints size >": "view_copy",
    "<, int dim, int start, int length >": "narrow_copy",
    "<, tuple of ints split_sizes, int dim = 0)": "unsafe_split_with_sizes",
    "<, Tensor value) | <, Number value)": "fill",
    "<, float p, bool train)": "native_dropout",
    "<, Number lambd = 0.5 >": "softshrink",
    "<, Number lambd = 0.5)": "hardshrink",
    "(Tensor x1, Tensor x2, int dim = 1, float eps = 1e-08)": "cosine_similarity",
    "<, tuple of ints dim = (), *, bool keepdim = False, int mode = 0, Tensor out = None)": "hash_tensor",
    "<, Tensor src, int dim = 0, int start = None, int end = None, int step = 1)": "slice_inverse",
    ("< >"): (
        "abs cos cosh exp floor inverse log log2 log1p logical_not neg reciprocal rsqrt sigmoid sign sin "
        "sqrt square tan tanh trunc erf lgamma sinh frac atan asin acos expm1 ceil exp2 log10 "
        "erfc asinh acosh atanh sgn linalg_eigvals linalg_matrix_exp alias_copy detach_copy t_copy view_as_complex_copy view_as_real_copy"
    ),
    "(Tensor* input, Tensor* other, *, Number alpha = 1, Tensor out = None)": "add sub",
    (
        "<, Tensor mat1, Tensor mat2, *, Number beta = 1, Number alpha = 1, Tensor out = None) | "
        "<, Tensor mat1, Tensor mat2, torch.dtype out_dtype, *, Number beta = 1, Number alpha = 1, Tensor out = None)"
    ): "addmm",
    "< > | <, tuple of ints dim = None, bool keepdim = False > | <, int dim, bool keepdim = False >": "all any",
    "<, Tensor other, float rtol = 1e-05, float atol = 1e-08, bool equal_nan = False)": "allclose isclose",
    "<, tuple of ints dim = (), bool keepdim = False >": "amax amin",
    "<, int dim = None, bool keepdim = False >": "argmax argmin",
    (
        "<, *, bool stable, int dim = -1, bool descending = False, Tensor out = None) | "
        "<, int dim = -1, bool descending = False)"
    ): "argsort",
    "<, tuple of ints size, tuple of ints stride, int storage_offset = None)": "as_strided",
    "<, Tensor other >": "atan2 logical_and logical_or linalg_matmul matmul maximum minimum vdot logaddexp",
    (
        "<, Tensor batch1, Tensor batch2, *, Number beta = 1, Number alpha = 1, Tensor out = None) | "
        "<, Tensor batch1, Tensor batch2, torch.dtype out_dtype, *, Number beta = 1, Number alpha = 1, Tensor out = None)"
    ): "baddbmm",
    (
        "<, *, torch.Generator generator = None, Tensor out = None) | "
        "<, float p, *, torch.Generator generator = None)"
    ): "bernoulli",
    (
        "<, tuple of ints kernel_size, tuple of ints stride = (), tuple of ints padding = 0, tuple of ints dilation = 1, "
        "bool ceil_mode = False)"
    ): "max_pool1d max_pool2d max_pool3d",
    (
        "<, tuple of ints kernel_size, tuple of ints stride = (), tuple of ints padding = 0, bool ceil_mode = False, "
        "bool count_include_pad = True)"
    ): "avg_pool1d",
    (
        "<, tuple of ints kernel_size, tuple of ints stride = None, tuple of ints padding = 0, bool ceil_mode = False, "
        "bool count_include_pad = True, int divisor_override = None)"
    ): "avg_pool2d avg_pool3d",
    (
        "<, Tensor weight, Tensor bias = None, tuple of ints stride = 1, tuple of ints padding = 0, "
        "tuple of ints output_padding = 0, int groups = 1, tuple of ints dilation = 1)"
    ): "conv_transpose1d conv_transpose2d conv_transpose3d",
    "<, Tensor weights = None, int minlength = 0)": "bincount",
    "<, Tensor mat2 > | <, Tensor mat2, torch.dtype out_dtype >": "bmm mm",
    "<, tuple of ints size)": "broadcast_to",
    (
        "<, Tensor boundaries, *, bool out_int32 = False, bool right = False, Tensor out = None) | "
        "(Number self, Tensor boundaries, *, bool out_int32 = False, bool right = False)"
    ): "bucketize",
    "(tuple of Tensors tensors, int dim = 0 >": "cat concat stack",
    "<, int chunks, int dim = 0)": "chunk",
    "<, Tensor min = None, Tensor max = None > | <, Number min = None, Number max = None >": "clamp clip",
    "<, *, torch.memory_format memory_format = None)": "clone",
    "<, Tensor weight, Tensor bias, int pad = 0)": "conv_tbc",
    "<, int dim = None) | <, tuple of ints dim)": "count_nonzero",
    "<, Tensor other, int dim = None >": "cross",
    "<, int dim, *, tuple of Tensors out = None)": "cummax",
    "<, int dim, *, torch.dtype dtype = None, Tensor out = None)": "cumprod cumsum",
    "<, int diagonal = 0 >": "diag tril triu",
    "<, int offset = 0, int dim1 = 0, int dim2 = 1)": "diagonal",
    "<, int n = 1, int dim = -1, Tensor prepend = None, Tensor append = None >": "diff",
    (
        "(Tensor* input, Tensor* other > | "
        "(Tensor* input, Tensor* other, *, str rounding_mode, Tensor out = None) | "
        "<, Number other, *, str rounding_mode)"
    ): "div",
    (
        "<, Tensor other > | "
        "<, Tensor other, *, str rounding_mode, Tensor out = None) | "
        "<, Number other) | "
        "<, Number other, *, str rounding_mode)"
    ): "divide",
    "<, Tensor tensor >": "dot",
    "(tuple of ints size, *, torch.memory_format memory_format = None, Tensor out = None, @)": "empty",
    "<, Tensor other > | <, Number other >": "eq ge gt le lt ne fmod",
    "<, Tensor other)": "equal",
    "(int n, *, Tensor out = None, @) | (int n, int m, *, Tensor out = None, @)": "eye",
    "<, int start_dim = 0, int end_dim = -1)": "flatten",
    "<, tuple of ints dims)": "flip permute tile",
    "<, Tensor other > | <, Number other)": "floor_divide multiply",
    "<, Number fill_value, *, torch.memory_format memory_format = None, @)": "full_like",
    "<, int dim, Tensor index, *, bool sparse_grad = False, Tensor out = None)": "gather",
    "<, int bins = 100, Number min = 0, Number max = 0 >": "histc",
    (
        "<, int bins, tuple of floats range = None, Tensor weight = None, bool density = False) | "
        "<, tuple of ints bins, tuple of floats range = None, Tensor weight = None, bool density = False) | "
        "<, tuple of Tensors bins, tuple of floats range = None, Tensor weight = None, bool density = False)"
    ): "histogramdd",
    (
        "<, Tensor bins, *, Tensor weight = None, bool density = False, tuple of Tensors out = None) | "
        "<, int bins = 100, *, tuple of floats range = None, Tensor weight = None, bool density = False, tuple of Tensors out = None)"
    ): "histogram",
    (
        "(Tensor data, str reduce, *, Tensor lengths = None, Tensor indices = None, Tensor offsets = None, int axis = 0, "
        "bool unsafe = False, Number initial = None)"
    ): "segment_reduce",
    "<, Tensor input2, Tensor input3, bool left = True, bool transpose = False >": "ormqr",
    "<, int dim, Tensor index, Tensor source, *, Number alpha = 1, Tensor out = None)": "index_add",
    "<, int dim, Tensor index >": "index_select",
    "<)": "conj_physical_ is_distributed isfinite isinf isnan relu trace ravel",
    "<, int k, int dim = -1, bool keepdim = False, *, tuple of Tensors out = None)": "kthvalue",
    (
        "(Tensor start, Tensor end, int steps, *, Tensor out = None, @) | "
        "(Number start, Tensor end, int steps, *, Tensor out = None, @) | "
        "(Tensor start, Number end, int steps, *, Tensor out = None, @) | "
        "(Number start, Number end, int steps, *, Tensor out = None, @)"
    ): "linspace",
    (
        "(Number end, *, Tensor out = None, @) | "
        "(Number start, Number end, *, @) | "
        "(Number start, Number end, Number step = 1, *, Tensor out = None, @)"
    ): "arange",
    "<, Tensor end, Tensor weight > | <, Tensor end, Number weight >": "lerp",
    "<, int dim, torch.dtype dtype = None >": "log_softmax softmax",
    "<, tuple of ints dim, bool keepdim = False >": "logsumexp",
    "<, Tensor mask, Tensor value) | <, Tensor mask, Number value)": "masked_fill",
    "<, Tensor mask >": "masked_select",
    "< > | <, Tensor other > | <, int dim, bool keepdim = False, *, tuple of Tensors out = None)": "max min",
    (
        "<, *, torch.dtype dtype = None, Tensor out = None) | "
        "<, tuple of ints dim, bool keepdim = False, *, torch.dtype dtype = None, Tensor out = None)"
    ): "mean",
    "<) | <, int dim, bool keepdim = False, *, tuple of Tensors out = None)": "median",
    "<, int dim = -1, bool keepdim = False, *, tuple of Tensors out = None)": "mode",
    "<, int source, int destination) | <, tuple of ints source, tuple of ints destination)": "movedim moveaxis",
    "(Tensor* input, Tensor* other >": "mul",
    (
        "<, int num_samples, bool replacement = False, *, torch.Generator generator = None, Tensor out = None)"
    ): "multinomial",
    "<, Tensor vec >": "mv",
    "<, int dim, Tensor start, int length) | <, int dim, int start, int length)": "narrow",
    "(tuple of ints size, *, Tensor out = None, @)": "ones zeros",
    "<, *, torch.memory_format memory_format = None, @)": "ones_like zeros_like",
    "<, Tensor vec2 >": "outer",
    "<, Tensor exponent > | (Number self, Tensor exponent > | <, Number exponent >": "pow",
    (
        "<, *, torch.dtype dtype = None) | "
        "<, int dim, bool keepdim = False, *, torch.dtype dtype = None, Tensor out = None)"
    ): "prod",
    (
        '<, Tensor q, int dim = None, bool keepdim = False, *, str interpolation = "linear", Tensor out = None) | '
        '<, float q, int dim = None, bool keepdim = False, *, str interpolation = "linear", Tensor out = None)'
    ): "quantile",
    (
        "(tuple of ints size, *, torch.Generator generator, Tensor out = None, @) | "
        "(tuple of ints size, *, Tensor out = None, @)"
    ): "rand randn",
    (
        "<, *, torch.Generator generator, torch.memory_format memory_format = None, @) | "
        "<, *, torch.memory_format memory_format = None, @)"
    ): "rand_like randn_like",
    (
        "(int high, tuple of ints size, *, torch.Generator generator, Tensor out = None, @) | "
        "(int high, tuple of ints size, *, Tensor out = None, @) | "
        "(int low, int high, tuple of ints size, *, torch.Generator generator, Tensor out = None, @) | "
        "(int low, int high, tuple of ints size, *, Tensor out = None, @)"
    ): "randint",
    "(int n, *, torch.Generator generator, Tensor out = None, @) | (int n, *, Tensor out = None, @)": "randperm",
    "<, Tensor other > | (Number self, Tensor other) | <, Number other >": "remainder",
    (
        "<, Tensor repeats, int dim = None, *, int output_size = None) | "
        "(Tensor repeats, *, int output_size = None) | "
        "<, int repeats, int dim = None, *, int output_size = None)"
    ): "repeat_interleave",
    "<, tuple of ints shape)": "reshape",
    "<, tuple of ints shifts, tuple of ints dims = ())": "roll",
    (
        "<, int dim, Tensor index, Tensor src > | "
        "<, int dim, Tensor index, Tensor src, *, str reduce, Tensor out = None) | "
        "<, int dim, Tensor index, Number value > | "
        "<, int dim, Tensor index, Number value, *, str reduce, Tensor out = None)"
    ): "scatter",
    "<, int dim, Tensor index, Tensor src >": "scatter_add",
    (
        "(Tensor sorted_sequence, Tensor input, *, bool out_int32 = False, bool right = False, str side = None, Tensor sorter = None, Tensor out = None) | "
        "(Tensor sorted_sequence, Number self, *, bool out_int32 = False, bool right = False, str side = None, Tensor sorter = None, Tensor out = None)"
    ): "searchsorted",
    "<, int dim, int index)": "select",
    (
        "<, *, bool stable, int dim = -1, bool descending = False, tuple of Tensors out = None) | "
        "<, int dim = -1, bool descending = False, *, tuple of Tensors out = None)"
    ): "sort",
    "<) | <, int dim) | <, tuple of ints dim)": "squeeze",
    (
        "<, tuple of ints dim, bool unbiased = True, bool keepdim = False > | "
        "<, tuple of ints dim = None, *, Number correction = None, bool keepdim = False, Tensor out = None) | "
        "<, bool unbiased = True)"
    ): "std var",
    (
        "<, tuple of ints dim, bool unbiased = True, bool keepdim = False) | "
        "<, tuple of ints dim = None, *, Number correction = None, bool keepdim = False) | "
        "<, bool unbiased = True)"
    ): "std_mean var_mean",
    "<, Tensor other, *, Number alpha = 1, Tensor out = None) | <, Number other, Number alpha = 1)": "subtract",
    (
        "<, *, torch.dtype dtype = None) | "
        "<, tuple of ints dim, bool keepdim = False, *, torch.dtype dtype = None, Tensor out = None)"
    ): "sum",
    "<, Tensor index >": "take",
    "<, int k, int dim = -1, bool largest = True, bool sorted = True, *, tuple of Tensors out = None)": "topk",
    "<, int dim0, int dim1)": "transpose",
    "(Tensor y, *, float dx = 1, int dim = -1) | (Tensor y, Tensor x, *, int dim = -1)": "trapz",
    "<, int dim = 0)": "unbind",
    "<, int dim)": "unsqueeze",
    "(tuple of Tensors tensors >": "linalg_multi_dot vstack hstack",
    "<, Tensor min = None, Tensor max = None) | <, Number min = None, Number max = None)": "clamp_",
    "<, int axis0, int axis1)": "swapaxes",
    "<, float nan = None, float posinf = None, float neginf = None >": "nan_to_num",
    (
        "<, tuple of ints indices, int dim = 0) | "
        "<, Tensor tensor_indices_or_sections, int dim = 0) | "
        "<, int sections, int dim = 0)"
    ): "tensor_split",
    "<, Tensor other, Number p = 2)": "dist",
    "<, Number p, int dim, Number maxnorm >": "renorm",
    (
        "<, tuple of ints s = None, tuple of ints dim = None, str norm = None >"
    ): "fft_ihfftn fft_hfftn fft_ifftn fft_fftn fft_irfftn fft_rfftn",
    (
        "<, tuple of ints s = None, tuple of ints dim = {-2,-1}, str norm = None >"
    ): "fft_ihfft2 fft_hfft2 fft_irfft2 fft_fft2 fft_rfft2 fft_ifft2",
    "(Tensor A, *, bool pivot = True, tuple of Tensors out = None)": "linalg_lu linalg_lu_factor",
    "(Tensor LD, Tensor pivots, Tensor B, *, bool hermitian = False, Tensor out = None)": "linalg_ldl_solve",
    (
        "(int n, float d = 1.0, *, torch.dtype dtype = None, torch.layout layout = None, torch.device device = None, bool pin_memory = None, Tensor out = None)"
    ): "fft_rfftfreq fft_fftfreq",
    "<, int n >": "linalg_matrix_power",
    "(Tensor x, *, int N = None)": "linalg_vander",
    (
        "<, *, Tensor atol = None, Tensor rtol = None, bool hermitian = False, Tensor out = None) | "
        "<, *, float atol = None, float rtol = None, bool hermitian = False, Tensor out = None) | "
        "<, Tensor rcond, bool hermitian = False > | "
        "<, float rcond, bool hermitian = False >"
    ): "linalg_pinv",
    (
        "<, Number ord = None, tuple of ints dim = None, bool keepdim = False, *, torch.dtype dtype = None, Tensor out = None) | "
        "<, str ord, tuple of ints dim = None, bool keepdim = False, *, torch.dtype dtype = None, Tensor out = None)"
    ): "linalg_norm",
    "<, tuple of ints dim = None)": "fft_ifftshift fft_fftshift",
    "(Tensor A, *, bool check_errors = False, tuple of Tensors out = None)": "linalg_inv_ex",
    "<, Tensor b, float rcond = None, *, str driver = None, tuple of Tensors out = None)": "linalg_lstsq",
    "<, *, bool upper = False, bool check_errors = False, tuple of Tensors out = None)": "linalg_cholesky_ex",
    "(Tensor A, str mode = reduced, *, tuple of Tensors out = None)": "linalg_qr",
    "(Tensor A >": "linalg_det linalg_inv",
    "<, int ind = 2 >": "linalg_tensorinv",
    "<, Tensor tau >": "linalg_householder_product",
    "(Tensor A, Tensor B, *, bool left = True, Tensor out = None)": "linalg_solve",
    "<, Number p = None > | <, str p >": "linalg_cond",
    "<, int n = None, int dim = -1, str norm = None >": "fft_ihfft fft_hfft fft_rfft fft_fft fft_ifft fft_irfft",
    (
        "<, Number ord, tuple of ints dim = {-2,-1}, bool keepdim = False, *, torch.dtype dtype = None, Tensor out = None) | "
        '<, str ord = "fro", tuple of ints dim = {-2,-1}, bool keepdim = False, *, torch.dtype dtype = None, Tensor out = None)'
    ): "linalg_matrix_norm",
    (
        "<, Number ord = 2, tuple of ints dim = None, bool keepdim = False, *, torch.dtype dtype = None, Tensor out = None)"
    ): "linalg_vector_norm",
    "<, str UPLO = L, *, tuple of Tensors out = None)": "linalg_eigh",
    "(Tensor A, *, str driver = None, Tensor out = None)": "linalg_svdvals",
    "<, str UPLO = L >": "linalg_eigvalsh",
    "<, Tensor other, tuple of ints dims = None >": "linalg_tensorsolve",
    "(Tensor A, *, tuple of Tensors out = None)": "linalg_slogdet",
    (
        "<, *, Tensor atol = None, Tensor rtol = None, bool hermitian = False, Tensor out = None) | "
        "<, *, float atol = None, float rtol = None, bool hermitian = False, Tensor out = None) | "
        "<, Tensor tol, bool hermitian = False > | "
        "<, float tol, bool hermitian = False >"
    ): "linalg_matrix_rank",
    (
        "(Tensor A, Tensor B, *, bool left = True, bool check_errors = False, tuple of Tensors out = None)"
    ): "linalg_solve_ex",
    "<, *, tuple of Tensors out = None)": "linalg_eig",
    (
        "<, Tensor B, *, bool upper, bool left = True, bool unitriangular = False, Tensor out = None)"
    ): "linalg_solve_triangular",
    "<, *, bool upper = False, Tensor out = None)": "linalg_cholesky",
    "(Tensor A, bool full_matrices = True, *, str driver = None, tuple of Tensors out = None)": "linalg_svd",
    "(Tensor x, Tensor y, *, int dim = -1, Tensor out = None)": "linalg_vecdot",
    "(Tensor A, *, int offset = 0, int dim1 = -2, int dim2 = -1)": "linalg_diagonal",
    "<, *, bool hermitian = False, tuple of Tensors out = None)": "linalg_ldl_factor",
    "<, *, bool hermitian = False, bool check_errors = False, tuple of Tensors out = None)": "linalg_ldl_factor_ex",
    (
        "(Tensor LU, Tensor pivots, Tensor B, *, bool left = True, bool adjoint = False, Tensor out = None)"
    ): "linalg_lu_solve",
    "(Tensor A, *, bool pivot = True, bool check_errors = False, tuple of Tensors out = None)": "linalg_lu_factor_ex",
    "<, Tensor other, *, int dim = -1, Tensor out = None)": "linalg_cross",
    "< > | <, *, int decimals, Tensor out = None)": "round",
    "(tuple of ints size, Number fill_value, *, Tensor out = None, @)": "full",
    (
        "(Tensor condition) | "
        "(Tensor condition, Tensor input, Tensor other > | "
        "(Tensor condition, Number self, Tensor other) | "
        "(Tensor condition, Tensor input, Number other) | "
        "(Tensor condition, Number self, Number other)"
    ): "where",
}

METHODS = {
    (
        "() | (torch.Storage source) | "
        "(torch.Storage source, int storage_offset, tuple of ints size, tuple of ints stride = None) | (Tensor source) | "
        "(Tensor source, int storage_offset, tuple of ints size, tuple of ints stride = None)"
    ): "set_",
    "(Tensor mat1, Tensor mat2, *, Number beta = 1, Number alpha = 1)": "addmm",
    "(Tensor batch1, Tensor batch2, *, Number beta = 1, Number alpha = 1)": "baddbmm",
    "(Tensor mat2)": "bmm mm",
    "(Tensor exponent) | (Number exponent)": "pow",
    "(Tensor other) | (Number other)": "remainder",
    (
        "(Tensor repeats, int dim = None, *, int output_size = None) | "
        "(int repeats, int dim = None, *, int output_size = None)"
    ): "repeat_interleave",
    "(torch.dtype dtype) | (tuple of ints size)": "view",
    "(tuple of ints size, *, bool implicit = False)": "expand",
    "(tuple of ints repeats)": "repeat",
    "(Tensor other)": "expand_as view_as reshape_as type_as",
    "(torch.memory_format memory_format = torch.contiguous_format)": "contiguous",
    "(Tensor* other, *, Number alpha = 1)": "add_ sub_",
    "(Tensor* other)": "mul_",
    "(Tensor* other) | (Tensor* other, *, str rounding_mode) | (Number other, *, str rounding_mode)": "div_",
    "(Tensor other, bool non_blocking = False)": "copy_",
    "(Tensor mask, Tensor value) | (Tensor mask, Number value)": "masked_fill_",
    (
        "(int dim, Tensor index, Tensor src) | "
        "(int dim, Tensor index, Tensor src, *, str reduce) | "
        "(int dim, Tensor index, Number value) | "
        "(int dim, Tensor index, Number value, *, str reduce)"
    ): "scatter_",
    "(int dim, Tensor index, Tensor src)": "scatter_add_",
    "(int dim, Tensor index, Tensor source, *, Number alpha = 1)": "index_add_",
    "(int dimension, int size, int step)": "unfold",
    "(tuple of ints size, *, @)": "new_zeros",
    "(tuple of ints size, Number fill_value, *, @)": "new_full",
    "(int dim, Tensor index, Tensor value) | (int dim, Tensor index, Number value)": "index_fill_",
    "(int dim, *, torch.dtype dtype = None)": "cumsum_",
    "(int dim)": "unsqueeze_",
    "() | (int dim) | (tuple of ints dim)": "squeeze_",
    "(int dim = None)": "size",
    "(Tensor value) | (Number value)": "fill_",
    "(Tensor condition, Tensor other) | (Tensor condition, Number other)": "where",
}
