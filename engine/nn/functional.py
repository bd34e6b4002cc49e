"""`torch.nn.functional`: the index of the functions, which are imported on demand.

A line for each module that holds some; see `late.py`.
"""

from ..late import attributes, by_name

FUNCTIONS = {
    "nn.functions.attention": "multi_head_attention_forward scaled_dot_product_attention",
    "nn.functions.activations": (
        "celu elu glu gumbel_softmax hardsigmoid hardswish hardtanh leaky_relu log_softmax logsigmoid mish relu relu6 rrelu "
        "selu sigmoid silu softmax softmin softplus softsign tanh tanhshrink threshold"
    ),
    "nn.functions.adaptive_pooling": (
        "adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d adaptive_max_pool1d_with_indices "
        "adaptive_max_pool2d adaptive_max_pool2d_with_indices adaptive_max_pool3d adaptive_max_pool3d_with_indices "
        "fractional_max_pool2d fractional_max_pool2d_with_indices fractional_max_pool3d fractional_max_pool3d_with_indices "
        "max_unpool1d max_unpool2d max_unpool3d"
    ),
    "nn.functions.convolution": "conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d",
    "nn.functions.dropout": "alpha_dropout dropout dropout1d dropout2d dropout3d feature_alpha_dropout",
    "nn.functions.normalization": "batch_norm group_norm instance_norm layer_norm local_response_norm rms_norm",
    "nn.functions.resampling": "interpolate upsample upsample_bilinear upsample_nearest",
    "nn.functions.sampling": "affine_grid grid_sample",
    "nn.functions.pooling": (
        "avg_pool1d avg_pool2d avg_pool3d lp_pool1d lp_pool2d lp_pool3d max_pool1d max_pool1d_with_indices max_pool2d "
        "max_pool2d_with_indices max_pool3d max_pool3d_with_indices"
    ),
    "nn.functions.distance": "cosine_similarity normalize pairwise_distance",
    "nn.functions.linear": "bilinear linear",
    "ops.convolution_in_time": "conv_tbc",
    "ops.distances": "pdist",
    "nn.functions.padding": "pad",
    "nn.functions.sparse": "embedding embedding_bag",
    "ops.embedding": "one_hot",
    "ops.shuffles": "channel_shuffle native_channel_shuffle pixel_shuffle pixel_unshuffle",
    "ops.windows_as_columns": "fold unfold",
    "ops.forms_in_place": "relu_",
    "ops.gates": "gelu",
    "ops.rectifiers": "celu_ elu_ leaky_relu_ prelu rrelu_ selu_ threshold_",
    "ops.shrinking": "hardshrink hardtanh_ softshrink",
    "nn.functions.margin_losses": (
        "cosine_embedding_loss ctc_loss hinge_embedding_loss margin_ranking_loss multi_margin_loss multilabel_margin_loss "
        "multilabel_soft_margin_loss soft_margin_loss triplet_margin_loss triplet_margin_with_distance_loss"
    ),
    "nn.functions.losses": (
        "binary_cross_entropy binary_cross_entropy_with_logits cross_entropy gaussian_nll_loss huber_loss kl_div l1_loss "
        "linear_cross_entropy mse_loss nll_loss poisson_nll_loss smooth_l1_loss"
    ),
}

__all__ = sorted(by_name(FUNCTIONS))

__getattr__, __dir__ = attributes(__name__, FUNCTIONS)
