"""Views of complex tensors: parts, pairs of real numbers, and conjugates that are computed when they are read."""

from __future__ import annotations

from conformance import case, raises

PAGE = "Complex Numbers: Accessing real and imag"
CONJ = "torch: conj"
LAZY = "complex_views::conjugate_is_a_view"


def numbers(torch, requires_grad=False):
    """Two complex numbers with four different parts."""
    return torch.tensor([1.5 + 2j, 0.75 - 0.5j], requires_grad=requires_grad)


@case("torch: view_as_real")
def pairs_of_real_numbers(torch):
    """`view_as_real` shows complex numbers as pairs, in the same memory, and `view_as_complex` undoes it."""
    z = numbers(torch)
    pairs = torch.view_as_real(z)
    yield "pairs", pairs
    pairs[0, 1] = -7.0
    yield "changed", z
    yield "back", torch.view_as_complex(pairs)
    yield "strides", [pairs.stride(), torch.view_as_real(z.reshape(1, 2).t()).stride()]
    yield "memory", [pairs.data_ptr() == z.data_ptr(), pairs._is_view(), pairs._base is z]


@case("torch: view_as_real", builds_on=("complex_views::pairs_of_real_numbers",))
def gradients_of_pairs(torch):
    """Gradients of pairs arrive as complex numbers, and the other way round."""
    z = numbers(torch, True)
    weights = torch.tensor([[0.5, -1.0], [2.0, 0.25]])
    yield "view_as_real", torch.autograd.grad(torch.view_as_real(z), z, weights)
    x = torch.tensor([[1.5, 2.0], [0.75, -0.5]], requires_grad=True)
    incoming = torch.tensor([0.5 - 1j, 2 + 0.25j])
    yield "view_as_complex", torch.autograd.grad(torch.view_as_complex(x), x, incoming)
    yield "there and back", torch.autograd.grad(torch.view_as_real(torch.view_as_complex(x) * 2j), x, weights)
    incoming = incoming.requires_grad_()
    yield "graph", torch.autograd.grad(torch.view_as_complex(x), x, incoming, create_graph=True)


@case("torch: view_as_complex", builds_on=("complex_views::pairs_of_real_numbers",))
def pairs_that_cannot_be_viewed(torch):
    """`view_as_complex` wants pairs that lie side by side, in floats; `view_as_real` wants complex numbers."""
    yield "three", raises(lambda: torch.view_as_complex(torch.ones(2, 3)))
    yield "no dimensions", raises(lambda: torch.view_as_complex(torch.ones(())))
    yield "transposed", raises(lambda: torch.view_as_complex(torch.ones(2, 2).t()))
    yield "odd offset", raises(lambda: torch.view_as_complex(torch.ones(7)[1:3]))
    yield "odd stride", raises(lambda: torch.view_as_complex(torch.ones(3, 3)[:, :2]))
    yield "integers", raises(lambda: torch.view_as_complex(torch.tensor([1, 2])))
    yield "real", raises(lambda: torch.view_as_real(torch.ones(2)))
    yield "conjugate", raises(lambda: torch.view_as_real(numbers(torch).conj()))


@case(PAGE)
def parts_are_views(torch):
    """`real` and `imag` share the memory of the complex tensor."""
    z = numbers(torch)
    z.real.mul_(2)
    z.imag[0] = 5.0
    yield "changed", z
    yield "version", z._version
    yield "strides", [z.real.stride(), z.imag.storage_offset(), z.real.is_contiguous()]
    yield "real of real", [z.real.real is z.real, torch.real(z.real)]
    yield "imag of real", raises(lambda: torch.tensor([1.5]).imag)
    yield "bases", [z.real._base is z, z.imag._is_view()]


@case(PAGE, builds_on=("complex_views::parts_are_views",))
def graph_of_parts(torch):
    """A part is the `select` of a pair, in the graph as in the memory."""
    z = numbers(torch, True)
    yield "real", z.real
    yield "imag", z.imag
    yield "matrix's", z.reshape(1, 2).imag


