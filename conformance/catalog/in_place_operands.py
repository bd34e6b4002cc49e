"""What an in-place operation takes as operands: shapes, types, its own memory; hooks and retained gradients."""

from __future__ import annotations

from conformance import case, raises

IN_PLACE = "Autograd mechanics: In-place operations with autograd"


@case(IN_PLACE, builds_on=("in_place::expanded_tensor_refuses_in_place",))
def overlapping_memory_refuses(torch):
    """Memory that several elements share refuses to be written, by whatever operation."""
    x = torch.tensor([[1.5], [2.0]])
    wide = x.expand(2, 3)
    changes = {
        "mul_": lambda: wide.mul_(2),
        "add_ of a tensor": lambda: wide.add_(torch.tensor([1.0, 2.0, 3.0])),
        "copy_": lambda: wide.copy_(torch.tensor([1.0, 2.0, 3.0])),
        "exp_": lambda: wide.exp_(),
        "assignment": lambda: wide.__setitem__((0, 1), 5.0),
        "a single row": lambda: wide[0].add_(1),
        "one element of it": lambda: wide[0, 0].add_(1),
        "fill_": lambda: wide.fill_(3.0),
        "zero_": lambda: wide.zero_(),
        "clamp_": lambda: wide.clamp_(0, 1),
        "masked_fill_": lambda: wide.masked_fill_(torch.tensor([True, False, True]), 1.0),
    }
    for name, change in changes.items():
        outcome = raises(change)
        yield name, outcome
        yield f"x after {name}", x.clone()


@case(IN_PLACE, builds_on=("in_place::in_place_must_keep_shape_and_dtype",))
def broadcasting_in_place(torch):
    """The operand is broadcast to the tensor that is changed, never the other way round."""
    x = torch.tensor([[1.5, -2.0], [4.0, 0.25]], requires_grad=True)
    y = x * 1
    w = torch.tensor([2.0, 3.0], requires_grad=True)
    y.mul_(w)
    y.add_(torch.tensor([[10.0], [20.0]]))
    yield "result", y
    y.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    yield "gradient of w", w.grad
    vector = torch.tensor([1.5, 2.0])
    yield "to more dimensions", raises(lambda: vector.mul_(torch.tensor([[2.0], [3.0]])))
    yield "to another size", raises(lambda: torch.tensor([1.5]).mul_(vector))
    yield "that do not fit", raises(lambda: vector.mul_(torch.tensor([1.0, 2.0, 3.0])))
    yield "0-d", raises(lambda: torch.tensor(1.5).add_(vector))
    yield (
        "comparison of shapes in copy_",
        raises(lambda: vector.copy_(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))),
    )


@case(IN_PLACE, builds_on=("in_place::in_place_must_keep_shape_and_dtype",))
def shapes_that_cannot_be_copied(torch):
    """`copy_` refuses what cannot be broadcast to the tensor, in the same words whether tracked or not."""
    for sizes in ((3, 2), (2,), (2, 2, 3), (4,)):
        for tracked in (False, True):
            x = torch.zeros(2, 3, requires_grad=tracked) * 1
            yield f"{sizes}, {tracked}", raises(lambda x=x, sizes=sizes: x.copy_(torch.zeros(sizes)))
    yield "0-d", raises(lambda: torch.tensor(1.5).copy_(torch.zeros(2)))
    yield "a number", torch.zeros(2).copy_(3.5)
    yield "ones of more dimensions", raises(lambda: torch.zeros(2).copy_(torch.zeros(1, 2)))


