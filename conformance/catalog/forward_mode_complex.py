"""Forward mode with complex numbers."""

from __future__ import annotations

from conformance import case, raises

COMPLEX = "Autograd mechanics: Autograd for Complex Numbers"

VALUES = [0.5 - 1.5j, 2.0 + 0.25j, -0.75 + 1.0j]
TANGENT = [3.0 + 0.5j, -1.0 - 2.0j, 0.25 + 4.0j]
OTHER = [1.5 + 0.5j, -0.5 + 2.0j, 0.25 - 1.25j]


def _tangents(torch, operations):
    """The tangents of functions of a complex dual and of another one, which has a tangent, too."""
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        z = fw.make_dual(torch.tensor(VALUES), torch.tensor(TANGENT))
        other = fw.make_dual(torch.tensor(OTHER), torch.tensor(VALUES))
        for name, operation in operations.items():
            yield name, fw.unpack_dual(operation(z, other)).tangent


@case(COMPLEX)
def complex_tangents_of_products(torch):
    """Holomorphic rules hold without any conjugation in forward mode."""
    yield from _tangents(
        torch,
        {
            "sum": lambda z, w: z + w,
            "difference": lambda z, w: z - w,
            "product": lambda z, w: z * w,
            "quotient": lambda z, w: z / w,
            "times a complex number": lambda z, w: z * (2.0 + 3.0j),
            "dot": lambda z, w: z.dot(w),
            "outer": lambda z, w: torch.outer(z, w),
            "sum of elements": lambda z, w: z.sum(),
        },
    )


@case(COMPLEX)
def complex_tangents_of_functions(torch):
    """The tangent of a holomorphic function is its derivative times the tangent."""
    names = ["exp", "log", "sin", "cos", "tanh", "sigmoid", "sqrt", "reciprocal", "square"]
    yield from _tangents(torch, {name: lambda z, w, n=name: getattr(torch, n)(z) for name in names})


@case(COMPLEX)
def complex_tangents_of_parts(torch):
    """Parts, conjugates and absolute values, which are not holomorphic, have the real derivative along the tangent."""
    yield from _tangents(
        torch,
        {
            "real": lambda z, w: z.real,
            "imag": lambda z, w: z.imag,
            "conj": lambda z, w: z.conj() * (1.0 + 2.0j),
            "abs": lambda z, w: z.abs(),
            "view_as_real": lambda z, w: torch.view_as_real(z),
            "z * conj(z)": lambda z, w: z * z.conj(),
        },
    )


@case(COMPLEX)
def real_and_complex_duals_together(torch):
    """A real dual among complex ones has a real tangent, which the results promote."""
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        x = fw.make_dual(torch.tensor([1.5, -0.5, 2.0]), torch.tensor([0.25, 4.0, -1.0]))
        z = torch.tensor(VALUES)
        yield "product", fw.unpack_dual(x * z).tangent
        yield "quotient", fw.unpack_dual(z / x).tangent
        yield "to complex", fw.unpack_dual(x.to(torch.complex64)).tangent
        yield "absolute value", fw.unpack_dual((x * z).abs()).tangent


@case(COMPLEX)
def types_of_complex_tangents(torch):
    """A complex primal may have a real tangent, and a real one a complex tangent."""
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        z = fw.make_dual(torch.tensor(VALUES), torch.tensor([0.25, 4.0, -1.0]))
        yield "complex primal", z
        yield "square", fw.unpack_dual(z * z).tangent
        x = fw.make_dual(torch.tensor([1.5, -0.5, 2.0]), torch.tensor(TANGENT))
        yield "real primal", x
        yield "other size", raises(lambda: fw.make_dual(torch.tensor(VALUES), torch.tensor(TANGENT[:2])))
