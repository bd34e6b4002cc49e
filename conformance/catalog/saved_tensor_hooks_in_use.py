"""What hooks on saved tensors are used for, and how they meet views, threads, hooks on gradients and other modes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from conformance import case

PAGE = "Autograd mechanics: Hooks for saved tensors"


def leaves(torch):
    """Two leaves."""
    x = torch.tensor([[1.5, -0.5, 0.25], [2.0, 3.5, -1.25]], requires_grad=True)
    y = torch.tensor([[3.0], [0.75]], requires_grad=True)
    return x, y


def hooks(torch, pack, unpack):
    """Hooks on what is saved."""
    return torch.autograd.graph.saved_tensors_hooks(pack, unpack)


def counting_hooks(torch, log, name=""):
    """Hooks that change nothing, and note what they are given."""

    def pack(tensor):
        log.append(f"pack {name}{list(tensor.shape)}")
        return tensor

    def unpack(tensor):
        log.append(f"unpack {name}{list(tensor.shape)}")
        return tensor

    return hooks(torch, pack, unpack)


@case(PAGE)
def saving_in_half_precision(torch):
    """Packing in half precision rounds what the gradients are computed with."""
    x, y = leaves(torch)
    x = (x.detach() + 0.0004).requires_grad_()
    with hooks(torch, lambda tensor: tensor.half(), lambda tensor: tensor.float()):
        out = x * y
    out.backward(torch.tensor([[1.0, -2.0, 0.5], [3.0, 0.25, -1.0]]))
    yield "y", y.grad
    yield "saved", x.detach().half()


@case(PAGE)
def saving_large_tensors_only(torch):
    """Hooks may treat tensors differently: only those of more than one row are packed here."""
    x, y = leaves(torch)
    packed = []

    def pack(tensor):
        if tensor.shape[0] < 2:
            return tensor
        packed.append(tensor)
        return len(packed) - 1

    def unpack(kept):
        return packed[kept] if isinstance(kept, int) else kept

    with hooks(torch, pack, unpack):
        out = x[:1] * 2 * y[0] + x.exp()[1:] * y[1:]
    yield "how many", len(packed)
    out.backward(torch.tensor([[1.0, -2.0, 0.5]]))
    yield "x", x.grad
    yield "y", y.grad


@case(PAGE)
def views_are_unpacked_as_no_views(torch):
    """A saved view comes back with the view's node, but is a view no more."""
    x, y = leaves(torch)
    row = x[1]
    with hooks(torch, lambda tensor: tensor.clone(), lambda tensor: tensor):
        out = row * y[0]
    kept = out.grad_fn._saved_self
    yield "kept", kept
    yield "same node", kept.grad_fn is row.grad_fn
    yield "is a view", [row._is_view(), kept._is_view()]
    out.backward(torch.tensor([1.0, -2.0, 0.5]))
    yield "x", x.grad


@case(PAGE)
def parts_of_one_node_are_unpacked(torch):
    """A saved part of a split comes back as that output of the node."""
    x, y = leaves(torch)
    _, second = x.split([1, 2], 1)
    with hooks(torch, lambda tensor: tensor.tolist(), torch.tensor):
        out = second * y
    kept = out.grad_fn._saved_self
    yield "kept", kept
    yield "its output number", [kept.output_nr, second.output_nr]
    (gradient,) = torch.autograd.grad(out, y, torch.tensor([[1.0, -2.0], [0.5, 3.0]]), create_graph=True)
    yield "gradient", gradient
    yield "second", torch.autograd.grad(gradient, x, torch.tensor([[4.0], [0.5]]))


@case(PAGE)
def second_derivative_outside_of_the_block(torch):
    """A gradient that is computed outside of the block unpacks, but packs nothing that its own nodes save."""
    x, y = leaves(torch)
    log = []
    with counting_hooks(torch, log):
        out = (x * y).sin()
    log.clear()
    (gradient,) = torch.autograd.grad(
        out, x, torch.tensor([[0.5, -1.0, 1.5], [2.5, 0.25, -0.75]]), create_graph=True
    )
    yield "unpacked", log[:]
    log.clear()
    gradient.sum().backward()
    yield "unpacked again", log
    yield "y", y.grad


@case(PAGE)
def hooks_belong_to_their_thread(torch):
    """Other threads are not concerned by a block; what was packed is unpacked wherever the backward runs."""
    x, y = leaves(torch)
    log, results = [], []

    def forward():
        results.append(x * y)

    def backward():
        results[1].sum().backward()

    def run(function):
        with ThreadPoolExecutor(1) as pool:
            pool.submit(function).result()

    with counting_hooks(torch, log):
        run(forward)
        results.append(x * y)
    yield "packed", log[:]
    log.clear()
    run(backward)
    yield "unpacked", log
    yield "y", y.grad


@case(PAGE)
def hooks_and_hooks_on_gradients(torch):
    """Hooks on gradients run before the node unpacks what it saved."""
    x, y = leaves(torch)
    order = []

    def unpack(tensor):
        order.append("unpack")
        return tensor

    with hooks(torch, lambda tensor: tensor, unpack):
        product = x * y
    product.register_hook(lambda grad: order.append("tensor"))
    product.grad_fn.register_prehook(lambda grads: order.append("before"))
    product.grad_fn.register_hook(lambda inputs, outputs: order.append("after"))
    product.sum().backward()
    yield "order", order


