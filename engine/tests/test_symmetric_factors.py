"""Factorizations of symmetric and hermitian matrices, and products with orthogonal ones, beside PyTorch's."""

import numpy as np
import pytest

import engine

torch = pytest.importorskip("torch")


def matrix(size, kind, hermitian, hollow):
    random = np.random.default_rng(size)
    found = random.standard_normal((2, size, size)) + 1j * random.standard_normal((2, size, size))
    found = found if np.issubdtype(kind, np.complexfloating) else found.real
    turned = np.swapaxes(found, -2, -1)
    found = found + (np.conjugate(turned) if hermitian else turned)
    if hollow:
        found[:, range(size), range(size)] = 0
    return found.astype(kind)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 13])
@pytest.mark.parametrize("kind", [np.float32, np.float64, np.complex64, np.complex128])
@pytest.mark.parametrize("hermitian", [False, True])
@pytest.mark.parametrize("hollow", [False, True])
def test_matrices_are_factored_with_the_same_pivots_and_equations_solved(size, kind, hermitian, hollow):
    given = matrix(size, kind, hermitian, hollow)
    right = np.random.default_rng(0).standard_normal((2, size, 3)).astype(kind)
    tolerance = 2e-3 if kind in (np.float32, np.complex64) else 1e-9
    theirs = torch.linalg.ldl_factor_ex(torch.from_numpy(given), hermitian=hermitian)
    ours = engine.linalg.ldl_factor_ex(engine.from_numpy(given), hermitian=hermitian)
    assert ours.pivots.tolist() == theirs.pivots.tolist()
    assert repr(ours.info) == repr(theirs.info)
    assert ours.LD.stride() == theirs.LD.stride()
    np.testing.assert_allclose(ours.LD.numpy(), theirs.LD.numpy(), tolerance, tolerance)
    if size > 1 or not hollow:
        solved = engine.linalg.ldl_solve(*ours[:2], engine.from_numpy(right), hermitian=hermitian)
        expected = torch.linalg.ldl_solve(*theirs[:2], torch.from_numpy(right), hermitian=hermitian)
        assert solved.stride() == expected.stride()
        np.testing.assert_allclose(solved.numpy(), expected.numpy(), tolerance, tolerance)


FACTOR = "torch.linalg.ldl_factor(torch.tensor([[2.0, 1], [1, 3]]))"
LINES = """
torch.ormqr(torch.ones(4, 3), torch.ones(3), torch.ones(4, 2).requires_grad_())
torch.ormqr(torch.ones(4, 3), torch.ones(3), torch.ones(4, 0))
torch.ones(4, 3).ormqr(torch.zeros(3), torch.ones(2, 4), left=False).stride()
torch.ormqr(torch.ones(4, 3), torch.ones(3), torch.ones(3, 2))
torch.ormqr(torch.ones(4, 3), torch.ones(3), torch.ones(4, 2), False)
torch.ormqr(torch.ones(4, 3), torch.ones(3), torch.ones(4))
torch.ormqr(torch.ones(4), torch.ones(3), torch.ones(4, 2))
torch.ormqr(torch.ones(4, 3), torch.ones(4), torch.ones(4, 2))
torch.ormqr(torch.ones(4, 3), torch.ones(1, 3), torch.ones(4, 2))
torch.ormqr(torch.ones(4, 3), torch.ones(3), torch.ones(1, 4, 2))
torch.ormqr(torch.ones(4, 3), torch.ones(3).double(), torch.ones(4, 2))
torch.ormqr(torch.ones(2, 4, 3), torch.ones(2, 3), torch.ones(3, 4, 2))
torch.ormqr(torch.ones(4, 3).half(), torch.ones(3).half(), torch.ones(4, 2).half())
torch.ormqr(torch.ones(4, 3))
torch.ormqr(torch.ones(4, 3), torch.ones(3), 3)
torch.linalg.ldl_factor(torch.tensor([[2.0, 1], [1, 3]]))
torch.linalg.ldl_factor_ex(torch.zeros(2, 2))
torch.linalg.ldl_factor_ex(torch.zeros(2, 2), check_errors=True)
torch.linalg.ldl_factor(torch.zeros(2, 2, 2))
torch.linalg.ldl_factor(torch.ones(2, 3))
torch.linalg.ldl_factor(torch.ones(2))
torch.linalg.ldl_factor(torch.ones(2, 2).long())
torch.linalg.ldl_factor(torch.ones(2, 2).half())
torch.linalg.ldl_factor(torch.zeros(3, 0, 0))
torch.linalg.ldl_factor(torch.ones(2, 2, requires_grad=True) + torch.eye(2))
torch.linalg.ldl_factor(torch.eye(2).requires_grad_())[0].sum().backward()
torch.linalg.ldl_solve(*FACTOR, torch.ones(2, 1).requires_grad_())
torch.linalg.ldl_solve(*FACTOR, torch.ones(2, 1).requires_grad_()).sum().backward()
torch.linalg.ldl_solve(*FACTOR, torch.ones(4, 2, 3)).stride()
torch.linalg.ldl_solve(*FACTOR, torch.ones(2, 0))
torch.linalg.ldl_solve(*FACTOR, torch.ones(2))
torch.linalg.ldl_solve(*FACTOR, torch.ones(3, 1))
torch.linalg.ldl_solve(*FACTOR, torch.ones(2, 1).double())
torch.linalg.ldl_solve(FACTOR[0], FACTOR[1][:1], torch.ones(2, 1))
torch.linalg.ldl_solve(FACTOR[0], FACTOR[1].float(), torch.ones(2, 1))
torch.linalg.ldl_solve(FACTOR[0], FACTOR[1] * 0, torch.ones(2, 1))
torch.linalg.ldl_solve(FACTOR[0].expand(3, 2, 2), FACTOR[1].expand(3, 2), torch.ones(4, 2, 1))
"""


def shown(namespace, line):
    try:
        return repr(eval(line.replace("FACTOR", FACTOR), {"torch": namespace}))
    except Exception as error:
        return f"{type(error).__name__}: {error}"


@pytest.mark.parametrize("line", [line for line in LINES.split("\n") if line])
def test_a_line_gives_or_refuses_what_it_does_in_pytorch(line):
    assert shown(engine, line) == shown(torch, line)


@pytest.mark.parametrize("left", [False, True])
@pytest.mark.parametrize("transpose", [False, True])
@pytest.mark.parametrize("kind", [np.float64, np.complex128])
def test_products_with_an_orthogonal_matrix_and_their_gradients(left, transpose, kind):
    given = np.random.default_rng(3).standard_normal((3, 4, 3)).astype(kind)
    given = given * (1 + 0.5j) if kind is np.complex128 else given
    parts = given[0], given[1, 0], given[2, :, :2] if left else given[2, :, :2].T.copy()

    def run(namespace):
        operands = [namespace.tensor(each).requires_grad_() for each in parts]
        found = namespace.ormqr(*operands, left, transpose)
        found.abs().sin().sum().backward()
        return found.stride(), [each.detach().numpy() for each in (found, *[each.grad for each in operands])]

    ours, theirs = run(engine), run(torch)
    assert ours[0] == theirs[0]
    for one, other in zip(ours[1], theirs[1]):
        np.testing.assert_allclose(one, other, 1e-9, 1e-9)