@case(CONJ)
def conjugate_is_a_view(torch):
    """`conj` copies nothing: it looks at the same memory, and conjugates when it is read."""
    z = numbers(torch)
    conj = z.conj()
    yield "conjugate", conj
    yield "flags", [z.is_conj(), conj.is_conj(), torch.is_conj(conj)]
    yield "memory", [conj.data_ptr() == z.data_ptr(), conj._is_view(), conj._base is z]
    z[0] = 5 - 1j
    yield "after a change of the original", conj
    conj[1] = 2j
    yield "after a change of the conjugate", z
    yield "versions", [z._version, conj._version]


@case(CONJ, builds_on=(LAZY,))
def conjugate_of_a_real_tensor(torch):
    """The conjugate of a real tensor is that tensor itself."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    yield "conj", [x.conj() is x, x.resolve_conj() is x, torch.conj_physical(x) is x]
    yield "flags", [x.is_conj(), x.is_neg()]
    yield "integers", torch.tensor([1, 2]).conj()


@case(CONJ, builds_on=(LAZY,))
def conjugate_twice(torch):
    """The conjugate of a conjugate is not lazy any more, but still a view in the graph."""
    z = numbers(torch, True)
    twice = z.conj().conj()
    yield "twice", twice
    yield "flags", [twice.is_conj(), twice is z, twice.resolve_conj() is twice]
    yield "gradient", torch.autograd.grad(twice, z, torch.tensor([0.5 - 1j, 2 + 0.25j]))


@case(CONJ, builds_on=(LAZY,))
def views_of_a_conjugate(torch):
    """Views of a lazy conjugate are lazy; copies and results are not."""
    conj = torch.tensor([[1.5 + 2j, 0.75 - 0.5j]]).conj()
    lazy = {
        "reshape": conj.reshape(2),
        "t": conj.t(),
        "row": conj[0],
        "number": conj[0, 1],
        "narrow": conj.narrow(1, 0, 1),
        "expand": conj.expand(3, 2),
        "unsqueeze": conj.unsqueeze(0),
        "detach": conj.detach(),
        "contiguous": conj.contiguous(),
    }
    for name, view in lazy.items():
        yield name, view
        yield f"{name} is lazy", view.is_conj()
    for name, result in (
        ("clone", conj.clone()),
        ("resolve_conj", conj.resolve_conj()),
        ("product", conj * 2),
        ("negative", -conj),
        ("flip", conj.flip(1)),
        ("cast", conj.to(torch.complex128)),
        ("rows by index", conj[torch.tensor([0, 0])]),
        ("stack", torch.stack([conj, conj])),
    ):
        yield name, result
        yield f"{name} is lazy", result.is_conj()


@case(CONJ, builds_on=(LAZY,))
def conjugates_in_computations(torch):
    """Whatever is computed from a lazy conjugate sees the conjugated numbers."""
    z = numbers(torch)
    conj = z.conj()
    yield "sum", conj.sum()
    yield "product", conj * z
    yield "exp", conj.exp()
    yield "dot", conj @ z
    yield "prod", conj.prod()
    yield "cumsum", conj.cumsum(0)
    yield "angle", conj.angle()
    yield "comparison", conj == z
    yield "tolist", conj.tolist()
    yield "item", conj[0].item()
    yield "joined", torch.cat([conj, z])
    yield "where", torch.where(torch.tensor([True, False]), conj, z)
    yield "in place", conj.clone().mul_(conj)
    yield "norm", conj.norm()


@case(CONJ, builds_on=(LAZY,))
def conjugate_changed_in_place(torch):
    """In-place arithmetic on a lazy conjugate writes through to the original, and keeps it lazy."""
    z = numbers(torch)
    conj = z.conj()
    conj.mul_(2j)
    yield "conjugate", conj
    yield "original", z
    conj.add_(torch.tensor([1 + 1j, -3j]))
    yield "after a sum", z
    conj.zero_()
    yield "after zero_", z
    yield "lazy", conj.is_conj()


@case(CONJ, builds_on=(LAZY,))
def imaginary_part_of_a_conjugate(torch):
    """The imaginary part of a lazy conjugate is a view that negates when it is read."""
    z = numbers(torch)
    imag = z.conj().imag
    yield "imag", imag
    yield "flags", [imag.is_neg(), z.imag.is_neg(), imag.resolve_neg().is_neg(), imag.clone().is_neg()]
    imag[0] = 9.0
    yield "original", z
    yield "real", z.conj().real
    tracked = numbers(torch, True)
    yield "graph of imag", tracked.conj().imag
    yield "graph of real", tracked.conj().real
    yield "gradient", torch.autograd.grad(tracked.conj().imag, tracked, torch.tensor([0.5, -2.0]))


@case(CONJ, builds_on=(LAZY,))
def numpy_of_a_conjugate(torch):
    """NumPy cannot see lazy conjugates and negatives: `numpy()` refuses them."""
    z = numbers(torch)
    yield "conjugate", raises(lambda: z.conj().numpy())
    yield "negative", raises(lambda: z.conj().imag.numpy())
    yield "resolved", z.conj().resolve_conj().numpy().tolist()


@case("torch: adjoint", builds_on=(LAZY,))
def conjugate_transposes(torch):
    """`H`, `mH` and `adjoint` exchange dimensions and conjugate, lazily."""
    z = torch.tensor([[1.5 + 2j, 0.75 - 0.5j, 1j]], requires_grad=True)
    for name, result in (("H", z.H), ("mH", z.mH), ("adjoint", z.adjoint())):
        yield name, result
        yield f"{name} is lazy", result.is_conj()
    yield "gradient", torch.autograd.grad(z.H, z, torch.tensor([[0.5 - 1j], [2 + 0.25j], [3.0]]))
    yield "real", torch.tensor([[1.5, 2.0]]).H
    yield "vector's H", raises(lambda: z[0].H)
    yield "vector's mH", raises(lambda: z[0].mH)
    yield "vector's adjoint", raises(lambda: z[0].adjoint())


@case(CONJ, builds_on=(LAZY,))
def conjugates_saved_for_backward(torch):
    """A lazy conjugate can be saved; a change of the original is found in backward."""
    z, y = numbers(torch), numbers(torch, True)
    conj = z.conj()
    out = y * conj
    yield "gradient", torch.autograd.grad(out, y, torch.tensor([0.5 - 1j, 2 + 0.25j]), retain_graph=True)
    yield "saved", out.grad_fn._saved_other
    z.mul_(2)
    yield "changed", raises(lambda: out.backward(torch.tensor([0.5 - 1j, 2 + 0.25j])))


@case(CONJ, builds_on=(LAZY,))
def gradient_that_is_conjugated_lazily(torch):
    """The gradient of `conj` itself is a lazy conjugate; a leaf's `.grad` is one, too."""
    z = numbers(torch, True)
    (gradient,) = torch.autograd.grad(z.conj(), z, torch.tensor([0.5 - 1j, 2 + 0.25j]))
    yield "gradient", gradient
    yield "lazy", gradient.is_conj()
    z.conj().backward(torch.tensor([0.5 - 1j, 2 + 0.25j]))
    yield "grad", z.grad
    yield "grad is lazy", z.grad.is_conj()
    z.conj().backward(torch.tensor([0.5 - 1j, 2 + 0.25j]))
    yield "added", z.grad


