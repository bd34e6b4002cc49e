import subprocess
import sys

import numpy as np
import pytest

import engine as torch
from engine import lazy


def run(program):
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)


def test_bfloat16_is_imported_when_it_is_first_used():
    found = run(
        "import sys, engine as torch; print('ml_dtypes' in sys.modules, torch.bfloat16, torch.finfo(torch.bfloat16).eps)\n"
        "torch.tensor([1.5], dtype=torch.bfloat16); print('ml_dtypes' in sys.modules)"
    )
    assert found.stdout.splitlines() == ["False torch.bfloat16 0.0078125", "True"]


def test_bfloat16_without_its_package_says_what_to_install():
    found = run(
        "import sys; sys.modules['ml_dtypes'] = None\nimport engine as torch; torch.tensor([1.5]).bfloat16()"
    )
    assert found.stderr.splitlines()[-1] == (
        "ImportError: torch.bfloat16 needs the package ml_dtypes, install it with: pip install ml_dtypes"
    )


def test_complex32_has_a_name_and_no_numbers():
    assert torch.float16.to_complex() is torch.complex32
    with pytest.raises(NotImplementedError, match="NumPy has no such type: use complex64"):
        torch.zeros(2, dtype=torch.complex32)


@pytest.mark.parametrize("kind", [lazy.LazyConjugate, lazy.LazyNegative])
def test_lazy_arrays_behave_as_the_arrays_that_they_stand_for(kind):
    memory = np.array([[1 + 2j, 3 - 4j], [0.5j, -1.5]])
    array, expected = memory.view(kind), kind.turn(memory)
    for read in (
        lambda a: a.tolist(),
        lambda a: a[1, 0],
        lambda a: a[[1, 0]],
        lambda a: a.T[0],
        lambda a: a.sum(axis=0),
        lambda a: a.astype(np.complex64),
        lambda a: np.concatenate([a, a]),
        lambda a: np.where(a == 0, a, 2 * a),
        lambda a: np.add.reduce(a, axis=1),
        lambda a: a @ a,
        lambda a: np.expand_dims(a, 0)[0, 1],
    ):
        assert np.array_equal(lazy.plain(read(array)), read(expected))


@pytest.mark.parametrize("kind", [lazy.LazyConjugate, lazy.LazyNegative])
def test_what_is_written_to_a_lazy_array_is_read_again(kind):
    memory = np.zeros(3, complex)
    array = memory.view(kind)
    array[0] = 1 + 2j
    array[1:] = memory[1:].view(kind) + 3j
    np.multiply(array, 2, out=array)
    assert array.tolist() == [2 + 4j, 6j, 6j]
    assert memory.tolist() == kind.turn(np.array([2 + 4j, 6j, 6j])).tolist()