@case(PAGE)
def unpack_hook_that_runs_operations(torch):
    """An unpack hook may compute: with `create_graph` too, what it records is no part of the gradient's graph."""
    x, y = leaves(torch)
    with hooks(torch, lambda tensor: tensor / 4, lambda tensor: tensor * 4):
        out = x * y
    (gradient,) = torch.autograd.grad(
        out, x, torch.tensor([[0.5, -1.0, 1.5], [2.5, 0.25, -0.75]]), create_graph=True
    )
    yield "gradient", gradient


@case(PAGE)
def unpack_hook_that_runs_a_backward(torch):
    """An unpack hook may run another backward while the first one waits."""
    x, y = leaves(torch)
    other = torch.tensor([1.5, 2.5], requires_grad=True)

    def unpack(tensor):
        with torch.enable_grad():
            (other * other).sum().backward()
        return tensor

    with hooks(torch, lambda tensor: tensor, unpack):
        out = (x * y).sum()
    out.backward()
    yield "other", other.grad
    yield "y", y.grad


@case(PAGE)
def pack_hook_under_the_hood_of_another(torch):
    """Operations in a pack hook save nothing: grad mode is off, so the hook is not called for them."""
    x, y = leaves(torch)
    calls = []

    def pack(tensor):
        calls.append(list(tensor.shape))
        return tensor * tensor + y

    with hooks(torch, pack, lambda tensor: tensor - y):
        out = x * y
    yield "calls", calls
    out.backward(torch.tensor([[0.5, -1.0, 1.5], [2.5, 0.25, -0.75]]))
    yield "x", x.grad


@case(PAGE)
def enabling_grad_in_a_pack_hook(torch):
    """Where a pack hook turns grad mode on, its operations save, and the hook is called for what they save."""
    x, _ = leaves(torch)
    calls = []

    def pack(tensor):
        calls.append(list(tensor.shape))
        if len(calls) == 1:
            with torch.enable_grad():
                (tensor * 2.0).exp()
        return tensor

    with hooks(torch, pack, lambda tensor: tensor):
        out = x.exp()
    yield "calls", calls
    out.backward(torch.tensor([[0.5, -1.0, 1.5], [2.5, 0.25, -0.75]]))
    yield "x", x.grad


@case(PAGE)
def training_with_hooks(torch):
    """A few steps of gradient descent are the same with hooks that keep lists of numbers."""
    for name in ("plain", "hooked"):
        weight = torch.tensor([[0.5, -1.0], [1.5, 0.25]], requires_grad=True)
        bias = torch.tensor([0.1, -0.2], requires_grad=True)
        inputs = torch.tensor([[1.0, 2.0], [-0.5, 0.75], [3.0, -1.5]])
        target = torch.tensor([[0.5, 1.0], [0.0, -1.0], [2.0, 0.25]])
        optimizer = torch.optim.SGD([weight, bias], lr=0.05, momentum=0.9)
        for _ in range(3):
            optimizer.zero_grad()
            if name == "plain":
                loss = torch.nn.functional.mse_loss((inputs @ weight + bias).tanh(), target)
            else:
                with hooks(torch, lambda tensor: tensor.tolist(), torch.tensor):
                    loss = torch.nn.functional.mse_loss((inputs @ weight + bias).tanh(), target)
            loss.backward()
            optimizer.step()
        yield f"{name}, weight", weight
        yield f"{name}, bias", bias


@case(PAGE)
def changes_of_views_are_packed(torch):
    """What a change of a view saves is packed, and the whole tensor's gradient goes through it."""
    x, y = leaves(torch)
    log = []
    whole = x.clone()
    with counting_hooks(torch, log):
        whole[0].mul_(y[1])
        whole[:, 1].exp_()
    yield "packed", log[:]
    log.clear()
    whole.backward(torch.tensor([[1.0, -2.0, 0.5], [3.0, 0.25, -1.0]]))
    yield "unpacked", log
    yield "x", x.grad
    yield "y", y.grad


@case(PAGE)
def chained_results_are_packed_in_turn(torch):
    """Each operation of an expression packs as it is run, so that the hook sees them in the order of the program."""
    x, y = leaves(torch)
    log = []
    with counting_hooks(torch, log):
        scaled = x * y
        log.append("scaled")
        picked = scaled[:, torch.tensor([2, 0])]
        log.append("picked")
        weights = picked.softmax(1)
        log.append("weights")
        out = (weights @ y).prod()
    yield "packed", log[:]
    log.clear()
    out.backward()
    yield "unpacked", log
    yield "x", x.grad


@case(PAGE)
def gradients_add_up_inside_of_the_block(torch):
    """A backward inside of the block adds gradients up in place, as it does outside."""
    weights = torch.tensor([[0.5, -1.5, 2.0], [3.0, 0.25, -0.75]])
    for name in ("inside", "outside"):
        x, y = leaves(torch)
        with hooks(torch, lambda tensor: tensor, lambda tensor: tensor):
            out = (x * x + x * y) + (x * 2.5).exp()
            if name == "inside":
                out.backward(weights)
        if name == "outside":
            out.backward(weights)
        yield f"{name}, x", x.grad
        yield f"{name}, y", y.grad