def changed(torch, change):
    """The gradient through a result of complex numbers whose views are changed."""
    z = numbers(torch, True)
    result = z * 1
    change(result, z)
    weights = torch.tensor([0.5 - 1j, 2 + 0.25j])
    return result, torch.autograd.grad(result, z, weights)


@case(PAGE, builds_on=("complex_views::parts_are_views",))
def parts_changed_in_place(torch):
    """A change of a part of a tracked result becomes part of the result's history."""
    yield "real", changed(torch, lambda y, z: y.real.mul_(2.5))
    yield "imag", changed(torch, lambda y, z: y.imag.zero_())
    yield "imag by a part", changed(torch, lambda y, z: y.imag.mul_(z.real))
    yield "pair", changed(torch, lambda y, z: torch.view_as_real(y)[0].mul_(3))

    def assign(y, z):
        y.real[1] = z.imag[0] * 2.5

    yield "element", changed(torch, assign)


@case(CONJ, builds_on=("complex_views::conjugate_changed_in_place",))
def conjugate_of_a_result_changed_in_place(torch):
    """A change of a lazy conjugate of a tracked result becomes part of the result's history."""

    def assign(y, z):
        y.conj()[0] = z[1] * 2j

    yield "product", changed(torch, lambda y, z: y.conj().mul_(2j))
    yield "sum", changed(torch, lambda y, z: y.conj().add_(z, alpha=2.5))
    yield "element", changed(torch, assign)
    yield "imaginary part", changed(torch, lambda y, z: y.conj().imag.mul_(2.5))


