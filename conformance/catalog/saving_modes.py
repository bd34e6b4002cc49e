"""Ways of saving: on the CPU, not at all by hooks, and with tensors that may change."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from conformance import case, raises


def leaves(torch):
    """Two leaves."""
    x = torch.tensor([[1.5, -0.5, 0.25], [2.0, 3.5, -1.25]], requires_grad=True)
    y = torch.tensor([[3.0], [0.75]], requires_grad=True)
    return x, y


def vectors(torch):
    """Two leaves of one dimension."""
    x = torch.tensor([1.5, -0.5], requires_grad=True)
    y = torch.tensor([3.0, 0.25], requires_grad=True)
    return x, y


def counting_hooks(torch, log):
    """Hooks that change nothing, and note what they are given."""

    def pack(tensor):
        log.append(f"pack {list(tensor.shape)}")
        return tensor

    def unpack(tensor):
        log.append(f"unpack {list(tensor.shape)}")
        return tensor

    return torch.autograd.graph.saved_tensors_hooks(pack, unpack)


@case("torch.autograd.graph: save_on_cpu")
def saving_on_the_cpu(torch):
    """`save_on_cpu` keeps the device beside the tensor, and gives the same gradients."""
    x, y = vectors(torch)
    with torch.autograd.graph.save_on_cpu() as entered:
        out = (x * y).exp()
    yield "entered", entered
    yield "kept", out.grad_fn.next_functions[0][0]._raw_saved_self.data
    out.backward(torch.tensor([1.0, -2.0]))
    yield "x", x.grad
    yield (
        "is a kind of hooks",
        isinstance(torch.autograd.graph.save_on_cpu(), torch.autograd.graph.saved_tensors_hooks),
    )


@case("torch.autograd.graph: disable_saved_tensors_hooks")
def hooks_can_be_disabled(torch):
    """Inside of `disable_saved_tensors_hooks`, entering hooks raises with its message; outside it does not."""
    x, y = vectors(torch)
    log = []

    def enter():
        with counting_hooks(torch, log):
            return x * y

    with torch.autograd.graph.disable_saved_tensors_hooks("no hooks for now"):
        yield "refused", raises(enter)
        out = x * y
        with torch.autograd.graph.disable_saved_tensors_hooks("none at all"):
            yield "refused inside", raises(enter)
        yield "refused again", raises(enter)
    yield "allowed again", raises(enter)
    yield "packed", log
    yield "operations go on", out


@case("torch.autograd.graph: disable_saved_tensors_hooks")
def hooks_in_force_cannot_be_disabled(torch):
    """Where hooks are in force, disabling them raises at once."""
    x, y = vectors(torch)
    log = []

    def disable():
        with torch.autograd.graph.disable_saved_tensors_hooks("too late"):
            pass

    with counting_hooks(torch, log):
        yield "refused", raises(disable)
        x * y
    yield "still in force", log
    decorated = torch.autograd.graph.disable_saved_tensors_hooks("not in here")(lambda: x.exp())
    yield "as a decorator", decorated()


@case("torch.autograd.graph: allow_mutation_on_saved_tensors")
def saved_tensors_may_be_changed(torch):
    """Inside of `allow_mutation_on_saved_tensors`, gradients are computed with what was saved, not the change."""
    x, y = vectors(torch)
    with torch.autograd.graph.allow_mutation_on_saved_tensors():
        base = x.clone()
        cube = base**3
        base.sin_()
        result = y.exp()
        result.mul_(2)
        part = x.clone()
        weighted = part * y
        part[0] = 10.0
        (cube + result + weighted).backward(torch.tensor([1.0, -2.0]))
    yield "x", x.grad
    yield "y", y.grad


@case("torch.autograd.graph: allow_mutation_on_saved_tensors")
def saved_leaf_may_be_changed(torch):
    """A leaf that was saved may be changed without grad mode; its gradient is that of its old value."""
    x, y = vectors(torch)
    with torch.autograd.graph.allow_mutation_on_saved_tensors():
        out = x * y
        with torch.no_grad():
            x.mul_(10)
        again = x * y
        (out + again).backward(torch.tensor([1.0, -2.0]))
    yield "x", x
    yield "x.grad", x.grad
    yield "y.grad", y.grad


@case("torch.autograd.graph: allow_mutation_on_saved_tensors")
def mutation_is_allowed_only_inside(torch):
    """A graph made inside cannot be used outside; one made outside is checked as ever; blocks do not nest."""
    x, y = vectors(torch)
    early = x.clone()
    before = early * y
    with torch.autograd.graph.allow_mutation_on_saved_tensors():
        factor = x.clone()
        inside = factor * y
        early.mul_(2)
        yield "made before", raises(lambda: before.sum().backward())
    yield "made inside", raises(lambda: inside.sum().backward())

    def nest():
        allow = torch.autograd.graph.allow_mutation_on_saved_tensors
        with allow(), allow():
            pass

    yield "nested", raises(nest)
    with torch.autograd.graph.allow_mutation_on_saved_tensors() as context:
        out = x * y
        context.clear()
        yield "cleared", raises(lambda: out.sum().backward())


@case("torch.autograd.graph: save_on_cpu")
def saving_in_pinned_memory(torch):
    """`pin_memory=True` copies what is saved; without it the tensor that is on the CPU anyway is kept itself."""
    x, y = leaves(torch)
    for pinned in (False, True):
        with torch.autograd.graph.save_on_cpu(pin_memory=pinned):
            out = x * y
        device, kept = out.grad_fn._raw_saved_self.data
        yield f"device, {pinned}", str(device)
        yield f"shared, {pinned}", kept.data_ptr() == x.data_ptr()
        out.backward(torch.tensor([[0.5, -1.0, 1.5], [2.5, 0.25, -0.75]]))
        yield f"y, {pinned}", y.grad


@case("torch.autograd.graph: allow_mutation_on_saved_tensors")
def optimizer_step_before_the_backward(torch):
    """Where mutation is allowed, parameters may be updated between forward and backward."""
    x, y = leaves(torch)
    refused = (x * y).sum()
    with torch.autograd.graph.allow_mutation_on_saved_tensors():
        allowed = (x * y).sum()
        with torch.no_grad():
            y.sub_(0.5)
        allowed.backward()
    yield "x", x.grad
    yield "y", y
    yield "refused", raises(lambda: refused.backward())


@case("torch.autograd.graph: disable_saved_tensors_hooks")
def disabling_is_of_one_thread(torch):
    """Where hooks are disabled, another thread may use them."""
    x, y = leaves(torch)
    log = []

    def run():
        with counting_hooks(torch, log):
            x * y

    with torch.autograd.graph.disable_saved_tensors_hooks("not in this thread"):
        with ThreadPoolExecutor(1) as pool:
            pool.submit(run).result()
        yield "here", raises(run)
    yield "there", log


@case("torch.autograd.graph: saved_tensors_hooks")
def function_transforms_take_no_hooks(torch):
    """`torch.func.grad`, `vjp` and `jacrev` refuse hooks on saved tensors, both around and inside of them."""
    x, _ = vectors(torch)
    point = x.detach()
    log = []

    def cube(value):
        return (value**3).sum()

    def with_hooks(value):
        with counting_hooks(torch, log):
            return (value**3).sum()

    with counting_hooks(torch, log):
        yield "grad", raises(lambda: torch.func.grad(cube)(point))
        yield "vjp", raises(lambda: torch.func.vjp(cube, point))
        yield "jacrev", raises(lambda: torch.func.jacrev(cube)(point))
    yield "hooks inside of grad", raises(lambda: torch.func.grad(with_hooks)(point))
    yield "without hooks", torch.func.grad(cube)(point)
    yield "hooks afterwards", with_hooks(x)
    yield "packed", log


@case("torch.autograd.graph: saved_tensors_hooks")
def vmap_and_hooks(torch):
    """`torch.func.vmap` may run inside of hooks, which get the whole batches."""
    x, y = leaves(torch)
    log = []
    with counting_hooks(torch, log):
        out = torch.func.vmap(lambda row, factor: (row * factor).exp())(x, y)
    yield "packed", log[:]
    out.sum().backward()
    yield "y", y.grad


@case("torch.autograd.graph: saved_tensors_hooks")
def forward_mode_and_hooks(torch):
    """Inside of hooks, a dual number packs what its primal and its tangent save."""
    x, y = vectors(torch)
    log = []
    forward_ad = torch.autograd.forward_ad
    with forward_ad.dual_level(), counting_hooks(torch, log):
        dual = forward_ad.make_dual(x, y.detach())
        primal, tangent = forward_ad.unpack_dual(dual * dual)
    yield "packed", log[:]
    (primal + tangent).backward(torch.tensor([1.0, -2.0]))
    yield "x", x.grad


@case("torch.autograd.graph: saved_tensors_hooks")
def forward_over_reverse_with_hooks(torch):
    """What is unpacked has the tangent of what was saved, so that a gradient of duals has its tangent."""
    x, y = vectors(torch)
    forward_ad = torch.autograd.forward_ad
    for name, function in (("cube", lambda dual: dual**3), ("sigmoid", lambda dual: dual.sigmoid())):
        with forward_ad.dual_level():
            dual = forward_ad.make_dual(x, y.detach())
            with torch.autograd.graph.saved_tensors_hooks(lambda tensor: tensor, lambda tensor: tensor):
                out = function(dual)
            (gradient,) = torch.autograd.grad(out, x, torch.tensor([1.0, -2.0]))
            yield name, forward_ad.unpack_dual(gradient).tangent
