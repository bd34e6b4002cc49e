"""Functions of the namespace that few programs call, beside PyTorch: copies of views, hashes, symbolic numbers, autocast's state."""

import warnings

import pytest
import torch

import engine


def told(function, library):
    """What a program sees of a result: its text, its layout, its node; or the type and text of the error."""
    try:
        found = function(library)
    except Exception as error:
        return type(error).__name__, str(error)
    several = found if isinstance(found, (tuple, list)) else [found]
    return [
        (
            repr(each),
            each.stride(),
            each._is_view(),
            each.grad_fn and each.grad_fn.name(),
            each.grad_fn and sorted(name for name in dir(each.grad_fn) if name.startswith("_saved_")),
        )
        if isinstance(each, library.Tensor)
        else repr(each)
        for each in several
    ]


def agree(function):
    """Whether both libraries show the same."""
    assert told(function, engine) == told(function, torch)


def matrix(library):
    """A matrix that requires grad."""
    return library.arange(24.0).view(4, 6).requires_grad_()


COPIES = {
    "alias_copy": (),
    "as_strided_copy": ((2, 2), (1, 2)),
    "detach_copy": (),
    "diagonal_copy": (1,),
    "expand_copy": ((2, 4, 6),),
    "narrow_copy": (0, 1, 2),
    "permute_copy": ((1, 0),),
    "select_copy": (0, 1),
    "slice_copy": (0, 1, 3),
    "split_copy": (3,),
    "split_with_sizes_copy": ([1, 3],),
    "squeeze_copy": (0,),
    "t_copy": (),
    "transpose_copy": (0, 1),
    "unbind_copy": (),
    "unfold_copy": (0, 2, 1),
    "unsqueeze_copy": (0,),
    "view_copy": ((6, 4),),
    "fill": (3,),
    "unsafe_split_with_sizes": ([1, 3],),
}


@pytest.mark.parametrize("name", COPIES)
def test_copy_of_a_view_has_a_node_of_its_own_name(name):
    agree(lambda library: getattr(library, name)(matrix(library), *COPIES[name]))


@pytest.mark.parametrize("name", sorted(set(COPIES) - {"detach_copy"}))
def test_gradient_through_a_copy_of_a_view(name):
    def gradient(library):
        x = matrix(library)
        found = getattr(library, name)(x, *COPIES[name])
        first = found[0] if isinstance(found, tuple) else found
        (first * first).sum().backward()
        return x.grad

    agree(gradient)


@pytest.mark.parametrize("name", COPIES)
def test_missing_arguments_of_copies_are_refused(name):
    agree(lambda library: getattr(library, name)())
    agree(lambda library: getattr(library, name)(library.ones(2, 3), "x", 1, 2, 3, 4, 5, 6))


@pytest.mark.parametrize(
    "call",
    [
        lambda library: library.view_copy(library.ones(4, 6), (24,), out=library.empty(0)),
        lambda library: library.view_copy(
            library.ones(4, 6), (24,), out=library.empty(24, dtype=library.int32)
        ),
        lambda library: library.view_copy(library.ones(4, 6).t(), (24,)),
        lambda library: library.view_copy(library.ones(4, 6), dtype=library.int32),
        lambda library: library.view_copy(library.ones(4, 6), 24),
        lambda library: library.unbind_copy(library.ones(4, 6), out=[library.empty(0)] * 3),
        lambda library: library.detach_copy(matrix(library)).sum().backward(),
        lambda library: library.view_as_complex_copy(library.ones(3, 2, requires_grad=True)),
        lambda library: library.view_as_real_copy(library.ones(2, dtype=library.cfloat).conj()),
        lambda library: library.narrow_copy(library.ones(3), 2, 0, 1),
        lambda library: library.slice_inverse(matrix(library)[1:3], library.ones(4, 6), 0, 1, 3),
        lambda library: library.slice_inverse(library.ones(3), library.ones(4, 6)),
        lambda library: library.fill(library.ones(2), library.ones(2)),
        lambda library: library.ones(2, requires_grad=True).clone().conj_physical_(),
        lambda library: library.hash_tensor(library.arange(12.0).view(3, 4), 1),
        lambda library: library.hash_tensor(library.tensor([-1, 3], dtype=library.int8), 0, keepdim=True),
        lambda library: library.hash_tensor(library.empty(0)),
        lambda library: library.hash_tensor(library.ones(2), 0, out=library.empty(0)),
        lambda library: library.ones(2).map2_(library.ones(2), library.ones(2), lambda a, b, c: a + b * c),
        lambda library: library.ones(2).map2_(library.ones(2).double(), library.ones(2), max),
        lambda library: library.ones(2).col_indices(),
        lambda library: library.get_device_module(3),
        lambda library: library.Stream(),
        lambda library: library.Event("cuda"),
        lambda library: library.accelerator.current_device_index(),
        lambda library: library.OutOfMemoryError.__mro__[1:],
    ],
)
def test_rarer_functions(call):
    agree(call)


