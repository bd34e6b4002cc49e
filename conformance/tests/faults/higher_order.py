"""Faults in the functional interface, in gradient checks and in derivatives of derivatives."""

from . import Fault

FAULTS = [
    Fault(
        "jvp of a tuple has the inputs' structure",
        "autograd/functional.py",
        before='    product = call.gradients(grads, dummies, v, call.outputs, "back_trick")\n'
        "    return call.result(product, call.outputs_tuple)",
        after='    product = call.gradients(grads, dummies, v, call.outputs, "back_trick")\n'
        "    return call.result(product, call.inputs_tuple)",
        caught_by="functional_api::jvp_of_tuples",
    ),
    Fault(
        "inputs stay in the caller's graph",
        "autograd/functional.py",
        before="            else each.detach().requires_grad_(need_graph)",
        after="            else (each if each.requires_grad else each.detach().requires_grad_(need_graph))",
        caught_by="functional_api::callers_modes_and_tensors_stay",
    ),
    Fault(
        "results keep their graph",
        "autograd/functional.py",
        before="        return results.detach()  # type: ignore[attr-defined]",
        after="        return results",
        caught_by="functional_api::vector_times_jacobian",
    ),
    Fault(
        "strict mode lets a constant output pass",
        "autograd/functional.py",
        before="        if not each.requires_grad:\n            raise RuntimeError(_MUST_DEPEND[what].format(index))",
        after="        if not each.requires_grad and index:\n            raise RuntimeError(_MUST_DEPEND[what].format(index))",
        caught_by="functional_refusals::strictly_constant_outputs",
    ),
    Fault(
        "the Jacobian is transposed",
        "autograd/functional.py",
        before="            part.permute(*range(1, part.dim()), 0).reshape(primal.size() + each.size())",
        after="            part.reshape(primal.size() + each.size())",
        caught_by="functional_api::jacobian_by_forward_mode",
    ),
    Fault(
        "an unused input gets no zeros",
        "autograd/functional.py",
        before="            rows[position].append(zeros_like(of_input) if found is None else found)",
        after="            rows[position].append(zeros_like(of_input) + 1 if found is None else found)",
        caught_by="functional_api::jacobian_of_tuples",
    ),
    Fault(
        "the inner Jacobian of a Hessian has no graph",
        "autograd/functional.py",
        before="        rows = jacobian(scalar, tensors, create_graph=True)",
        after="        rows = jacobian(scalar, tensors, create_graph=strict)",
        caught_by="functional_api::hessian_of_one_function",
    ),
    Fault(
        "finite differences go one way only",
        "jacobians.py",
        before="        found.append(((two - one) / (2 * norm)).detach().reshape(-1))",
        after="        found.append(((two - one) / norm).detach().reshape(-1))",
        caught_by="gradient_checks::right_gradients_pass",
    ),
    Fault(
        "the entry stays moved after a finite difference",
        "jacobians.py",
        before="    entry.copy_(original)\n    found = []",
        after="    found = []",
        caught_by="gradient_checks::right_gradients_pass",
    ),
    Fault(
        "backward is not run twice",
        "jacobians.py",
        before="        if one.numel() and (one - two).abs().max() > nondet_tol:",
        after="        if one.numel() and (one - one).abs().max() > nondet_tol:",
        caught_by="gradient_checks::backward_that_is_not_reentrant",
    ),
    Fault(
        "undefined gradients are zeros",
        "gradcheck.py",
        before='@op(self=lambda grad: None, node="UndefinedGradBackward")',
        after='@op(self=lambda grad: grad * 0, node="UndefinedGradBackward")',
        caught_by="gradient_checks::undefined_gradients",
    ),
    Fault(
        "gradgradcheck does not check the gradients' own derivatives",
        "gradcheck.py",
        before="        tensors + vectors,\n",
        after="        tensors + tuple([each.detach() for each in vectors]),\n",
        caught_by="gradient_checks::second_derivatives_pass",
    ),
    Fault(
        "complex outputs are checked by their real part only",
        "gradcheck.py",
        before='    replace(check, func=imaginary_part, complex_indices=indices, part="imaginary").run()\n',
        after="",
        caught_by="gradient_checks::complex_gradients",
    ),
    Fault(
        "raise_exception=False hides every error",
        "gradcheck.py",
        before="    except GradcheckError:\n        if raise_exception:",
        after="    except (GradcheckError, ValueError):\n        if raise_exception:",
        caught_by="gradient_checks::wrong_gradients_without_an_exception",
    ),
]
