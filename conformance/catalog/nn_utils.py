"""`torch.nn.utils`: clipping, vectors of parameters, older hooks that compute weights, fusion."""

from __future__ import annotations

from conformance import case, raises

CLIP = "torch.nn: Utilities, clipping"
NORMS = "torch.nn: Utilities, weight and spectral normalization"


def layer(torch):
    """A linear layer of known weights."""
    made = torch.nn.Linear(3, 2)
    with torch.no_grad():
        made.weight.copy_(torch.tensor([[1.5, -2.0, 0.5], [0.25, 3.0, -1.0]]))
        made.bias.copy_(torch.tensor([0.5, -1.0]))
    return made


def with_gradients(torch):
    """The same layer, after a backward pass."""
    made = layer(torch)
    made(torch.tensor([[1.0, 2.0, 3.0], [-1.0, 0.5, 2.0]])).pow(2).sum().backward()
    return made


@case(CLIP)
def clipped_norm(torch):
    """`clip_grad_norm_` gives the norm of all gradients, and scales them down in place where it is too large."""
    clip = torch.nn.utils.clip_grad_norm_
    for norm_type in (2.0, 1.0, float("inf")):
        model = with_gradients(torch)
        yield f"norm of type {norm_type}", clip(model.parameters(), 1.5, norm_type=norm_type)
        yield f"gradients for {norm_type}", [each.grad for each in model.parameters()]
    model = with_gradients(torch)
    yield "small enough", clip(model.weight, 1e6)
    yield "gradient", model.weight.grad
    yield "no gradients", clip(layer(torch).parameters(), 1.0)
    yield "empty generator", clip((each for each in []), 1.0)


@case(CLIP)
def norm_that_is_not_finite(torch):
    """`error_if_nonfinite` refuses a norm that is nan; otherwise the gradients become nan."""
    model = with_gradients(torch)
    model.bias.grad[0] = float("nan")
    clip = torch.nn.utils.clip_grad_norm_
    yield "refused", raises(lambda: clip(model.parameters(), 1.0, error_if_nonfinite=True))
    yield "untouched", model.weight.grad
    yield "norm", clip(model.parameters(), 1.0)
    yield "gradient", model.weight.grad


@case(CLIP)
def clipped_values(torch):
    """`clip_grad_value_` keeps each element within bounds."""
    model = with_gradients(torch)
    torch.nn.utils.clip_grad_value_(model.parameters(), 2.5)
    yield "weight", model.weight.grad
    yield "bias", model.bias.grad


@case(CLIP)
def norm_and_scaling_apart(torch):
    """`get_total_norm` and `clip_grads_with_norm_` are the two halves of `clip_grad_norm_`."""
    model = with_gradients(torch)
    total = torch.nn.utils.get_total_norm([each.grad for each in model.parameters()])
    yield "norm", total
    torch.nn.utils.clip_grads_with_norm_(model.parameters(), 2.0, total)
    yield "gradient", model.weight.grad
    yield "deprecated name", torch.nn.utils.clip_grad_norm(model.parameters(), 1.0)


@case("torch.nn: Utilities, vectors of parameters")
def parameters_as_a_vector(torch):
    """`parameters_to_vector` joins parameters, and keeps their history; `vector_to_parameters` takes a vector apart."""
    model = layer(torch)
    joined = torch.nn.utils.parameters_to_vector(model.parameters())
    yield "vector", joined
    vector = torch.tensor([0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5])
    torch.nn.utils.vector_to_parameters(vector, model.parameters())
    yield "weight", model.weight
    yield "bias", model.bias
    yield "no tensor", raises(lambda: torch.nn.utils.vector_to_parameters([1.0], model.parameters()))


@case("torch.nn: Utilities, skip_init")
def module_without_its_random_numbers(torch):
    """`skip_init` makes a module without drawing its first weights."""
    torch.manual_seed(2)
    model = torch.nn.utils.skip_init(torch.nn.Linear, 3, 2)
    yield "module", str(model)
    yield "what is drawn next", torch.rand(2)
    yield "no device", raises(lambda: torch.nn.utils.skip_init(torch.nn.ReLU))


@case(NORMS)
def weight_norm_by_a_hook(torch):
    """The older `weight_norm` splits a weight, and computes it by a hook before each forward."""
    model = torch.nn.utils.weight_norm(layer(torch))
    yield "names", [name for name, _ in model.named_parameters()]
    yield "lengths", model.weight_g
    yield "weight", model.weight
    with torch.no_grad():
        model.weight_g.mul_(2.0)
    yield "result", model(torch.tensor([[1.0, 2.0, 3.0]]))
    yield "once more", raises(lambda: torch.nn.utils.weight_norm(model))
    yield "removed", torch.nn.utils.remove_weight_norm(model).weight
    yield "gone", raises(lambda: torch.nn.utils.remove_weight_norm(model))


@case(NORMS)
def spectral_norm_by_a_hook(torch):
    """The older `spectral_norm` follows the largest singular value by one power iteration a forward."""
    torch.manual_seed(4)
    model = torch.nn.utils.spectral_norm(layer(torch))
    x = torch.tensor([[1.0, 2.0, 3.0]])
    yield "state", list(model.state_dict())
    yield "metadata", str(dict(model.state_dict()._metadata))
    yield "first", model(x)
    yield "second", model(x)
    yield "evaluation", model.eval()(x)
    yield "vector", model.weight_u
    yield "removed", torch.nn.utils.remove_spectral_norm(model).weight
    yield "names", list(model.state_dict())


@case("torch.nn: Utilities, fusion")
def fused_linear_and_normalization(torch):
    """A batch normalization in evaluation mode becomes part of the linear layer before it."""
    weight, bias = layer(torch).weight, layer(torch).bias
    mean, var = torch.tensor([0.5, -1.5]), torch.tensor([2.0, 0.25])
    scale, shift = torch.tensor([1.5, -0.5]), torch.tensor([0.25, 3.0])
    fuse = torch.nn.utils.fuse_linear_bn_weights
    yield "weights", list(fuse(weight, bias, mean, var, 1e-5, scale, shift))
    yield "without a bias", fuse(weight, None, mean, var, 1e-5, scale, shift)[1]
    convolution = torch.tensor([[[1.0, 2.0]], [[-0.5, 3.0]]])
    yield (
        "convolution",
        list(torch.nn.utils.fuse_conv_bn_weights(convolution, None, mean, var, 1e-5, scale, shift)),
    )


@case("torch.nn: Utilities, stateless")
def call_with_other_parameters(torch):
    """The older name of `functional_call` warns, and calls with other parameters."""
    call = torch.nn.utils.stateless.functional_call
    weight = torch.tensor([[1.0, 0.0, 2.0], [0.5, -1.0, 0.0]])
    yield "result", call(layer(torch), {"weight": weight}, torch.tensor([[1.0, 2.0, 3.0]]))
