"""`torch.ops.aten`: PyTorch's own operators by name and overload, of those that programs name most.

Calling one calls the engine's function of that name. Others are not there. Source: PyTorch's `native_functions.yaml`,
which the schemas are facts of.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from .. import _ops
from ..ops.views import unsafe_view
from .schemas import parse_schema
from .types import Type

_SCHEMAS = """
abs(Tensor self) -> Tensor
add.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor
add.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor
add_.Tensor(Tensor(a!) self, Tensor other, *, Scalar alpha=1) -> Tensor(a!)
addcdiv(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar value=1) -> Tensor
addcmul(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar value=1) -> Tensor
addmm(Tensor self, Tensor mat1, Tensor mat2, *, Scalar beta=1, Scalar alpha=1) -> Tensor
amax(Tensor self, int[1] dim=[], bool keepdim=False) -> Tensor
amin(Tensor self, int[1] dim=[], bool keepdim=False) -> Tensor
argmax(Tensor self, int? dim=None, bool keepdim=False) -> Tensor
argmin(Tensor self, int? dim=None, bool keepdim=False) -> Tensor
atan(Tensor self) -> Tensor
baddbmm(Tensor self, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1) -> Tensor
bmm(Tensor self, Tensor mat2) -> Tensor
cat(Tensor[] tensors, int dim=0) -> Tensor
ceil(Tensor self) -> Tensor
clamp(Tensor self, Scalar? min=None, Scalar? max=None) -> Tensor
clamp_max(Tensor self, Scalar max) -> Tensor
clamp_min(Tensor self, Scalar min) -> Tensor
clone(Tensor self, *, MemoryFormat? memory_format=None) -> Tensor
convolution(Tensor input, Tensor weight, Tensor? bias, SymInt[] stride, SymInt[] padding, SymInt[] dilation, bool transposed, SymInt[] output_padding, SymInt groups) -> Tensor
copy_(Tensor(a!) self, Tensor src, bool non_blocking=False) -> Tensor(a!)
cos(Tensor self) -> Tensor
cumsum(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor
detach(Tensor(a) self) -> Tensor(a)
div.Tensor(Tensor self, Tensor other) -> Tensor
dot(Tensor self, Tensor tensor) -> Tensor
dropout(Tensor input, float p, bool train) -> Tensor
elu(Tensor self, Scalar alpha=1, Scalar scale=1, Scalar input_scale=1) -> Tensor
embedding(Tensor weight, Tensor indices, SymInt padding_idx=-1, bool scale_grad_by_freq=False, bool sparse=False) -> Tensor
eq.Scalar(Tensor self, Scalar other) -> Tensor
eq.Tensor(Tensor self, Tensor other) -> Tensor
erf(Tensor self) -> Tensor
exp(Tensor self) -> Tensor
expand(Tensor(a) self, SymInt[] size, *, bool implicit=False) -> Tensor(a)
expm1(Tensor self) -> Tensor
fill_.Scalar(Tensor(a!) self, Scalar value) -> Tensor(a!)
flatten.using_ints(Tensor(a) self, int start_dim=0, int end_dim=-1) -> Tensor(a)
flip(Tensor self, int[] dims) -> Tensor
floor(Tensor self) -> Tensor
full_like(Tensor self, Scalar fill_value, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor
gather(Tensor self, int dim, Tensor index, *, bool sparse_grad=False) -> Tensor
ge.Scalar(Tensor self, Scalar other) -> Tensor
ge.Tensor(Tensor self, Tensor other) -> Tensor
gelu(Tensor self, *, str approximate="none") -> Tensor
gt.Scalar(Tensor self, Scalar other) -> Tensor
gt.Tensor(Tensor self, Tensor other) -> Tensor
hardtanh(Tensor self, Scalar min_val=-1, Scalar max_val=1) -> Tensor
index_add(Tensor self, int dim, Tensor index, Tensor source, *, Scalar alpha=1) -> Tensor
index_select(Tensor self, int dim, Tensor index) -> Tensor
isnan(Tensor self) -> Tensor
item(Tensor self) -> Scalar
layer_norm(Tensor input, SymInt[] normalized_shape, Tensor? weight=None, Tensor? bias=None, float eps=1.0000000000000001e-05, bool cudnn_enable=True) -> Tensor
le.Scalar(Tensor self, Scalar other) -> Tensor
le.Tensor(Tensor self, Tensor other) -> Tensor
leaky_relu(Tensor self, Scalar negative_slope=0.01) -> Tensor
linear(Tensor input, Tensor weight, Tensor? bias=None) -> Tensor
log(Tensor self) -> Tensor
log1p(Tensor self) -> Tensor
_log_softmax(Tensor self, int dim, bool half_to_float) -> Tensor
log_softmax.int(Tensor self, int dim, ScalarType? dtype=None) -> Tensor
logical_not(Tensor self) -> Tensor
logsumexp(Tensor self, int[1] dim, bool keepdim=False) -> Tensor
lt.Scalar(Tensor self, Scalar other) -> Tensor
lt.Tensor(Tensor self, Tensor other) -> Tensor
masked_fill.Scalar(Tensor self, Tensor mask, Scalar value) -> Tensor
matmul(Tensor self, Tensor other) -> Tensor
max(Tensor self) -> Tensor
max.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)
maximum(Tensor self, Tensor other) -> Tensor
mean(Tensor self, *, ScalarType? dtype=None) -> Tensor
mean.dim(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor
min(Tensor self) -> Tensor
min.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)
minimum(Tensor self, Tensor other) -> Tensor
mm(Tensor self, Tensor mat2) -> Tensor
mse_loss(Tensor self, Tensor target, int reduction=1) -> Tensor
mul.Scalar(Tensor self, Scalar other) -> Tensor
mul.Tensor(Tensor self, Tensor other) -> Tensor
mul_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)
mv(Tensor self, Tensor vec) -> Tensor
native_batch_norm(Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, bool training, float momentum, float eps) -> (Tensor, Tensor, Tensor)
native_dropout(Tensor input, float p, bool? train) -> (Tensor, Tensor)
native_layer_norm(Tensor input, SymInt[] normalized_shape, Tensor? weight, Tensor? bias, float eps) -> (Tensor, Tensor, Tensor)
ne.Scalar(Tensor self, Scalar other) -> Tensor
ne.Tensor(Tensor self, Tensor other) -> Tensor
neg(Tensor self) -> Tensor
numel(Tensor self) -> int
ones_like(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor
outer(Tensor self, Tensor vec2) -> Tensor
permute(Tensor(a) self, int[] dims) -> Tensor(a)
pow.Tensor_Scalar(Tensor self, Scalar exponent) -> Tensor
pow.Tensor_Tensor(Tensor self, Tensor exponent) -> Tensor
prod(Tensor self, *, ScalarType? dtype=None) -> Tensor
reciprocal(Tensor self) -> Tensor
relu(Tensor self) -> Tensor
relu_(Tensor(a!) self) -> Tensor(a!)
repeat(Tensor self, SymInt[] repeats) -> Tensor
reshape(Tensor(a) self, SymInt[] shape) -> Tensor(a)
roll(Tensor self, SymInt[1] shifts, int[1] dims=[]) -> Tensor
round(Tensor self) -> Tensor
rsqrt(Tensor self) -> Tensor
scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, Tensor? attn_mask=None, float dropout_p=0., bool is_causal=False, *, float? scale=None, bool enable_gqa=False) -> Tensor
_scaled_dot_product_flash_attention_for_cpu(Tensor query, Tensor key, Tensor value, float dropout_p=0., bool is_causal=False, *, Tensor? attn_mask=None, float? scale=None) -> (Tensor output, Tensor logsumexp)
scatter_add(Tensor self, int dim, Tensor index, Tensor src) -> Tensor
select.int(Tensor(a) self, int dim, SymInt index) -> Tensor(a)
sigmoid(Tensor self) -> Tensor
sign(Tensor self) -> Tensor
silu(Tensor self) -> Tensor
sin(Tensor self) -> Tensor
_softmax(Tensor self, int dim, bool half_to_float) -> Tensor
softmax.int(Tensor self, int dim, ScalarType? dtype=None) -> Tensor
softplus(Tensor self, Scalar beta=1, Scalar threshold=20) -> Tensor
sort(Tensor self, int dim=-1, bool descending=False) -> (Tensor values, Tensor indices)
split.Tensor(Tensor(a -> *) self, SymInt split_size, int dim=0) -> Tensor(a)[]
sqrt(Tensor self) -> Tensor
square(Tensor self) -> Tensor
squeeze(Tensor(a) self) -> Tensor(a)
squeeze.dim(Tensor(a) self, int dim) -> Tensor(a)
stack(Tensor[] tensors, int dim=0) -> Tensor
std(Tensor self, bool unbiased=True) -> Tensor
std.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) -> Tensor
sub.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor
sub.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor
sum(Tensor self, *, ScalarType? dtype=None) -> Tensor
sum.dim_IntList(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor
t(Tensor(a) self) -> Tensor(a)
tan(Tensor self) -> Tensor
tanh(Tensor self) -> Tensor
topk(Tensor self, SymInt k, int dim=-1, bool largest=True, bool sorted=True) -> (Tensor values, Tensor indices)
transpose.int(Tensor(a) self, int dim0, int dim1) -> Tensor(a)
tril(Tensor self, SymInt diagonal=0) -> Tensor
triu(Tensor self, SymInt diagonal=0) -> Tensor
unbind.int(Tensor(a -> *) self, int dim=0) -> Tensor(a)[]
_unsafe_view(Tensor self, SymInt[] size) -> Tensor
unsqueeze(Tensor(a) self, int dim) -> Tensor(a)
var(Tensor self, bool unbiased=True) -> Tensor
var.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) -> Tensor
view(Tensor(a) self, SymInt[] size) -> Tensor(a)
where.self(Tensor condition, Tensor self, Tensor other) -> Tensor
zero_(Tensor(a!) self) -> Tensor(a!)
zeros_like(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor
"""


@cache
def _by_name() -> dict[str, list[str]]:
    """The schemas of all overloads of each operator."""
    found: dict[str, list[str]] = {}
    for line in _SCHEMAS.strip().splitlines():
        found.setdefault(line.partition("(")[0].partition(".")[0], []).append(line)
    return found


class _TensorOrNumber(Type):
    """A tensor, for which arithmetic takes a number as well."""

    def cast(self, value: Any) -> Any:
        return value if isinstance(value, (int, float, complex)) else super().cast(value)


_ARITHMETIC = frozenset(("add", "add_", "sub", "mul", "mul_", "div"))


def define(name: str) -> None:
    """Define the overloads of an operator of PyTorch's in `torch.ops.aten`; nothing where it is not known."""
    for line in _by_name().get(name, ()):
        schema = parse_schema(f"aten::{line}")
        for argument in schema.arguments[1:] if name in _ARITHMETIC else ():
            if argument.type.kind == "Tensor":
                argument.type = _TensorOrNumber("Tensor")
        _ops.add("aten", schema, [])._own = _function(name)


def _function(name: str) -> Callable[..., Any]:
    """What computes it, called as its schema says."""

    return lambda *args, **options: (_OTHERWISE.get(name) or _named(name))(*args, **options)


@cache
def _named(name: str) -> Any:
    from importlib import import_module

    from ..late import ROOT

    root = import_module(ROOT)
    for place in (root, root.Tensor, root.nn.functional):
        found = getattr(place, name, None)
        if found is not None:
            return found
    raise NotImplementedError(f"aten::{name} has no kernel here")


def _softmax(self: Any, dim: int, half_to_float: bool) -> Any:
    return _named("softmax")(self.float() if half_to_float else self, dim)


def _log_softmax(self: Any, dim: int, half_to_float: bool) -> Any:
    return _named("log_softmax")(self.float() if half_to_float else self, dim)


def _flash_attention(
    query: Any,
    key: Any,
    value: Any,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    *,
    attn_mask: Any = None,
    scale: float | None = None,
) -> Any:
    from ..ops.attention import flash_attention

    factor = query.shape[-1] ** -0.5 if scale is None else scale
    output, sums, *_ = flash_attention([query, key, value], dropout_p, is_causal, attn_mask, scale, factor)
    return output, sums.detach()


_OTHERWISE: dict[str, Callable[..., Any]] = {
    "_softmax": _softmax,
    "_log_softmax": _log_softmax,
    "_unsafe_view": lambda self, size: unsafe_view(self, tuple(size)),
    "_scaled_dot_product_flash_attention_for_cpu": _flash_attention,
}
