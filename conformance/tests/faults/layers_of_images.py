"""Faults in convolution, pooling, normalization and resampling."""

from . import Fault

FAULTS = [
    Fault(
        "a convolution's kernel is not turned round for its input's gradient",
        "ops/convolving.py",
        before="turned = np.flip(w, tuple(range(2, w.ndim)))",
        after="turned = w",
        caught_by="nn_convolution::depthwise_convolution",
    ),
    Fault(
        "in larger images, the gradient of a convolution's input takes each row of the kernel from its end",
        "ops/convolving.py",
        before="matrix = np.moveaxis(w, 0, -1).reshape(channels * taps, -1)",
        after="matrix = np.moveaxis(w[..., ::-1], 0, -1).reshape(channels * taps, -1)",
        caught_by="nn_convolution::conv2d_of_larger_images",
    ),
    Fault(
        "the bias of a transposed convolution is forgotten",
        "ops/convolution.py",
        before="    if bias is not None:\n        found += bias.reshape(1, -1, *(1,) * len(sizes))\n    return found",
        after="    return found",
        caught_by="nn_convolution::transposed_convolutions",
    ),
    Fault(
        "max_pool2d takes the last of equal elements",
        "ops/pooling.py",
        before="number = np.greater(met, best).view(np.uint8)",
        after="number = np.greater_equal(met, best).view(np.uint8)",
        caught_by="nn_pooling::max_pool2d_tells_where",
    ),
    Fault(
        "nan is not the largest of a window",
        "ops/pooling.py",
        before="            np.maximum(best, met, out=best)\n        below",
        after="            np.fmax(best, met, out=best)\n        below",
        caught_by="nn_pooling::max_pool2d_and_nan",
    ),
    Fault(
        "windows beyond the padding count in averages",
        "ops/pooling.py",
        before="end = np.minimum(start + taps, size + pad)",
        after="end = start + taps",
        caught_by="nn_pooling::avg_pool2d_with_ceil_mode_and_divisor",
    ),
    Fault(
        "the remembered variance is the biased one",
        "ops/normalization.py",
        before="squares / squares.dtype.type(max(count - 1, 1))",
        after="squares / squares.dtype.type(max(count, 1))",
        caught_by="nn_normalization::batch_norm_by_the_batch",
    ),
    Fault(
        "the gradient of layer_norm leaves out what flows through the deviation",
        "ops/normalizing.py",
        before="hat *= (row_products(by_weight, hat) / -count)[:, None]",
        after="hat *= 0 * (row_products(by_weight, hat) / -count)[:, None]",
        caught_by="nn_normalization::layer_norm_over_the_last_dimensions",
    ),
    Fault(
        "align_corners does not matter",
        "ops/resizing.py",
        before="    if align_corners:\n        return positions * step\n",
        after="",
        caught_by="nn_resampling::interpolate_linearly",
    ),
]
