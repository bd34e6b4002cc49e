"""`_raw_saved_*`: one saved tensor, and the hooks that are registered for it alone."""

from __future__ import annotations

from conformance import case, raises

PAGE = "Autograd mechanics: Hooks for saved tensors"


def leaves(torch):
    """Two leaves."""
    x = torch.tensor([1.5, -0.5], requires_grad=True)
    y = torch.tensor([3.0, 0.25], requires_grad=True)
    return x, y


def same(tensor):
    """The tensor itself."""
    return tensor


@case(PAGE)
def raw_saved_tensors(torch):
    """What is saved as a tensor shows as a SavedTensor beside its value; numbers have none."""
    x, y = leaves(torch)
    product, power = x * y, x**3
    raw = product.grad_fn._raw_saved_self
    yield "class", type(raw).__name__
    yield "text", repr(raw)
    yield "its tensor", raw.data is x
    yield "no hook yet", raw.unpack_hook
    yield "of pow", [hasattr(power.grad_fn, name) for name in ("_raw_saved_self", "_raw_saved_exponent")]
    yield "of sum", hasattr(x.sum().grad_fn, "_raw_saved_self_sym_sizes")
    yield "cannot be set", raises(lambda: setattr(product.grad_fn, "_raw_saved_self", x))
    yield "cannot be made", raises(lambda: type(raw)())


@case(PAGE)
def which_nodes_have_raw_saved_tensors(torch):
    """A node has a SavedTensor for each input, result, condition, mask or index that it saves."""
    x, y = leaves(torch)
    operations = [
        ("other of mul", (x * y).grad_fn, "_raw_saved_other"),
        ("result of exp", x.exp().grad_fn, "_raw_saved_result"),
        ("condition of where", torch.where(x > 0, x, y).grad_fn, "_raw_saved_condition"),
        ("mask of masked_fill", x.masked_fill(x > 0, 0.5).grad_fn, "_raw_saved_mask"),
        ("indices of max", x.max(0)[0].grad_fn, "_raw_saved_indices"),
        ("dim of softmax", x.softmax(0).grad_fn, "_raw_saved_dim"),
        ("result of softmax", x.softmax(0).grad_fn, "_raw_saved_result"),
        ("min of clamp by numbers", x.clamp(0.5, 1.0).grad_fn, "_raw_saved_min"),
        ("target of mse_loss", torch.nn.functional.mse_loss(x, y).grad_fn, "_raw_saved_target"),
        ("reduction of mse_loss", torch.nn.functional.mse_loss(x, y).grad_fn, "_raw_saved_reduction"),
        ("self of neg", (-x).grad_fn, "_raw_saved_self"),
    ]
    for name, node, attribute in operations:
        yield name, hasattr(node, attribute)
    indexed = x[torch.tensor([1, 0])]
    yield "indices of index", [type(each).__name__ for each in indexed.grad_fn._raw_saved_indices]


@case(PAGE, builds_on=("saved_tensor_objects::raw_saved_tensors",))
def hooks_for_one_saved_tensor(torch):
    """`register_hooks` packs the tensor at once, and unpacks it when it is read and in the backward."""
    x, y = leaves(torch)
    product = x * y
    log = []

    def pack(tensor):
        log.append(f"pack {tensor.tolist()}")
        return tensor * 10

    def unpack(tensor):
        log.append(f"unpack {tensor.tolist()}")
        return tensor + 1

    yield "returns", product.grad_fn._raw_saved_self.register_hooks(pack, unpack)
    yield "at once", log[:]
    yield "saved self", product.grad_fn._saved_self
    yield "saved other", product.grad_fn._saved_other is y
    product.backward(torch.tensor([1.0, -2.0]))
    yield "x", x.grad
    yield "y", y.grad
    yield "calls", log


@case(PAGE, builds_on=("saved_tensor_objects::hooks_for_one_saved_tensor",))
def packed_data_can_be_seen(torch):
    """A SavedTensor with hooks shows what was packed, and the unpack hook."""
    x, y = leaves(torch)
    product = x * y
    raw = product.grad_fn._raw_saved_other
    raw.register_hooks(lambda tensor: tensor.tolist(), torch.tensor)
    yield "data", raw.data
    yield "hook", raw.unpack_hook is torch.tensor
    product.backward(torch.tensor([1.0, -2.0]))
    yield "x", x.grad


@case(PAGE, builds_on=("saved_tensor_objects::hooks_for_one_saved_tensor",))
def registered_pack_hook_gets_a_detached_tensor(torch):
    """The pack hook of one saved tensor gets it without history, and with grad mode off."""
    x, y = leaves(torch)
    product = x * y
    power = product**3
    seen, modes = [], []

    def pack(tensor):
        seen.append(tensor)
        modes.append(torch.is_grad_enabled())
        return tensor

    product.grad_fn._raw_saved_self.register_hooks(pack, same)
    power.grad_fn._raw_saved_self.register_hooks(pack, same)
    result = power.sqrt()
    result.grad_fn._raw_saved_result.register_hooks(pack, same)
    yield "given", seen
    yield "modes", modes
    yield "is it the leaf", seen[0] is x
    yield "same memory", [seen[0].data_ptr() == x.data_ptr(), seen[1].data_ptr() == product.data_ptr()]


