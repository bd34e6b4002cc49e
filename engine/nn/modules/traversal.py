"""Going through a module and its submodules: names, modes, and conversions of all that they hold.

Source: torch.nn.Module.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

from ...device import NO_DATA
from ...grad_mode import no_grad
from ...layouts import preserve_format
from ...ops import creation
from ...ops.conversion import target
from ..parameter import Parameter
from .converting import converted

_COMPLEX = (
    "Complex modules are a new feature under active development whose design may change, and some modules might not work as "
    "expected when using complex tensors as parameters or buffers. Please file an issue at "
    "https://github.com/pytorch/pytorch/issues/new?template=bug-report.yml if a complex module does not work as expected."
)

_NO_MTIA = (
    "Torch not compiled with MTIA enabled. Ensure you have `import mtia.host_runtime.torch_mtia.dynamic_library` in your python "
    "src file and include `//mtia/host_runtime/torch_mtia:torch_mtia` as your target dependency!"
)

_REPLICA = (
    "Calling .zero_grad() from a module created with nn.DataParallel() has no effect. The parameters are copied (in a "
    "differentiable manner) from the original module. This means they are not leaf nodes in autograd and so don't accumulate "
    "gradients. If you need gradients in your forward method, consider using autograd.grad instead."
)


class Tree:
    """What a module does for itself and all modules below it."""

    _parameters: dict[str, Any]
    _buffers: dict[str, Any]
    _modules: dict[str, Any]
    training: bool

    # ---- names ---------------------------------------------------------------------------------------------

    def _named_members(
        self,
        get_members_fn: Callable[[Any], Any],
        prefix: str = "",
        recurse: bool = True,
        remove_duplicate: bool = True,
    ) -> Iterator[tuple[str, Any]]:
        seen = set()
        modules = (
            self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate)
            if recurse
            else [(prefix, self)]
        )
        for path, module in modules:
            for name, value in get_members_fn(module):
                if value is None or value in seen:
                    continue
                if remove_duplicate:
                    seen.add(value)
                yield path + ("." if path else "") + name, value

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Any]]:
        """The parameters with their dotted names, each once."""
        yield from self._named_members(
            lambda each: each._parameters.items(), prefix, recurse, remove_duplicate
        )

    def parameters(self, recurse: bool = True) -> Iterator[Any]:
        """The parameters, each once."""
        for _, parameter in self.named_parameters(recurse=recurse):
            yield parameter

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Any]]:
        """The buffers with their dotted names, each once."""
        yield from self._named_members(lambda each: each._buffers.items(), prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Any]:
        """The buffers, each once."""
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer

    def named_children(self) -> Iterator[tuple[str, Any]]:
        """The submodules right below with their names, each once."""
        seen = set()
        for name, module in self._modules.items():
            if module is not None and module not in seen:
                seen.add(module)
                yield name, module

    def children(self) -> Iterator[Any]:
        """The submodules right below, each once."""
        for _, module in self.named_children():
            yield module

    def named_modules(
        self, memo: set[Any] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Any]]:
        """The module itself and all below it, with their dotted names, each once."""
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, module in self._modules.items():
            if module is not None:
                path = prefix + ("." if prefix else "") + name
                yield from module.named_modules(memo, path, remove_duplicate)

    def modules(self, remove_duplicate: bool = True) -> Iterator[Any]:
        """The module itself and all below it, each once."""
        for _, module in self.named_modules(remove_duplicate=remove_duplicate):
            yield module

    # ---- modes and gradients -------------------------------------------------------------------------------

    def train(self, mode: bool = True) -> Any:
        """Set training mode, or evaluation mode, here and below."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self) -> Any:
        """Set evaluation mode here and below."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Any:
        """Set whether the parameters are trained."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Reset the gradients of all parameters, to None or to zeros."""
        if getattr(self, "_is_replica", False):
            warnings.warn(_REPLICA, stacklevel=2)
        for parameter in self.parameters():
            grad = parameter.grad
            if grad is None:
                continue
            if set_to_none:
                parameter.grad = None
                continue
            if grad.grad_fn is not None:
                grad.detach_()
            else:
                grad.requires_grad_(False)
            grad.zero_()

    # ---- conversion ----------------------------------------------------------------------------------------

    def apply(self, fn: Callable[[Any], Any]) -> Any:
        """Call `fn` on every module below, and on this one at last."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def _apply(self, fn: Callable[[Any], Any], recurse: bool = True) -> Any:
        """Replace the data of every parameter, its gradient, and every buffer by what `fn` makes of them."""
        if recurse:
            for module in self.children():
                module._apply(fn)
        for name, parameter in self._parameters.items():
            if parameter is None or converted(self, name, parameter, fn):
                continue
            grad = parameter.grad
            with no_grad():
                found = fn(parameter)
                if found.is_meta != parameter.is_meta:
                    self._parameters[name] = Parameter(found, parameter.requires_grad)
                    continue
                parameter.data = found
                if grad is not None:
                    grad.data = fn(grad)
        for name, buffer in self._buffers.items():
            if buffer is not None:
                self._buffers[name] = fn(buffer)
        return self

    def type(self, dst_type: Any) -> Any:
        """Cast all parameters and buffers."""
        return self._apply(lambda each: each.type(dst_type))

    def float(self) -> Any:
        """Cast what is floating to float32."""
        return self._apply(lambda each: each.float() if each.is_floating_point() else each)

    def double(self) -> Any:
        """Cast what is floating to float64."""
        return self._apply(lambda each: each.double() if each.is_floating_point() else each)

    def half(self) -> Any:
        """Cast what is floating to float16."""
        return self._apply(lambda each: each.half() if each.is_floating_point() else each)

    def bfloat16(self) -> Any:
        """Cast what is floating to bfloat16."""
        return self._apply(lambda each: each.bfloat16() if each.is_floating_point() else each)

    def cpu(self) -> Any:
        """All is on the CPU already."""
        return self._apply(lambda each: each.cpu())

    def cuda(self, device: Any = None) -> Any:
        """Raises `AssertionError` for what holds tensors: there is no CUDA."""
        return self._apply(_elsewhere(AssertionError("Torch not compiled with CUDA enabled")))

    def xpu(self, device: Any = None) -> Any:
        """Raises `AssertionError` for what holds tensors: there is no XPU."""
        return self._apply(_elsewhere(AssertionError("Torch not compiled with XPU enabled")))

    def ipu(self, device: Any = None) -> Any:
        """Raises `RuntimeError` for what holds tensors: there is no IPU."""
        return self._apply(_elsewhere(RuntimeError("PyTorch is not linked with support for ipu devices")))

    def mtia(self, device: Any = None) -> Any:
        """Raises `AssertionError` for what holds tensors: there is no MTIA."""
        return self._apply(_elsewhere(AssertionError(_NO_MTIA)))

    def to_empty(self, *, device: Any, recurse: bool = True) -> Any:
        """Replace all parameters and buffers by others whose values are not set."""
        return self._apply(lambda each: creation.empty_like(each, device=device), recurse)

    def share_memory(self) -> Any:
        """Have all parameters and buffers in memory that processes share."""
        return self._apply(lambda each: each.share_memory_())

    def to(self, *args: Any, **kwargs: Any) -> Any:
        """Cast what is floating or complex to a type, or to that of a tensor."""
        dtype, device, copy, form = target(args, kwargs)
        if copy is not None:
            raise RuntimeError(".to() does not accept copy argument")
        if dtype is not None:
            if not (dtype.is_floating_point or dtype.is_complex):
                raise TypeError(
                    f"nn.Module.to only accepts floating point or complex dtypes, but got desired dtype={dtype}"
                )
            if dtype.is_complex:
                warnings.warn(_COMPLEX, stacklevel=2)
        try:
            return self._apply(
                lambda each: each.to(
                    device=device,
                    dtype=dtype if each.is_floating_point() or each.is_complex() else None,
                    memory_format=form if form is not None and each.dim() in (4, 5) else preserve_format,
                )
            )
        except NotImplementedError as error:
            if str(error) != NO_DATA:
                raise
            raise NotImplementedError(
                f"{error} Please use torch.nn.Module.to_empty() instead of torch.nn.Module.to() when moving module from meta to "
                "a different device."
            ) from None


def _elsewhere(refusal: Exception) -> Callable[[Any], Any]:
    def move(tensor: Any) -> Any:
        raise refusal

    return move
