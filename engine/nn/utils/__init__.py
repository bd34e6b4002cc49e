"""`torch.nn.utils`: gradients' norms, and parameters made of others; most are imported on demand, see `late.py`.

`spectral_norm` and `weight_norm` are imported at once: importing a module sets its name here, and it is the function's.
"""

from ...late import attributes, by_name
from .spectral_norm import remove_spectral_norm as remove_spectral_norm
from .spectral_norm import spectral_norm as spectral_norm
from .weight_norm import remove_weight_norm as remove_weight_norm
from .weight_norm import weight_norm as weight_norm

FUNCTIONS = {
    "nn.utils.clip_grad": (
        "clip_grad_norm clip_grad_norm_ clip_grad_value_ clip_grads_with_norm_ get_total_norm"
    ),
    "nn.utils.convert_parameters": "parameters_to_vector vector_to_parameters",
    "nn.utils.fusion": "fuse_conv_bn_eval fuse_conv_bn_weights fuse_linear_bn_eval fuse_linear_bn_weights",
    "nn.utils.init": "skip_init",
    "nn.utils.memory_formats": "convert_conv2d_weight_memory_format convert_conv3d_weight_memory_format",
}

SUBMODULES = "clip_grad convert_parameters fusion init parametrizations parametrize prune rnn stateless"

__all__ = sorted(
    [
        *by_name(FUNCTIONS),
        "parametrizations",
        "remove_spectral_norm",
        "remove_weight_norm",
        "rnn",
        "spectral_norm",
        "stateless",
        "weight_norm",
    ]
)

__getattr__, __dir__ = attributes(__name__, FUNCTIONS, SUBMODULES)
