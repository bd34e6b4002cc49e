"""Faults in modules and the basic layers of `torch.nn`."""

from __future__ import annotations

from . import Fault

FAULTS = [
    Fault(
        "an embedding's padding gets a gradient",
        "ops/embedding.py",
        before="    if padding_idx >= 0:\n        kept = places != padding_idx",
        after="    if padding_idx > 99:\n        kept = places != padding_idx",
        caught_by="nn_layers::embedding_of_repeated_indices",
    ),
    Fault(
        "the last row of each run of equal indices is lost",
        "ops/row_sums.py",
        before="    beyond = at >= ends",
        after="    beyond = at >= ends - (ends - starts > 2)",
        caught_by="nn_layers::embedding_gradient_of_many_rows",
    ),
    Fault(
        "dropout does not scale up what it keeps",
        "ops/dropout.py",
        before="return _times(input, noise.div_(1 - p), inplace)",
        after="return _times(input, noise, inplace)",
        caught_by="nn_dropout::mask_of_dropout",
    ),
    Fault(
        "dropout keeps with the probability to drop",
        "ops/dropout.py",
        before="return random.bernoulli_(wrap(np.empty(sizes, kind), input._dtype), 1 - p)",
        after="return random.bernoulli_(wrap(np.empty(sizes, kind), input._dtype), p)",
        caught_by="nn_dropout::mask_of_dropout",
    ),
    Fault(
        "reflected borders repeat the element at the edge",
        "ops/padding.py",
        before="return np.where(places < size, places, 2 * (size - 1) - places)",
        after="return np.where(places < size, places, 2 * size - 1 - places)",
        caught_by="nn_padding::reflected_borders",
    ),
    Fault(
        "the gradient of a repeated border is overwritten, not added up",
        "ops/padding.py",
        before="            inner[place] += row",
        after="            inner[place] = row",
        caught_by="nn_padding::repeated_borders",
    ),
    Fault(
        "orthogonal weights keep LAPACK's signs",
        "nn/init.py",
        before="    q = q * np.sign(np.diagonal(r))",
        after="    q = q * 1",
        caught_by="nn_init::orthogonal_weights",
    ),
    Fault(
        "clipping scales gradients up to the norm, too",
        "nn/utils/clip_grad.py",
        before="factor = clamp(float(max_norm) / (total_norm + 1e-6), max=1.0)",
        after="factor = float(max_norm) / (total_norm + 1e-6)",
        caught_by="nn_utils::clipped_norm",
    ),
    Fault(
        "hooks before loading a state are not called",
        "nn/modules/state.py",
        before="        for hook in self._load_state_dict_pre_hooks.values():",
        after="        for hook in []:",
        caught_by="nn_module_states::hooks_around_loading_a_state",
    ),
    Fault(
        "a parametrized weight is computed anew inside of `cached`",
        "nn/utils/parametrize.py",
        before="        if _cache.get(key) is None:",
        after="        if True:",
        caught_by="nn_parametrizations::cached_parametrization",
    ),
    Fault(
        "channels are shuffled back with the same number of groups",
        "ops/shuffles.py",
        before="self_sizes_geometry[1] // groups",
        after="groups",
        caught_by="nn_layers::shuffled_channels",
    ),
    Fault(
        "a lazy layer stays lazy",
        "nn/modules/lazy.py",
        before="        if module.cls_to_become is not None:",
        after="        if module.cls_to_become is False:",
        caught_by="nn_layers::lazy_linear_layer",
    ),
]
