"""What layers and their functions refuse, and in which words: the same calls on the engine and on PyTorch."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest

import engine

torch = pytest.importorskip("torch")

CALLS: dict[str, Callable[[Any], Any]] = {
    "sizes_of_text": lambda torch: torch.nn.LayerNorm("a"),
    "sizes_of_numbers_with_points": lambda torch: torch.nn.LayerNorm([2.5]),
    "module_to_a_layout": lambda torch: torch.nn.Linear(1, 1).to(torch.channels_last),
    "module_to_two_types": lambda torch: torch.nn.Linear(1, 1).to(torch.float32, torch.float64),
    "module_to_a_copy": lambda torch: torch.nn.Linear(1, 1).to(torch.float64, True, True),
    "module_to_what_is_unknown": lambda torch: torch.nn.Linear(1, 1).to(foo=1),
    "module_to_integers": lambda torch: torch.nn.Linear(1, 1).to(torch.int32),
    "tensor_to_a_type_and_a_device": lambda torch: torch.ones(1).to(torch.float64, device="cpu"),
    "module_to_xpu": lambda torch: torch.nn.Linear(1, 1).xpu(),
    "module_to_ipu": lambda torch: torch.nn.Linear(1, 1).ipu(),
    "training_by_text": lambda torch: torch.ones(1).requires_grad_("a"),
    "matrix_times_a_type": lambda torch: torch.matmul(torch.ones(2), torch.float32),
    "matrix_times_a_generator": lambda torch: torch.matmul(torch.ones(2), torch.Generator()),
    "lstm_with_three_states": lambda torch: torch.nn.LSTM(1, 1)(
        torch.ones(1, 1, 1), [torch.zeros(1, 1, 1)] * 3
    ),
    "packed_by_a_list": lambda torch: torch.nn.utils.rnn.PackedSequence(torch.ones(3), [2, 1]),
    "padded_by_text": lambda torch: torch.nn.utils.rnn.pad_packed_sequence(
        torch.nn.utils.rnn.pack_sequence([torch.ones(2)]), padding_value="a"
    ),
    "inverse_of_a_list": lambda torch: torch.nn.utils.rnn.invert_permutation([1]),
    "no_reduction": lambda torch: torch.nn.functional.poisson_nll_loss(
        torch.ones(1), torch.ones(1), reduction=None
    ),
    "fans_of_a_number": lambda torch: torch.nn.init.xavier_uniform_(3),
    "pop_of_nothing": lambda torch: torch.nn.ModuleList([torch.nn.ReLU()]).pop(),
    "pool_of_negative_size": lambda torch: torch.nn.functional.max_pool2d(torch.ones(1, 1, 4, 4), -1),
    "pool_without_depth": lambda torch: torch.nn.functional.max_pool3d(torch.ones(1, 3, 0, 4, 4), 2),
    "average_without_depth": lambda torch: torch.nn.functional.avg_pool3d(torch.ones(1, 3, 0, 4, 4), 2),
    "average_of_two_sizes": lambda torch: torch.nn.functional.avg_pool3d(torch.ones(1, 1, 4, 4, 4), (2, 2)),
    "average_of_five_dimensions": lambda torch: torch.nn.functional.avg_pool2d(torch.ones(1, 1, 1, 4, 4), 2),
    "pool_of_integers": lambda torch: torch.nn.functional.max_pool1d(torch.ones(1, 3, 4).long(), 2),
    "pool_by_a_text": lambda torch: torch.nn.functional.max_pool2d(torch.ones(1, 1, 4, 4), 2, padding="same"),
    "pool_by_none_inside": lambda torch: torch.nn.functional.max_pool2d(torch.ones(1, 1, 4, 4), [2, None]),
    "pool_by_a_flag_of_one": lambda torch: torch.nn.functional.max_pool2d(
        torch.ones(1, 1, 4, 4), kernel_size=3, ceil_mode=1
    ),
    "average_by_a_flag_of_one": lambda torch: torch.nn.functional.avg_pool1d(
        torch.ones(1, 3, 4), 2, ceil_mode=1
    ),
    "pool_power_of_three_sizes": lambda torch: torch.nn.functional.lp_pool2d(
        torch.ones(1, 1, 4, 4), 2, (2, 2, 2)
    ),
    "adaptive_average_of_integers": lambda torch: torch.nn.functional.adaptive_avg_pool3d(
        torch.ones(1, 1, 2, 2, 2).int(), 2
    ),
    "adaptive_average_of_negative_size": lambda torch: torch.nn.functional.adaptive_avg_pool3d(
        torch.ones(1, 1, 2, 2, 2), (-1, 2, 3)
    ),
    "random_samples_of_another_type": lambda torch: torch.nn.functional.fractional_max_pool2d(
        torch.ones(1, 3, 4, 4), 2, output_size=2, _random_samples=torch.zeros(1, 3, 2).double()
    ),
    "random_samples_of_other_sizes": lambda torch: torch.nn.functional.fractional_max_pool2d(
        torch.ones(1, 3, 4, 4), 2, output_size=2, _random_samples=torch.zeros(1, 3, 3)
    ),
    "fractional_of_two_sizes": lambda torch: torch.nn.functional.fractional_max_pool3d(
        torch.ones(1, 1, 4, 4, 4), 2, output_size=(2, 2)
    ),
    "ratios_for_two_of_three": lambda torch: torch.nn.FractionalMaxPool3d(2, output_ratio=(0.5, 0.2)),
    "unpool_without_steps": lambda torch: torch.nn.functional.max_unpool3d(
        torch.ones(1, 1, 4, 4, 4), torch.zeros(1, 1, 4, 4, 4).long(), 2, stride=0
    ),
    "convolution_by_a_larger_weight": lambda torch: torch.nn.functional.conv1d(
        torch.ones(2, 3, 4), torch.ones(2, 3, 2, 2)
    ),
    "convolution_by_a_smaller_weight": lambda torch: torch.nn.functional.conv2d(
        torch.ones(1, 3, 4, 4), torch.ones(2, 3, 2)
    ),
    "convolution_kept_by_a_larger_weight": lambda torch: torch.nn.functional.conv1d(
        torch.ones(2, 3, 4), torch.ones(2, 3, 2, 2), padding="same"
    ),
    "convolution_of_complex_by_real": lambda torch: torch.nn.functional.conv2d(
        torch.ones(1, 3, 4, 4, dtype=torch.complex64), torch.ones(2, 3, 2, 2)
    ),
    "transposed_by_a_text": lambda torch: torch.nn.functional.conv_transpose1d(
        torch.ones(2, 3, 4), torch.ones(3, 2, 2), padding="same"
    ),
    "transposed_too_small": lambda torch: torch.nn.functional.conv_transpose1d(
        torch.ones(1, 3, 4), torch.ones(3, 2, 2), padding=10
    ),
    "lengths_that_are_not_integers": lambda torch: torch.nn.functional.ctc_loss(
        torch.zeros(5, 2, 4), torch.ones(2, 3).long(), torch.tensor([5.0, 5.0]), torch.tensor([3, 2])
    ),
    "probabilities_of_no_step": lambda torch: torch.nn.functional.ctc_loss(
        torch.zeros(0, 2, 4), torch.ones(2, 3).long(), (0, 0), (3, 3)
    ),
    "distances_of_integers": lambda torch: torch.nn.functional.pdist(torch.ones(2, 2).long()),
    "rows_of_an_empty_table": lambda torch: torch.nn.functional.embedding(
        torch.tensor([0]), torch.ones(0, 3)
    ),
    "padding_outside_of_the_table": lambda torch: torch.nn.functional.embedding_bag(
        torch.tensor([[1, 2]]), torch.ones(5, 3), padding_idx=5
    ),
    "bags_without_last_offset": lambda torch: torch.nn.functional.embedding_bag(
        torch.tensor([1, 2]), torch.ones(5, 3), torch.tensor([]).long(), include_last_offset=True
    ),
    "layer_norm_by_a_larger_weight": lambda torch: torch.nn.functional.layer_norm(
        torch.ones(2, 4), (4,), torch.ones(4).double()
    ),
    "layer_norm_by_a_larger_bias": lambda torch: torch.nn.functional.layer_norm(
        torch.ones(2, 4), (4,), torch.ones(4), torch.ones(4).double()
    ),
    "layer_norm_of_halves": lambda torch: torch.nn.functional.layer_norm(
        torch.ones(2, 4).half(), (4,), torch.ones(4).double()
    ),
    "batch_norm_by_a_mean_alone": lambda torch: torch.nn.functional.batch_norm(
        torch.ones(2, 3), torch.zeros(3), None
    ),
    "attention_dropped_too_often": lambda torch: torch.nn.functional.scaled_dot_product_attention(
        *[torch.ones(2, 3)] * 3, dropout_p=1.5
    ),
    "softmax_of_integers": lambda torch: torch.nn.functional.softmax(torch.ones(2, 2).long(), 0),
    "nearest_of_integers": lambda torch: torch.nn.functional.interpolate(torch.ones(1, 3, 4).long(), 3),
    "linear_of_bytes": lambda torch: torch.nn.functional.interpolate(
        torch.ones(1, 3, 4).byte(), 3, mode="linear"
    ),
    "packed_of_another_size": lambda torch: torch.nn.LSTM(5, 3)(
        torch.nn.utils.rnn.pack_sequence([torch.ones(3, 2), torch.ones(2, 2)])
    ),
    "cell_with_one_state": lambda torch: torch.nn.LSTMCell(2, 3)(torch.ones(2, 2), torch.ones(2, 3)),
    "packed_without_batch": lambda torch: torch.nn.utils.rnn.pack_padded_sequence(torch.ones(3), [3]),
    "clipped_without_gradients": lambda torch: torch.nn.utils.clip_grad_value_([], 1.0),
    "sparse_parameters": lambda torch: torch.optim.SparseAdam([torch.ones(2).to_sparse().requires_grad_()]),
}


def _refusal(library: Any, call: Callable[[Any], Any]) -> tuple[str, str]:
    try:
        call(library)
    except Exception as error:
        return type(error).__name__, str(error)
    return "", ""


@pytest.mark.parametrize("name", CALLS)
def test_the_same_is_refused_in_the_same_words(name: str) -> None:
    found, wanted = (_refusal(library, CALLS[name]) for library in (engine, torch))
    assert wanted != ("", "")
    assert found == wanted


@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
@pytest.mark.parametrize("last", [1, 2, 3])
def test_a_last_offset_before_the_end_bounds_the_sums(mode: str, last: int) -> None:
    def bags(library: Any) -> Any:
        rows, numbers = library.arange(15.0).reshape(5, 3), library.tensor([1, 2, 3])
        offsets = library.tensor([0, last])
        return library.nn.functional.embedding_bag(
            numbers, rows, offsets, mode=mode, include_last_offset=True
        ).tolist()

    assert bags(engine) == bags(torch)


def test_loading_into_a_module_without_memory_warns() -> None:
    def warned(library: Any) -> list[str]:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            library.nn.Linear(1, 1, device="meta").load_state_dict(library.nn.Linear(1, 1).state_dict())
        return [str(each.message) for each in caught]

    assert len(warned(torch)) == 2
    assert warned(engine) == warned(torch)


def test_a_dictionary_of_parameters_is_joined_from_the_right() -> None:
    def joined(library: Any) -> list[str]:
        return list({"first": 1} | library.nn.ParameterDict({"second": library.ones(1)}))

    assert joined(engine) == joined(torch)


def test_what_loading_gives_is_imported_from_the_module_of_modules() -> None:
    from engine.nn.modules.module import _IncompatibleKeys

    found = engine.nn.Linear(1, 1).load_state_dict({}, strict=False)
    assert type(found) is _IncompatibleKeys
    wanted = type(torch.nn.Linear(1, 1).load_state_dict({}, strict=False)).__module__
    assert type(found).__module__.partition(".")[2] == wanted.partition(".")[2]


def test_a_lazy_module_is_cast_before_it_has_weights() -> None:
    layer = engine.nn.LazyLinear(3).to(engine.float64)
    assert layer(engine.ones(2, 4, dtype=engine.float64)).dtype is engine.float64


def test_that_nested_tensors_are_young_is_said_once() -> None:
    layer = engine.nn.TransformerEncoderLayer(4, 2, 8, batch_first=True)
    encoder = engine.nn.TransformerEncoder(layer, 1).eval()
    hidden = engine.tensor([[False, False, True], [False, False, False]])
    with warnings.catch_warnings(record=True) as caught, engine.no_grad():
        warnings.simplefilter("always")
        for _ in range(3):
            encoder(engine.ones(2, 3, 4), src_key_padding_mask=hidden)
    assert len([each for each in caught if "nested tensors" in str(each.message)]) <= 1
