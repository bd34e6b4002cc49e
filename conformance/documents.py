"""The five documents that the catalog's first cases are drawn from, and the behaviours that each shows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Document:
    """A tutorial on PyTorch's autograd: its key, title, and behaviours by row key, in reading order."""

    key: str
    title: str
    rows: dict[str, str]


_ALL = (
    Document(
        "A",
        "Automatic differentation and gradient descend",
        {
            "A1": "`torch.rand(4, requires_grad=True)` prints 4 decimals, then `requires_grad=True`.",
            "A2": "`x*5` prints `grad_fn=<MulBackward0>`.",
            "A3": "`y**2` prints `grad_fn=<PowBackward0>`.",
            "A4": "The mean of a vector is 0-d and prints `grad_fn=<MeanBackward0>`.",
            "A5": "`backward` of mean((5x)²), n = 4, leaves 12.5·x in `x.grad`, which has no grad_fn.",
            "A6": "After `x.requires_grad_(False)` the print of `x` has no `requires_grad`.",
            "A7": "`x.detach()` has the values and the memory of `x`, without requires_grad.",
            "A8": "Under `torch.no_grad()`, `x**2+2` prints without grad_fn.",
            "A9": "Four rounds of `(W*2).sum().backward()` leave 2, 4, 6, 8 in `W.grad`.",
            "A10": "With `W.grad.zero_()` after each round, `W.grad` is 2 every time.",
            "A11": "One neuron with a 0-d weight: the squared error prints as 64., its gradient is -32.",
            "A12": "Behind each result stands a graph of operations, from the result to the leaves.",
        },
    ),
    Document(
        "B",
        "Gradients and autograd, first steps",
        {
            "B1": "The namespace works under any name; `tc.randn(3, requires_grad=True)` shows its repr.",
            "B2": "`x + 2` shows `grad_fn=<AddBackward0>`.",
            "B3": "`y * y * 2` shows `grad_fn=<MulBackward0>`, though y is used twice.",
            "B4": "`z.mean()` shows `grad_fn=<MeanBackward0>`; `backward` leaves 4(x+2)/3 in `x.grad`.",
            "B5": "`backward` on a vector without a gradient raises.",
            "B6": "`z.backward(v)` leaves 4(x+2)·v in `x.grad`, in scientific notation if magnitudes vary.",
            "B7": "`requires_grad_(False)`, `detach()` and `no_grad()` are three ways out of tracking.",
            "B8": "One, two and three rounds of backward through ones(4)·3 summed leave 3, 6 and 9.",
            "B9": "With `grad.zero_()` after each round the gradient stays 3.",
            "B10": "`SGD` steps along the gradient; after `zero_grad()`, `.grad` is None.",
        },
    ),
    Document(
        "C",
        "AutoGrad in PyTorch",
        {
            "C1": "A function returning `[a, 5*a**2]` at a = 3 prints both; after backward `a.grad` is 30.",
            "C2": "Calling that function again makes a new graph with fresh leaves: nothing accumulates.",
            "C3": "Recomputing on the same leaf accumulates, 20 then 40 at a = 2, unless it is zeroed.",
            "C4": "A node prints as `<MulBackward0 object at 0x…>`, and `next_functions` are its edges.",
            "C5": "A node can be called by hand, and what it computes is itself recorded.",
            "C6": "Cross-entropy with logits of a linear layer gives `w.grad` with equal rows, and `b.grad`.",
            "C7": "`z.requires_grad` is True, and False when computed under `no_grad`.",
            "C8": "`z.detach().requires_grad` is False.",
            "C9": "The compute graph can be followed from the loss to its leaves.",
        },
    ),
    Document(
        "D",
        "Autograd Module",
        {
            "D1": "`x**2 - 5` on a plain tensor prints no grad_fn.",
            "D2": "With requires_grad it shows `grad_fn=<SubBackward0>`, and its grad_fn shows the node.",
            "D3": "`loss.backward(gradient=torch.ones(5))` leaves 2x in `x.grad`; `2 * x` itself is tracked.",
            "D4": "The graph is acyclic: leaves are the inputs, roots the outputs.",
            "D5": "`a.requires_grad` is True, `a.detach().requires_grad` is False.",
            "D6": "Inside `no_grad`, `c ** 2` does not require grad.",
        },
    ),
    Document(
        "E",
        "Automatic differentiation with torch.autograd",
        {
            "E1": "`z.grad_fn` prints as AddBackward0, the loss's as BinaryCrossEntropyWithLogitsBackward0.",
            "E2": "`loss.backward()` leaves 5×3 values with equal rows in `w.grad`, and 3 in `b.grad`.",
            "E3": "`z` requires grad, but not when computed under `no_grad` or after `detach()`.",
            "E4": "A frozen parameter gets no gradient while the others do.",
            "E5": "A second `backward` accumulates, zeroing starts over, and without retain_graph it raises.",
            "E6": "`backward(v)` computes vᵀ·J without forming the Jacobian J.",
        },
    ),
)

DOCUMENTS: dict[str, Document] = {document.key: document for document in _ALL}
