"""Cases in which a check of `degeneracy` finds something, and why it has to be so.

By case and what was found; a reason that is not needed any more fails the tests.
"""

from __future__ import annotations

UNIFORM = "uniform gradients"
ONES = "an incoming gradient of ones"
NOTHING = "nothing but None"
EQUAL = "equal gradients of several inputs"
AMBIGUOUS = "ambiguous inputs"
WORDLESS = "an error without a message"

ZERO = "the derivative is zero everywhere, which is the claim"
OF_A_SUM = "the gradient of a sum or mean of everything is one number for all elements"
EMPTY = "tensors without elements have no other gradients"
DOCUMENT = "the document's own program"
SPECIAL = "what happens at these very numbers is the claim"

EXCEPTIONS: dict[tuple[str, str], str] = {
    (
        "broadcast_gradients::empty_dimensions_broadcast",
        UNIFORM,
    ): "what nothing was broadcast from gets zeros",
    ("complex_functions::angles_of_real_numbers", UNIFORM): ZERO,
    ("complex_numbers::complex_roots_are_refused", UNIFORM): OF_A_SUM,
    (
        "custom_function_backward::hooks_where_no_gradient_arrives",
        UNIFORM,
    ): "the zeros that stand for no gradient",
    ("custom_function_marks::node_that_only_undefined_gradients_reach", UNIFORM): (
        "the zeros that stand for no gradient"
    ),
    ("derivatives_arithmetic::power_by_zero", UNIFORM): ZERO,
    ("derivatives_arithmetic::power_with_an_exponent_tensor_of_zeros", UNIFORM): ZERO,
    ("derivatives_functions::derivative_of_sign", UNIFORM): ZERO,
    ("derivatives_reductions::reductions_in_other_dtypes", UNIFORM): OF_A_SUM,
    ("derivatives_reductions::sum_of_everything", UNIFORM): OF_A_SUM,
    ("edges::gradient_of_zero_is_a_gradient", UNIFORM): ZERO,
    ("empty_tensors::empty_products", UNIFORM): EMPTY,
    ("grad_attribute::assigned_gradients_that_cannot_be_added_to", UNIFORM): "an expanded number is assigned",
    ("grad_in_use::expanded_gradient_given", UNIFORM): "the gradient given is an expanded number",
    ("kinks::clamp_with_crossed_bounds", UNIFORM): ZERO,
    ("kinks::deviation_of_equal_numbers", UNIFORM): ZERO,
    ("kinks::norm_at_zero", UNIFORM): ZERO,
    ("optimizers::step_and_zero_grad", UNIFORM): DOCUMENT,
    ("optimizers::zero_grad_to_zeros", UNIFORM): "zero_grad fills with zeros, which is the claim",
    ("random_fillers::nodes_of_fillers", UNIFORM): ZERO,
    ("ties::roundings_of_halves", UNIFORM): ZERO,
    ("undefined_gradients::gradients_without_elements", UNIFORM): EMPTY,
    ("empty_tensors::empty_pointwise", ONES): EMPTY,
    ("empty_tensors::empty_shapes", ONES): EMPTY,
    ("jacobian::gradient_keyword_of_ones", ONES): DOCUMENT,
    ("jacobian::ones_like_through_a_square_matrix", ONES): DOCUMENT,
    ("jacobian::square_without_retain_graph", ONES): DOCUMENT,
    ("first_gradients::gradient_of_an_untouched_leaf", NOTHING): "None without a warning is the claim",
    ("optimizers::zero_grad_sets_to_none", NOTHING): "None is the claim",
    ("kinks::maximum_with_nan", EQUAL): "nan beats both sides alike, which is the claim",
    ("ties::maximum_of_signed_zeros", EQUAL): "both sides of a tie get the same share, which is the claim",
    ("accumulation::overflow_in_the_sum", AMBIGUOUS): SPECIAL,
    ("chains::length_of_a_zero_vector", AMBIGUOUS): SPECIAL,
    ("edges::nan_and_infinity_flow_through", AMBIGUOUS): SPECIAL,
    ("first_gradients::nan_and_infinity", AMBIGUOUS): SPECIAL,
    ("losses::bce_at_zero_logits", AMBIGUOUS): SPECIAL,
    ("activations_bent::elu_at_zero", AMBIGUOUS): SPECIAL,
    ("special_functions::modified_bessel_functions", AMBIGUOUS): "beside other numbers, the limit at 0",
    ("assertions::close_tensors", NOTHING): "an assertion that holds returns None",
    ("cross_entropy::cross_entropy_of_nothing_is_nan", UNIFORM): "nan is the claim",
    ("functions_of_one_tensor::rounding_to_decimals", UNIFORM): ZERO,
    ("linalg_solutions::det_of_a_singular_matrix_has_no_gradient", UNIFORM): ZERO,
    ("random_distributions::nodes_of_other_fillers", UNIFORM): ZERO,
    ("saving::refused_saving_and_loading", WORDLESS): "an archive without bytes ends at once",
}