@case(IN_PLACE, builds_on=("in_place::in_place_must_keep_shape_and_dtype",))
def indexed_changes_of_overlapping_memory(torch):
    """index_fill_, index_put_ and masked_fill_ write into memory that elements share, with a warning; others refuse."""
    index, mask = torch.tensor([0]), torch.tensor([True, False])
    source = torch.tensor([[7.0, 8.0]])
    changes = {
        "index_fill_": lambda wide: wide.index_fill_(0, index, 2.5),
        "index_put_": lambda wide: wide.index_put_((index,), torch.tensor(3.5)),
        "assignment": lambda wide: wide.__setitem__(index, 4.5),
        "masked_fill_": lambda wide: wide.masked_fill_(mask, torch.tensor(5.5)),
        "index_copy_": lambda wide: wide.index_copy_(0, index, source),
        "index_add_": lambda wide: wide.index_add_(0, index, source),
        "scatter_": lambda wide: wide.scatter_(0, torch.tensor([[0, 0]]), source),
        "masked_scatter_": lambda wide: wide.masked_scatter_(mask, source),
        "fill_ with a tensor": lambda wide: wide.fill_(torch.tensor(6.5)),
        "uniform_": lambda wide: wide.uniform_(),
    }
    for name, change in changes.items():
        x = torch.tensor([1.5, 2.0])
        yield name, raises(lambda change=change, x=x: change(x.expand(2, 2)))
        yield f"x after {name}", x


@case(IN_PLACE, builds_on=("in_place::in_place_must_keep_shape_and_dtype",))
def types_that_do_not_fit_in_place(torch):
    """The result's type must be castable to that of the tensor that is changed."""
    whole, bits = torch.tensor([3, 4]), torch.tensor([True, False])
    changes = {
        "integers by a float tensor": lambda: whole.mul_(torch.tensor([1.5, 2.0])),
        "integers divided": lambda: whole.div_(torch.tensor([2, 3])),
        "integers to a float power": lambda: whole.pow_(1.5),
        "bools plus integers": lambda: bits.add_(torch.tensor([1, 2])),
        "bools plus one": lambda: bits.add_(1),
        "sqrt_ of integers": lambda: whole.sqrt_(),
        "exp_ of integers": lambda: whole.exp_(),
        "sigmoid_ of integers": lambda: whole.sigmoid_(),
    }
    for name, change in changes.items():
        yield name, raises(change)
    yield "integers", whole
    yield "bools", bits
    yield "int32 by int64", torch.tensor([3], dtype=torch.int32).mul_(torch.tensor([2**32 + 5]))
    yield (
        "float16 by float64",
        torch.tensor([1.5], dtype=torch.float16).mul_(torch.tensor([0.1], dtype=torch.float64)),
    )
    yield "copy_ casts", torch.tensor([3, 4]).copy_(torch.tensor([1.75, -2.5]))


@case(IN_PLACE, builds_on=("in_place::augmented_assignment_on_a_result",))
def more_augmented_assignments(torch):
    """`%=`, `//=`, `&=`, `|=` and `^=` change the tensor itself."""
    x = torch.tensor([1.5, 2.0], requires_grad=True)
    y = kept = x * 1
    y %= 0.7
    yield "remainder", y
    yield "same tensor", y is kept
    y.backward(torch.tensor([1.0, 3.0]))
    yield "gradient", x.grad
    whole, bits = torch.tensor([5, 6]), torch.tensor([True, False])
    whole //= 2
    whole |= 8
    whole ^= torch.tensor([3, 1])
    yield "integers", whole
    bits &= torch.tensor([True, True])
    yield "bools", bits


@case(IN_PLACE, builds_on=("in_place::augmented_assignment_on_a_result",))
def operands_that_are_none(torch):
    """What is no operand is refused, by the name of the method or by Python for the operator; nothing changes."""
    x = torch.tensor([1.5, 2.0])

    def augmented(change):
        namespace = {"x": x}
        exec(f"x {change} 'text'", namespace)
        return namespace["x"]

    for change in ("+=", "-=", "*=", "/=", "//=", "%=", "**=", "&=", "|="):
        yield change, raises(lambda change=change: augmented(change))
    for name in ("add_", "sub_", "mul_", "div_"):
        yield name, raises(lambda name=name: getattr(x, name)(None))
    yield "x", x