@pytest.mark.parametrize("p", [0.3, 0.0, 1.0, 2.0])
@pytest.mark.parametrize("train", [True, False, None])
def test_native_dropout_drops_and_scales_gradients_as_pytorch_does(p, train):
    def program(library):
        library.manual_seed(3)
        x = matrix(library)
        found, mask = library.native_dropout(x, p, train)
        found.backward(library.arange(24.0).view(4, 6))
        return found, mask, x.grad

    agree(program)


@pytest.mark.parametrize("check", [False, True, "list", 3])
def test_dim_order(check):
    def orders(library):
        formats = [library.contiguous_format, library.channels_last]
        x = library.empty(2, 3, 4, 5)
        tensors = [
            x,
            x.permute(2, 0, 3, 1),
            x.to(memory_format=library.channels_last),
            library.empty(1, 2, 1, 3),
            library.empty(2, 1, 3, 1).permute(3, 2, 1, 0),
            library.ones(3).expand(3, 3),
        ]
        given = formats if check == "list" else check
        return [repr(told(lambda _, x=x: [x.dim_order(ambiguity_check=given)], library)) for x in tensors]

    agree(orders)


@pytest.mark.parametrize(
    "call",
    [
        lambda library: library.sym_int(-3.7),
        lambda library: [library.sym_max(3, 2.0), library.sym_min(3, 4.0), library.sym_max(3, 4)],
        lambda library: library.sym_max("a", 1),
        lambda library: library.sym_ite(True, 1, 2.0),
        lambda library: [library.sym_sum([1, 2.5]), library.sym_sum(1, 2), library.sym_not(0)],
        lambda library: library.sym_constrain_range(7, min=1, max=5),
        lambda library: library.sym_constrain_range_for_size(7, max=1),
        lambda library: library.SymInt,
    ],
)
def test_symbolic_numbers_are_plain_ones(call):
    agree(call)


def state_of_autocast(library):
    """What a program reads while it turns autocast on and off."""
    seen = []
    product = library.ones(2, 2)
    for enabled in (True, False):
        library.set_autocast_enabled("cpu", enabled)
        seen += [library.is_autocast_enabled("cpu"), (product @ product).dtype]
    with library.autocast("cpu", cache_enabled=False):
        seen += [library.autocast_increment_nesting(), library.autocast_decrement_nesting()]
        seen.append(library.is_autocast_cache_enabled())
    seen += [library.is_autocast_cache_enabled(), library.autocast_increment_nesting()]
    seen.append(library.autocast_decrement_nesting())
    seen += [library.get_autocast_dtype(kind) for kind in ("cpu", "cuda", "mps", "xla")]
    return seen


def test_autocast_can_be_turned_on_without_a_block():
    agree(state_of_autocast)


@pytest.mark.parametrize(
    "call",
    [
        lambda library: library.set_autocast_enabled(),
        lambda library: library.set_autocast_enabled("cpu", 1),
        lambda library: library.set_autocast_dtype("cpu", 3),
        lambda library: library.get_autocast_dtype("meta"),
        lambda library: library.is_autocast_enabled("meta"),
        lambda library: library.set_autocast_cache_enabled(1),
        lambda library: library.clear_autocast_cache(1),
        lambda library: library.set_autocast_cpu_dtype(3),
    ],
)
def test_autocast_refuses_other_arguments(call):
    agree(call)


def test_older_setters_of_autocast_warn():
    with pytest.warns(
        DeprecationWarning, match=r"Please use torch.set_autocast_dtype\('cpu', dtype\) instead"
    ):
        engine.set_autocast_cpu_dtype(engine.bfloat16)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        agree(lambda library: library.is_autocast_xla_enabled())


@pytest.mark.parametrize("shared", [True, False])
def test_tensors_lie_over_files(shared, tmp_path):
    def written(library):
        path = str(tmp_path / library.__name__)
        with open(path, "wb") as file:
            file.write(bytes(range(16)))
        x = library.from_file(path, shared, 12, dtype=library.uint8)
        seen = x.tolist()
        x.fill_(7)
        with open(path, "rb") as file:
            return seen, file.read()

    agree(written)


@pytest.mark.parametrize("shared", [True, False])
def test_short_and_missing_files(shared, tmp_path):
    (tmp_path / "short").write_bytes(b"1234")
    agree(lambda library: library.from_file(str(tmp_path / "short"), shared, 12, dtype=library.uint8))
    agree(lambda library: library.from_file(str(tmp_path / "no folder" / "file"), shared, 12))
    agree(lambda library: library.from_file(str(tmp_path / "short"), shared, -1))
    agree(lambda library: library.from_file(3, shared))
