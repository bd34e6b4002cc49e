"""`torch.nn.utils`: gradients' norms, and parameters made of others; each is imported on demand, see `late.py`."""

from ...late import attributes, by_name

FUNCTIONS = {
    "nn.utils.clip_grad": (
        "clip_grad_norm clip_grad_norm_ clip_grad_value_ clip_grads_with_norm_ get_total_norm"
    ),
    "nn.utils.convert_parameters": "parameters_to_vector vector_to_parameters",
    "nn.utils.fusion": "fuse_conv_bn_eval fuse_conv_bn_weights fuse_linear_bn_eval fuse_linear_bn_weights",
    "nn.utils.init": "skip_init",
    "nn.utils.spectral_norm": "remove_spectral_norm spectral_norm",
    "nn.utils.weight_norm": "remove_weight_norm weight_norm",
}

SUBMODULES = "clip_grad convert_parameters fusion init parametrizations parametrize prune rnn stateless"

__all__ = sorted(by_name(FUNCTIONS))

__getattr__, __dir__ = attributes(__name__, FUNCTIONS, SUBMODULES)
