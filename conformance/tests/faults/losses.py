"""Faults in activations and losses."""

from . import Fault

FAULTS = [
    Fault(
        "cross entropy's mean counts ignored targets, too",
        "ops/likelihoods.py",
        before="    counted = target != ignore_index\n    if weight is None:",
        after="    counted = target == target\n    if weight is None:",
        caught_by="cross_entropy::cross_entropy_ignores_an_index",
    ),
    Fault(
        "binary cross entropy lets the logarithm of 0 be infinite",
        "ops/likelihoods.py",
        before="LOWEST = -100 ",
        after="LOWEST = -np.inf ",
        caught_by="losses_of_differences::binary_cross_entropy_of_certainty",
    ),
    Fault(
        "smooth L1 is not divided by beta",
        "ops/regression_losses.py",
        before="        distance /= kind(beta)\n",
        after="        pass\n",
        caught_by="losses_of_differences::smooth_l1_loss_is_squared_near_zero",
    ),
    Fault(
        "softmax's backward forgets the sum over the classes",
        "ops/activations.py",
        before="    along_rows(partial(np.subtract, out=product), grad_output, total)\n",
        after="    product[...] = grad_output\n",
        caught_by="activations_smooth::softmin_is_the_softmax_of_the_negative",
    ),
    Fault(
        "gelu's slope lacks the density",
        "ops/gates.py",
        before="    found += density\n",
        after="",
        caught_by="activations_smooth::gelu_by_the_normal_distribution",
    ),
    Fault(
        "elu in place saves its input, which is gone, as if it were the result",
        "ops/rectifiers.py",
        before="    if is_result:\n        slope = (held + kind(alpha * scale)) * kind(input_scale)",
        after="    if False:\n        slope = (held + kind(alpha * scale)) * kind(input_scale)",
        caught_by="activations_in_use::in_place_forms_that_keep_the_result",
    ),
    Fault(
        "CTC lets equal labels follow each other without a blank between",
        "ops/ctc.py",
        before="labels[:, 1:] != labels[:, :-1]",
        after="labels[:, 1:] == labels[:, 1:]",
        caught_by="losses_with_margins::ctc_loss_of_two_sequences",
    ),
    Fault(
        "rrelu draws a slope for positive numbers, too",
        "ops/rectifiers.py",
        before="    below = np.asarray(array <= 0)\n",
        after="    below = np.asarray(array == array)\n",
        caught_by="activations_bent::rrelu_draws_slopes_in_training",
    ),
]
