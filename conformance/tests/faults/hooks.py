"""Faults in hooks, on tensors and on modules, and in `nn.Module`."""

from __future__ import annotations

from . import Fault

FAULTS = [
    Fault(
        "hooks on one tensor run latest first",
        "hooks.py",
        before="    for hook in list(hooks.values()):\n        replaced = hook(grad)",
        after="    for hook in list(hooks.values())[::-1]:\n        replaced = hook(grad)",
        caught_by="hooks::several_hooks",
    ),
    Fault(
        "a hook that is removed meanwhile does not run",
        "hooks.py",
        before="    for hook in list(hooks.values()):\n        replaced = hook(grad)",
        after="    for hook in [hooks[n] for n in list(hooks)]:\n        if hook not in hooks.values():\n            continue\n"
        "        replaced = hook(grad)",
        caught_by="tensor_hooks::hook_removes_a_later_hook",
    ),
    Fault(
        "hooks move with a tensor that is changed in place",
        "hooks.py",
        before="        self._backward_hooks = OrderedDict()\n        extras.tensor_hooks.append(",
        after="        if self._backward_hooks is None:\n            self._backward_hooks = OrderedDict()\n"
        "        extras.tensor_hooks.append(",
        caught_by="hooks_in_place::hooks_between_three_changes",
    ),
    Fault(
        "the type of what a hook returns is not checked",
        "hooks.py",
        before="    if replaced._dtype is not grad._dtype:",
        after="    if False:",
        caught_by="hooks_on_paths::results_of_hooks_on_nodes",
    ),
    Fault(
        "a gradient that did not arrive may be made up",
        "hooks.py",
        before='        raise RuntimeError("can\'t replace a None gradient with a non-None value")',
        after="        return",
        caught_by="hooks_on_paths::hook_of_an_output_without_gradient",
    ),
    Fault(
        "the retained gradient is the one before the hooks",
        "hooks.py",
        before="        for _, hooks in extras.tensor_hooks or ():\n            grad = run_tensor_hooks(hooks, grad)\n"
        "        grads = [grad]",
        after="        grads = [grad]\n        for _, hooks in extras.tensor_hooks or ():\n"
        "            grad = run_tensor_hooks(hooks, grad)",
        caught_by="hooks::hooks_run_before_the_gradient_is_retained",
    ),
    Fault(
        "hooks that run after accumulation are forgotten",
        "hooks.py",
        before="        extras.post_accumulate = leaf._post_accumulate_grad_hooks",
        after="        pass",
        caught_by="post_accumulate_hooks::hook_gets_the_leaf",
    ),
    Fault(
        "results can have hooks that run after accumulation",
        "hooks.py",
        before='        raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")',
        after="        pass",
        caught_by="post_accumulate_hooks::refused_where_nothing_accumulates",
    ),
    Fault(
        "removing a hook leaves its options behind",
        "hooks.py",
        before="        for reference in (self.hooks_dict_ref, *self.extra_dict_ref):",
        after="        for reference in (self.hooks_dict_ref,):",
        caught_by="tensor_hooks::handle_made_by_hand",
    ),
    Fault(
        "a node's hook may return another number of gradients",
        "hooks.py",
        before="    if len(found) != len(grads):",
        after="    if False:",
        caught_by="hooks_on_paths::results_of_hooks_on_nodes",
    ),
    Fault(
        "what a forward pre-hook returns is lost, if it is no tuple",
        "nn/modules/calling.py",
        before="                    self.args = found if isinstance(found, tuple) else (found,)",
        after="                    pass",
        caught_by="module_hooks::forward_pre_hook_sees_and_replaces",
    ),
    Fault(
        "hooks on all modules run last",
        "nn/modules/calling.py",
        before="(*forward_hooks.items(), *module._forward_hooks.items())",
        after="(*module._forward_hooks.items(), *forward_hooks.items())",
        caught_by="module_hooks::global_forward_hooks",
    ),
    Fault(
        "hooks to call always run twice",
        "nn/modules/calling.py",
        before="                self.done.add(number)",
        after="                pass",
        caught_by="module_hooks::always_called_hook_runs_once",
    ),
    Fault(
        "the hook of a module whose inputs need no gradient does not run",
        "utils/hooks.py",
        before="        if self.input_tensors_index is None:\n            self._call_without_inputs()",
        after="",
        caught_by="module_backward_hooks::no_input_requires_grad",
    ),
    Fault(
        "the hook of a module runs again in a second derivative",
        "utils/hooks.py",
        before="            grads = replaced\n        self.grad_outputs = None",
        after="            grads = replaced",
        caught_by="module_backward_hooks::second_derivative_through_a_module",
    ),
    Fault(
        "a backward pre-hook does not replace",
        "utils/hooks.py",
        before="            self.grad_outputs = replaced\n        onwards",
        after="            pass\n        onwards",
        caught_by="module_backward_hooks::backward_pre_hook",
    ),
    Fault(
        "both kinds of backward hooks beside each other",
        "nn/modules/module.py",
        before="        if self._is_full_backward_hook is not None and self._is_full_backward_hook is not full:",
        after="        if False:",
        caught_by="module_deprecated_hooks::one_kind_of_backward_hooks",
    ),
    Fault(
        "a parameter with two names comes twice",
        "nn/modules/traversal.py",
        before="                if value is None or value in seen:",
        after="                if value is None:",
        caught_by="modules::names_of_what_is_registered",
    ),
    Fault(
        "a tensor may take the place of a parameter",
        "nn/modules/registration.py",
        before='            _refuse(name, value, "parameter", "torch.nn.Parameter or None")',
        after="            pass",
        caught_by="modules::assigned_parameters",
    ),
    Fault(
        "buffers that are not persistent are in the state",
        "nn/modules/state.py",
        before="            if buffer is not None and name not in self._non_persistent_buffers_set:",
        after="            if buffer is not None:",
        caught_by="modules::state_of_a_module",
    ),
    Fault(
        "a linear layer draws its bias first",
        "nn/modules/linear.py",
        before="        init.kaiming_uniform_(self.weight, a=math.sqrt(5))\n        if self.bias is not None:",
        after="        if self.bias is not None:",
        caught_by="module_containers::first_values_of_a_linear_layer",
    ),
]
