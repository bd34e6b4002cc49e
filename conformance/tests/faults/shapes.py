"""Faults in shapes, places, products, torch.linalg and torch.fft."""

from . import Fault

FAULTS = [
    Fault(
        "roll's gradient is rolled the same way again",
        "ops/rearranging.py",
        before="grad.roll(tuple([-each for each in shifts]), dims)",
        after="grad.roll(tuple([each for each in shifts]), dims)",
        caught_by="shapes_moved::roll",
    ),
    Fault(
        "overlapping windows overwrite each other's gradients",
        "ops/parts.py",
        before="moved[..., place : place + (count - 1) * step + 1 : step] += parts[..., place]",
        after="moved[..., place : place + (count - 1) * step + 1 : step] = parts[..., place]",
        caught_by="shapes_moved::unfold_is_a_view_of_windows",
    ),
    Fault(
        "meshgrid gives its grids in the wrong order for xy",
        "ops/stacking.py",
        before="        grids[0], grids[1] = grids[1], grids[0]\n",
        after="",
        caught_by="shapes_joined::meshgrid",
    ),
    Fault(
        "what is put takes only the last of several gradients",
        "ops/lookup.py",
        before="np.add.at(flat, np.ravel(index), values)",
        after="flat[np.ravel(index)] += values",
        caught_by="lookups::take",
    ),
    Fault(
        "the mean of what is written counts what was there, too",
        "ops/reduced_writes.py",
        before="counts = np.full(found.shape, int(include_self), np.int64)",
        after="counts = np.full(found.shape, 1, np.int64)",
        caught_by="lookups::scatter_reduce",
    ),
    Fault(
        "a summand times 0 still counts",
        "ops/products.py",
        before="    if beta == 0:\n        return product\n",
        after="",
        caught_by="products::addmv_and_addr",
    ),
    Fault(
        "einsum without an arrow keeps labels in the order in which they appear",
        "ops/einsum.py",
        before="once = sorted([each for each in set(given) if each != ELLIPSIS and given.count(each) == 1])",
        after="once = [each for each in given if each != ELLIPSIS and given.count(each) == 1]",
        caught_by="einsum::one_operand",
    ),
    Fault(
        "the gradient of the inverse lost its sign",
        "linalg/solving.py",
        before="-matmul(inverse.mH, matmul(grads[0], inverse.mH))",
        after="matmul(inverse.mH, matmul(grads[0], inverse.mH))",
        caught_by="linalg_solutions::inverse",
    ),
    Fault(
        "a singular matrix of a batch is not named",
        "linalg/checks.py",
        before='f"(Batch element {number}): " if info.ndim else ""',
        after='""',
        caught_by="linalg_solutions::singular_matrices_are_refused",
    ),
    Fault(
        "the gradient of the Cholesky factor is not made symmetric",
        "linalg/factoring.py",
        before="(lower + lower.tril(-1).mH) * 0.5",
        after="lower * 0.5",
        caught_by="linalg_factors::cholesky",
    ),
    Fault(
        "the half that mirrors the other is not counted twice",
        "fft/transforms.py",
        before="        _multiply(found.narrow(last, 1, doubled), 2)\n",
        after="        pass\n",
        caught_by="fourier::of_complex_numbers",
    ),
    Fault(
        "the inverse transform is divided like the forward one",
        "fft/transforms.py",
        before="return NOT if forward else BY_COUNT",
        after="return NOT",
        caught_by="fourier::of_real_numbers",
    ),
]
