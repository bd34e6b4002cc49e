"""Linear algebra: norms, solutions, factorizations. Source: torch.linalg."""

from ..arguments import of_namespace as _of_namespace
from ..late import attributes as _attributes

_TABLE = {
    "linalg.checks": "LinAlgError",
    "linalg.solving": "det inv inv_ex slogdet solve solve_ex solve_triangular tensorinv tensorsolve",
    "linalg.least_squares": "lstsq matrix_rank pinv",
    "linalg.factoring": "cholesky cholesky_ex eig eigh eigvals eigvalsh qr svd svdvals",
    "linalg.triangles": "lu lu_factor lu_factor_ex lu_solve",
    "linalg.symmetric": "ldl_factor ldl_factor_ex ldl_solve",
    "linalg.norms": "cond matrix_norm norm vector_norm",
    "linalg.matrices": "cross diagonal householder_product matmul matrix_exp matrix_power vander vecdot",
    "ops.products": "multi_dot",
}

__getattr__, __dir__ = _attributes(__name__, _TABLE, made=_of_namespace("linalg"))
