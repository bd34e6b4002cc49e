"""Custom operators made of functions: `custom_op` and what it gives. Source: torch.library.custom_op."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from .dispatching import count_writes, tensors_of
from .formulas import Formula
from .inference import infer_schema
from .libraries import Library, register_formula
from .names import Tag, as_tags, key_of_device
from .schemas import parse_schema

log = logging.getLogger(__name__)
ALIASED = (
    "The output of this custom operator (1) must not also be an input to this custom operator "
    "and (2) may not alias any inputs to this custom operator or other returns. The most common way to trigger this error is if "
    "we have y = custom_op(x) and y and x are the same Tensor. Please instead return a clone of the offending output tensor(s) "
    "(e.g. return x.clone()) or refactor the custom operator to not return y."
)
DEFINED: dict[str, CustomOpDef] = {}  # by qualified name


def custom_op(
    name: str,
    fn: Callable[..., Any] | None = None,
    /,
    *,
    mutates_args: Any,
    device_types: Any = None,
    schema: str | None = None,
    tags: Any = None,
) -> Any:
    """Make an operator `namespace::name` of a function, or give a decorator that does.

    `mutates_args` names the parameters it writes to. `ValueError` for annotations that no schema can express, or a `schema`
    that says otherwise. Source: torch.library.custom_op.
    """

    def made(function: Callable[..., Any]) -> CustomOpDef:
        known = as_tags(tags)
        text = schema or infer_schema(function, mutates_args=mutates_args, tags=known)
        namespace, short = name.split("::")
        result = CustomOpDef(namespace, short, text, function, known)
        if schema is not None:
            written = {each.name for each in result._opoverload._schema.arguments if each.is_write}
            if written != set(mutates_args):
                raise ValueError(
                    f"Attempted to create a custom op with `mutates_args={mutates_args}` and `schema={schema}. The schema "
                    f"suggests that the op mutates {written}which is different from what was provided to us in `mutates_args`. "
                    "Please make these consistent."
                )
        result.register_kernel(device_types)(function)
        return result

    return made if fn is None else made(fn)


class CustomOpDef:
    """An operator made of a function, to which kernels, a formula for backward, and more can be added."""

    __module__ = "torch._library.custom_ops"

    def __init__(
        self, namespace: str, name: str, schema: str, fn: Callable[..., Any], tags: Any = None
    ) -> None:
        self._namespace, self._name, self._schema, self._init_fn = namespace, name, schema, fn
        self._tags = tuple(as_tags(tags))
        self._backend_fns: dict[str | None, Callable[..., Any]] = {}
        self._abstract_fn: Callable[..., Any] | None = None
        self._disabled_kernel: set[str] = set()
        parsed = parse_schema(name + schema)
        if Tag.out not in self._tags and any(
            each.kwarg_only and each.type.named == "Tensor" for each in parsed.arguments
        ):
            raise NotImplementedError(
                "custom_op with kwarg-only Tensor args. Please make your tensors not kwarg-only. Got: "
                + name
                + schema
            )
        before: Any = DEFINED.pop(self._qualname, None)
        if before is not None:
            before._lib._destroy()
        self._lib = Library(namespace, "FRAGMENT")
        others = [each for each in self._tags if each is not Tag.pt2_compliant_tag]
        self._opoverload = self._lib._define(name + schema, [Tag.pt2_compliant_tag, *others])[1]
        self._opoverload._formula = Formula(None, None)
        self._opoverload._kernels["Meta"] = self._fake
        self._needs_counting = self._opoverload._schema.is_mutable
        DEFINED[self._qualname] = self

    @property
    def _qualname(self) -> str:
        return f"{self._namespace}::{self._name}"

    def __repr__(self) -> str:
        return f"<CustomOpDef({self._qualname})>"

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        return self._opoverload(*args, **kwargs)

    # ---- kernels -------------------------------------------------------------------------------------------

    def register_kernel(self, device_types: Any, fn: Callable[..., Any] | None = None, /) -> Any:
        """Register a kernel for types of devices (None: for all); without `fn`, a decorator."""
        kinds = (
            [device_types] if device_types is None or isinstance(device_types, str) else list(device_types)
        )

        def register(function: Callable[..., Any]) -> Callable[..., Any]:
            for kind in kinds:
                if kind not in self._backend_fns:
                    self._lib.impl(
                        self._name,
                        self._kernel(kind),
                        "CompositeExplicitAutograd" if kind is None else key_of_device(kind),
                    )
                self._backend_fns[kind] = function
            return function

        arguments = self._opoverload._schema.arguments
        if device_types is not None and not any(each.type.named == "Tensor" for each in arguments):
            places = [number for number, each in enumerate(arguments) if each.type.kind == "Device"]
            if not places:
                raise ValueError(
                    "Functions without tensor inputs are required to have a `device: torch.device` argument"
                )
            self._lib.impl(self._name, self._choosing(places[0]), "BackendSelect")
        return register if fn is None else register(fn)

    def _kernel(self, kind: str | None) -> Callable[..., Any]:
        def kernel(*args: Any, **kwargs: Any) -> Any:
            if self._needs_counting:
                count_writes(self._opoverload, args, kwargs)
            chosen = self._init_fn if kind in self._disabled_kernel else self._backend_fns[kind]
            result = chosen(*args, **kwargs)
            self._check(result, args, kwargs)
            return result

        return kernel

    def _choosing(self, place: int) -> Callable[..., Any]:
        def select(*args: Any, **kwargs: Any) -> Any:
            kind = args[place].type
            if kind not in self._backend_fns:
                raise RuntimeError(
                    f"{self._name} does not have a kernel registered for {kind}. Please use register_kernel to do so."
                )
            return self._opoverload._kernels[key_of_device(kind)](*args, **kwargs)

        return select

    def _check(self, result: Any, args: Any, kwargs: Any) -> None:
        """Refuse results that the tags, or the schema, of the operator rule out."""
        where = f"{self._name} (with implementation in <module '{CustomOpDef.__module__}' from '{__file__}'>)"
        if Tag.inplace in self._tags:
            if result is not args[0]:
                raise RuntimeError(
                    f"{where}: An operator tagged with torch.Tag.inplace must return its first argument."
                )
        elif Tag.out in self._tags:
            outs = [kwargs[each.name] for each in self._opoverload._schema.arguments if each.is_out]
            results = (result,) if len(outs) == 1 else result
            if not isinstance(results, tuple) or [id(each) for each in results] != [
                id(each) for each in outs
            ]:
                raise RuntimeError(
                    f"{where}: An operator tagged with torch.Tag.out must return its mutable keyword-only arguments."
                )
        elif not self._opoverload._schema._is_view_op() and _shares(result, (*args, *kwargs.values())):
            raise RuntimeError(f"{where}: {ALIASED}")

    @contextmanager
    def set_kernel_enabled(self, device_type: str, enabled: bool = True) -> Iterator[None]:
        """Inside, the kernel of a type of devices is used, or the function that the operator was made of instead."""
        action, was_disabled = "enable" if enabled else "disable", device_type in self._disabled_kernel
        if device_type not in self._backend_fns:
            log.warning(
                "Attempted to %s kernel for %s but no kernel was registered for this device type.",
                action,
                device_type,
            )
        if was_disabled is not enabled:
            log.warning(
                f"Attempted to {action} kernel for {' ' * enabled}%s but it was already {action}d.",
                device_type,
            )
        elif enabled:
            self._disabled_kernel.remove(device_type)
        else:
            self._disabled_kernel.add(device_type)
        try:
            yield
        finally:
            (self._disabled_kernel.add if was_disabled else self._disabled_kernel.discard)(device_type)

    # ---- what else can be registered -----------------------------------------------------------------------

    def register_fake(self, fn: Callable[..., Any], /) -> Callable[..., Any]:
        """Register what gives results without elements for arguments without elements."""
        for tag in (Tag.inplace, Tag.out):
            if tag in self._tags:
                warnings.warn(
                    f"The fake registration for {self} is unnecessary. Custom ops tagged with torch.{tag} already get an "
                    "autogenerated fake kernel. The provided fake impl will be used instead.",
                    stacklevel=2,
                )
        self._abstract_fn = fn
        return fn

    def _fake(self, *args: Any, **kwargs: Any) -> Any:
        if self._abstract_fn is not None:
            return self._abstract_fn(*args, **kwargs)
        if Tag.inplace in self._tags:
            return args[0]
        if self._opoverload._schema.is_mutable and not self._opoverload._schema.returns:
            return None
        raise RuntimeError(
            f"There was no fake impl registered for {self}. This is necessary for torch.compile/export/fx tracing to work. "
            f"Please use `{self._init_fn.__name__}.register_fake` to add an fake impl."
        )

    def register_autograd(
        self, backward: Callable[..., Any], /, *, setup_context: Callable[..., Any] | None = None
    ) -> None:
        """Register a formula for backward: `backward(ctx, *grads)`, and `setup_context(ctx, inputs, output)`.

        `RuntimeError` for an operator that writes to its arguments or returns nothing.
        """
        if Tag.out in self._tags:
            raise RuntimeError(
                f"Cannot register autograd formula for operator tagged with torch.Tag.out: {self}. Out variants do not support "
                "autograd."
            )
        register_formula(self._opoverload, backward, setup_context, self)

    def register_vmap(self, func: Callable[..., Any] | None = None) -> Any:
        """Register the rule `func(info, in_dims, *args)` for `vmap`; without `func`, a decorator."""

        def register(function: Callable[..., Any]) -> None:
            self._opoverload._vmap_rule = function

        return register if func is None else register(func)

    def register_autocast(self, device_type: str, cast_inputs: Any) -> None:
        """Have floating point arguments cast to a type where `autocast` is on."""
        from .autocasting import register

        register(self._opoverload, device_type, cast_inputs)

    def register_torch_dispatch(
        self, torch_dispatch_class: Any, fn: Callable[..., Any] | None = None, /
    ) -> Any:
        """Register what instances of a class of tensors do: `fn(op, types, args, kwargs)`; without `fn`, a decorator."""

        def register(function: Callable[..., Any]) -> Callable[..., Any]:
            self._opoverload._rules_of_classes[torch_dispatch_class] = function
            return function

        return register if fn is None else register(fn)


def _shares(result: Any, args: Any) -> bool:
    """Whether a result is an argument or another result, or shares memory with it."""
    known = [*tensors_of(args)]
    for each in tensors_of(result if isinstance(result, (tuple, list)) else (result,)):
        for other in known:
            if each is other or (each._storage is not None and each._storage is other._storage):
                return True
        known.append(each)
    return False
