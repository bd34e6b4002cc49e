"""Mistakes that programs make with indices, data and numbers, and what they are told."""

from __future__ import annotations

from conformance import case, raises

INDEXING = "torch: Indexing, Slicing, Joining, Mutating Ops"
TENSOR = "torch: torch.tensor"
MATH = "torch: Math operations"


@case(INDEXING)
def indices_out_of_range(torch):
    """An index that is too large or negative is refused, in words that depend on function and dimension."""
    vector, matrix = torch.tensor([0.5, 1.5, 2.5]), torch.tensor([[0.5, 1.5], [2.5, 3.5], [4.5, 5.5]])
    for name, index in {"too large": torch.tensor([7]), "negative": torch.tensor([-1])}.items():
        row = torch.tensor([[1.5, -2.0]])
        calls = {
            "index_select of a vector": lambda index=index: vector.index_select(0, index),
            "index_select of rows": lambda index=index: matrix.index_select(0, index),
            "index_select of columns": lambda index=index: matrix.index_select(1, index),
            "index_add to a vector": lambda index=index: vector.index_add(0, index, torch.tensor([1.5])),
            "index_add to rows": lambda index=index, row=row: matrix.index_add(0, index, row),
            "index_copy": lambda index=index, row=row: matrix.index_copy(0, index, row),
            "gather": lambda index=index: vector.gather(0, index),
            "scatter": lambda index=index: vector.scatter(0, index, 1.5),
            "embedding": lambda index=index: torch.nn.functional.embedding(index, matrix),
        }
        for function, call in calls.items():
            yield f"{function}, {name}", raises(call)


@case(TENSOR)
def data_that_are_no_numbers(torch):
    """Data with a string, None or another object among numbers is refused by what is found first."""
    for name, data in {
        "a string": ["a"],
        "a string after a number": [1, "a"],
        "a string in a later row": [[1, 2], ["a", 3]],
        "None": [None],
        "None after a number": [1, None],
        "a number after a list": [[1], 2],
        "a set": {1, 2},
        "rows of unequal lengths": [[1, 2], [3, 4, 5]],
        "a number beyond 64 bits": [1, 2**70],
    }.items():
        yield name, raises(lambda data=data: torch.tensor(data))


@case(MATH)
def numbers_that_do_not_fit(torch):
    """A factor that the type cannot hold, a step that is no integer, and a fraction as dimension are refused."""
    x, whole = torch.tensor([1.5, -2.0]), torch.tensor([1, -2])
    yield "complex alpha", raises(lambda: torch.add(x, x, alpha=1j))
    yield "complex alpha of a difference", raises(lambda: torch.sub(x, 1, alpha=2j))
    yield "fraction as alpha of integers", raises(lambda: torch.add(whole, 1, alpha=1.5))
    yield "bool alpha", raises(lambda: torch.add(x, x, alpha=True))
    yield "steps", raises(lambda: torch.linspace(0, 1, 2.5))
    yield "no steps", raises(lambda: torch.linspace(0, 1))
    yield "dimension", raises(lambda: torch.max(x, 1.5))