@case(CONJ, builds_on=("complex_views::parts_changed_in_place",))
def views_after_a_change_of_their_base(torch):
    """When a complex base is changed, its parts and conjugates get histories that lead through the change."""
    weights = torch.tensor([0.5 - 1j, 2 + 0.25j])
    for name, view_of in (
        ("conj", lambda y: y.conj()),
        ("real", lambda y: y.real),
        ("imag", lambda y: y.imag),
        ("pairs", torch.view_as_real),
        ("imag of conj", lambda y: y.conj().imag),
    ):
        z = numbers(torch, True)
        y = z * 1
        view = view_of(y)
        y.mul_(1 + 2j)
        yield name, view.detach() + 0
        yield f"node of {name}", view.grad_fn.name()
        incoming = weights if view.is_complex() else torch.view_as_real(weights)[..., : view.dim()]
        incoming = incoming if view.shape == incoming.shape else incoming[:, 0]
        yield f"gradient of {name}", torch.autograd.grad(view, z, incoming)


@case("torch: view_as_complex", builds_on=("complex_views::parts_changed_in_place",))
def pairs_changed_as_complex_numbers(torch):
    """Pairs of real results can be changed as complex numbers, and the other way round."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    pairs = torch.stack([x, x * 3], -1)
    seen = torch.view_as_complex(pairs)
    pairs.mul_(2.5)
    yield "complex numbers", seen
    yield "gradient", torch.autograd.grad(seen, x, torch.tensor([0.5 - 1j, 2 + 0.25j]))
    pairs = torch.stack([x, x * 3], -1)
    torch.view_as_complex(pairs).mul_(2j)
    yield "pairs", pairs
    yield "their gradient", torch.autograd.grad(pairs, x, torch.tensor([[0.5, -1.0], [2.0, 0.25]]))


@case(PAGE, builds_on=("complex_views::parts_are_views",))
def parts_of_a_leaf_changed_in_place(torch):
    """Parts and conjugates of a leaf that requires grad cannot be changed, but under `no_grad`."""
    z = numbers(torch, True)
    yield "real", raises(lambda: z.real.mul_(2.5))
    yield "conj", raises(lambda: z.conj().mul_(2.5))
    yield "pairs", raises(lambda: torch.view_as_real(z).zero_())
    with torch.no_grad():
        z.real.mul_(2.5)
    yield "changed", z
    yield "version", z._version


@case("torch.optim: SGD", builds_on=("complex_functions::absolute_values",))
def complex_parameters(torch):
    """Hooks see complex gradients, and an optimizer steps against them."""
    weight = torch.nn.Parameter(torch.tensor([1.5 + 2j, 0.75 - 0.5j]))
    seen = []
    weight.register_hook(lambda gradient: seen.append(gradient) or gradient * 1j)
    optimizer = torch.optim.SGD([weight], lr=0.1, momentum=0.9)
    for step in (1, 2):
        optimizer.zero_grad()
        (weight.abs() ** 2).sum().backward()
        optimizer.step()
        yield f"weight after step {step}", weight
        yield f"gradient of step {step}", weight.grad
    yield "seen", seen