@case(PAGE, builds_on=("saved_tensor_objects::hooks_for_one_saved_tensor",))
def registered_hooks_keep_the_place_in_the_graph(torch):
    """What such hooks unpack stands where the saved tensor stood, so that second derivatives are right."""
    x, y = leaves(torch)
    product = x * y
    power = product**3
    power.grad_fn._raw_saved_self.register_hooks(lambda tensor: tensor.tolist(), torch.tensor)
    yield "unpacked", power.grad_fn._saved_self
    yield "its node", power.grad_fn._saved_self.grad_fn is product.grad_fn
    (gradient,) = torch.autograd.grad(power, x, torch.tensor([1.0, -2.0]), create_graph=True)
    yield "gradient", gradient
    yield "second", torch.autograd.grad(gradient, (x, y), torch.tensor([0.5, 4.0]))


@case(PAGE, builds_on=("saved_tensor_objects::hooks_for_one_saved_tensor",))
def hooks_can_be_registered_once(torch):
    """A saved tensor takes one pair of hooks, those of a surrounding block included."""
    x, y = leaves(torch)
    product = x * y
    raw = product.grad_fn._raw_saved_self
    raw.register_hooks(same, same)
    yield "again", raises(lambda: raw.register_hooks(same, same))
    with torch.autograd.graph.saved_tensors_hooks(same, same):
        inside = x * y
    yield "inside of a block", raises(lambda: inside.grad_fn._raw_saved_self.register_hooks(same, same))


@case(PAGE)
def registering_hooks_that_are_refused(torch):
    """Hooks are refused for what is None, for what was freed, and where they cannot be called."""
    x, _ = leaves(torch)
    one_sided = x * torch.tensor([4.0, 5.0])
    node = one_sided.grad_fn
    yield "None", raises(lambda: node._raw_saved_self.register_hooks(same, same))
    raw = node._raw_saved_other
    yield "one hook", raises(lambda: raw.register_hooks(same)).error.__class__.__name__
    yield "numbers", raises(lambda: raw.register_hooks(1, 2))
    one_sided.sum().backward()
    yield "freed", raises(lambda: raw.register_hooks(same, same))
    yield "freed, read anew", raises(lambda: node._raw_saved_other.register_hooks(same, same))


@case(PAGE)
def registered_pack_hook_must_not_change_its_tensor(torch):
    """A pack hook that changes the tensor in place is refused when it is registered, and the change stays."""
    x, y = leaves(torch)
    factor = x.clone()
    product = factor * y

    def double(tensor):
        return tensor.mul_(2)

    yield "input", raises(lambda: product.grad_fn._raw_saved_self.register_hooks(double, same))
    yield "changed", factor
    result = y.exp()
    yield "result", raises(lambda: result.grad_fn._raw_saved_result.register_hooks(double, same))


@case(PAGE)
def hooks_on_a_changed_saved_tensor(torch):
    """Hooks registered after an in-place change get the changed tensor, and nothing is checked any more."""
    x, y = leaves(torch)
    factor = x.clone()
    product = factor * y
    factor.mul_(3)
    yield "refused before", raises(lambda: product.grad_fn._saved_self)
    seen = []
    product.grad_fn._raw_saved_self.register_hooks(lambda tensor: seen.append(tensor) or tensor, same)
    yield "given", seen
    product.backward(torch.tensor([1.0, -2.0]))
    yield "gradient of y", y.grad


@case(PAGE)
def unpack_hook_of_one_tensor_must_return_a_tensor(torch):
    """A pack hook may return anything, but the unpack hook must make a tensor of it."""
    x, _ = leaves(torch)
    result = x.exp()
    result.grad_fn._raw_saved_result.register_hooks(lambda tensor: "text", same)
    yield "reading", raises(lambda: result.grad_fn._saved_result)
    yield "backward", raises(lambda: result.sum().backward())
    yield "gradient", x.grad


@case(PAGE)
def hooks_for_each_of_several_indices(torch):
    """Saved lists are tuples of SavedTensors, each with hooks of its own; what is None in them takes none."""
    x = torch.tensor([[1.5, -0.5], [3.0, 0.25]], requires_grad=True)
    picked = x[torch.tensor([0, 1, 1]), torch.tensor([1, 0, 0])]
    columns = x[:, torch.tensor([1, 0, 1])]
    node = picked.grad_fn
    yield "how many", [len(node._raw_saved_indices), len(columns.grad_fn._raw_saved_indices)]
    node._raw_saved_indices[1].register_hooks(lambda tensor: tensor, lambda tensor: 1 - tensor)
    yield "read", node._saved_indices
    picked.backward(torch.tensor([1.0, -2.0, 4.0]))
    yield "gradient", x.grad
    raw = columns.grad_fn._raw_saved_indices[0]
    yield "of a slice", raises(lambda: raw.register_hooks(same, same))


@case(PAGE)
def saved_tensors_of_a_custom_function(torch):
    """A custom function's node shows its saved tensors raw, too."""
    x, _ = leaves(torch)

    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx, one):
            ctx.save_for_backward(one, None)
            return one**3

        @staticmethod
        def backward(ctx, grad):
            return grad * 3 * ctx.saved_tensors[0] ** 2

    out = Cube.apply(x)
    node = out.grad_fn
    raw = node._raw_saved_tensors
    yield "classes", [type(each).__name__ for each in raw]
    raw[0].register_hooks(lambda tensor: tensor * 10, lambda tensor: tensor + 1)
    yield "none", raises(lambda: raw[1].register_hooks(same, same))
    yield "read", node.saved_tensors
    out.backward(torch.tensor([1.0, -2.0]))
    yield "gradient", x.grad
    yield "freed", raises(lambda: node._raw_saved_tensors)