@case(IN_PLACE, builds_on=("in_place::in_place_on_a_result",))
def type_promotion_in_place(torch):
    """An operand of another type is promoted; its gradient has its own type, the result keeps its type."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([0.1, 3.0], dtype=torch.float64, requires_grad=True)
    y = x * 1
    y.mul_(w)
    yield "result", y
    y.backward(torch.tensor([1.0, 2.0]))
    yield "float32", x.grad
    yield "float64", w.grad
    half = torch.tensor([1.5, -2.0], dtype=torch.float16, requires_grad=True) * 1
    half.add_(w)
    yield "float16", half


@case(IN_PLACE, builds_on=("in_place::in_place_on_a_result",))
def operand_is_the_tensor_itself(torch):
    """`x += x`, `x.mul_(x)` and alike use the old values, and have the right gradients."""
    changes = {
        "add_": lambda y: y.add_(y),
        "mul_": lambda y: y.mul_(y),
        "sub_": lambda y: y.sub_(y, alpha=3),
        "copy_": lambda y: y.copy_(y),
        "div_": lambda y: y.div_(y * 2),
    }
    for name, change in changes.items():
        x = torch.tensor([[1.5, -2.0], [4.0, 0.25]], requires_grad=True)
        y = x * 1
        change(y)
        yield name, y
        outcome = raises(lambda y=y: y.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0]])))
        yield f"backward of {name}", outcome
        yield f"gradient of {name}", x.grad


@case(IN_PLACE, builds_on=("in_place_operands::operand_is_the_tensor_itself",))
def operand_is_a_part_of_the_tensor(torch):
    """An operand that shares only a part of the memory, or all of it in another order, is refused."""
    x = torch.tensor([[1.5, -2.0], [4.0, 0.25]])
    changes = {
        "a row": lambda: x.mul_(x[0]),
        "transposed": lambda: x.add_(x.t()),
        "one part into the other": lambda: x.view(4)[1:].sub_(x.view(4)[:3]),
        "shifted assignment": lambda: x.view(4).__setitem__(slice(1, None), x.view(4)[:3]),
        "another view of the same": lambda: x.view(4).add_(x.view(4)),
        "disjoint parts": lambda: x[0].add_(x[1]),
        "a detached row": lambda: x.div_(x.detach()[1]),
    }
    for name, change in changes.items():
        yield name, raises(change)
        yield f"x after {name}", x.clone()


@case(IN_PLACE, builds_on=("in_place::in_place_on_a_result",))
def derivatives_at_the_old_value(torch):
    """Functions in place save the old value where their derivative needs it."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * 1
    y.pow_(3)
    y.div_(torch.tensor([2.0, 5.0]))
    y.square_()
    yield "result", y
    y.backward(torch.tensor([1.0, 2.0]))
    yield "gradient", x.grad


@case(IN_PLACE, builds_on=("in_place::in_place_on_a_result",))
def retained_gradient_moves(torch):
    """A tensor whose gradient is retained keeps that of its last value after a change in place."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * 3
    y.retain_grad()
    y.mul_(torch.tensor([2.0, 5.0]))
    yield "retains", y.retains_grad
    y.backward(torch.tensor([1.0, -1.0]))
    yield "retained", y.grad
    yield "gradient", x.grad


@case(IN_PLACE, builds_on=("in_place::in_place_on_a_result",))
def hooks_stay_with_the_value_they_were_registered_on(torch):
    """A tensor's hook sees the gradient of the value it was registered on, not of the value after a change."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * 3
    seen = []
    y.register_hook(lambda grad: seen.append(grad.clone()))
    y.mul_(torch.tensor([2.0, 5.0]))
    y.register_hook(lambda grad: seen.append(grad.clone()))
    y.backward(torch.tensor([1.0, -1.0]))
    yield "seen", seen
