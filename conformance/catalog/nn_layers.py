"""Basic layers of `torch.nn` and their functions: linear maps, embeddings, shuffles, windows, distances."""

from __future__ import annotations

from conformance import case, raises

LINEAR = "torch.nn: Linear Layers"
SPARSE = "torch.nn: Sparse Layers"
VISION = "torch.nn: Vision Layers"
DISTANCE = "torch.nn: Distance Functions"


def numbers(torch, *sizes):
    """Different numbers of both signs that require grad."""
    count = torch.zeros(sizes).numel()
    values = [((7 * place) % 23 - 11.5) / 4 for place in range(count)]
    return torch.tensor(values).reshape(sizes).requires_grad_()


def gradients(torch, result, *inputs):
    """The inputs' gradients for a gradient of different numbers."""
    count = result.numel()
    incoming = torch.tensor([0.5 + place / count for place in range(count)]).reshape(result.shape)
    return torch.autograd.grad(result, inputs, incoming, create_graph=True)


@case(LINEAR)
def linear_of_more_dimensions(torch):
    """`linear` of a stack with a bias is one product of the rows; a transposed stack takes another way to the same."""
    linear = torch.nn.functional.linear
    x, weight, bias = numbers(torch, 2, 3, 4), numbers(torch, 5, 4), numbers(torch, 5)
    yield "three dimensions", linear(x, weight, bias)
    yield "without a bias", linear(x, weight)
    yield "transposed", linear(x.transpose(0, 1), weight, bias)
    yield "one dimension", linear(x[0, 0], weight, bias)
    yield "gradients", gradients(torch, linear(x, weight, bias), x, weight, bias)


@case(LINEAR)
def linear_with_a_vector_as_weight(torch):
    """`linear` takes a weight of one dimension: then the last dimension of the input goes."""
    x, weight = numbers(torch, 3, 4), numbers(torch, 4)
    result = torch.nn.functional.linear(x, weight)
    yield "result", result
    yield "gradients", gradients(torch, result, x, weight)


@case(LINEAR)
def refusals_of_linear(torch):
    """`linear` says which sizes, types or arguments do not fit."""
    linear = torch.nn.functional.linear
    x, weight, bias = numbers(torch, 2, 4), numbers(torch, 5, 4), numbers(torch, 5)
    yield "sizes", raises(lambda: linear(x[:, :3], weight, bias))
    yield "bias", raises(lambda: linear(x, weight, bias[:3]))
    yield "type", raises(lambda: linear(x.double(), weight, bias))
    yield "no dimensions", raises(lambda: linear(x[0, 0], weight, bias))
    yield "no tensor", raises(lambda: linear([1.0], weight, bias))
    yield "weight of one dimension and a bias", raises(lambda: linear(x, weight[0], bias))


@case(LINEAR)
def bilinear_map(torch):
    """`bilinear` is one product of three tensors; its gradients are products of three, too."""
    one, two = numbers(torch, 2, 3), numbers(torch, 2, 4)
    weight, bias = numbers(torch, 2, 3, 4), numbers(torch, 2)
    result = torch.nn.functional.bilinear(one, two, weight, bias)
    yield "result", result
    yield "gradients", gradients(torch, result, one, two, weight, bias)
    yield "sizes", raises(lambda: torch.nn.functional.bilinear(one[:1], two, weight))
    yield "features", raises(lambda: torch.nn.functional.bilinear(one, two[:, :2], weight))


@case(LINEAR)
def first_weights_of_a_bilinear_layer(torch):
    """`Bilinear` draws its weights within one over the root of its first number of features, and refuses 0 of them."""
    torch.manual_seed(5)
    layer = torch.nn.Bilinear(4, 3, 2)
    yield "layer", str(layer)
    yield "weight", layer.weight
    yield "bias", layer.bias
    yield "no features", raises(lambda: torch.nn.Bilinear(0, 3, 2))


@case("torch.nn: Lazy Modules Initialization")
def lazy_linear_layer(torch):
    """`LazyLinear` learns its number of inputs from the first input, and is a `Linear` from then on."""
    torch.manual_seed(7)
    layer = torch.nn.LazyLinear(2)
    yield "before", str(layer)
    yield "weight before", str(layer.weight)
    yield "uninitialized", layer.has_uninitialized_params()
    yield "shape", raises(lambda: layer.weight.shape)
    yield "result", layer(torch.tensor([[1.0, -2.0, 0.5]]))
    yield "after", str(layer)
    yield "type", type(layer).__name__
    yield "weight", layer.weight


@case("torch.nn: Lazy Modules Initialization")
def lazy_layer_that_loads_a_state(torch):
    """A lazy layer takes its shapes from a state that it loads; an ordinary one cannot load those of a lazy one."""
    source = torch.nn.Linear(3, 2)
    with torch.no_grad():
        source.weight.copy_(numbers(torch, 2, 3))
    layer = torch.nn.LazyLinear(2)
    yield "loaded", str(layer.load_state_dict(source.state_dict()))
    yield "weight", layer.weight
    yield "into an ordinary one", raises(lambda: source.load_state_dict(torch.nn.LazyLinear(2).state_dict()))


@case(SPARSE)
def embedding_of_repeated_indices(torch):
    """Rows that an index names several times get the sum of their gradients; the padding's row gets none."""
    weight = numbers(torch, 5, 3)
    index = torch.tensor([[1, 4, 1], [0, 1, 4]])
    result = torch.nn.functional.embedding(index, weight)
    yield "rows", result
    yield "gradient", gradients(torch, result, weight)[0]
    padded = torch.nn.functional.embedding(index, weight, padding_idx=4)
    yield "gradient with padding", gradients(torch, padded, weight)[0]
    yield "saved padding", padded.grad_fn._saved_padding_idx
    by_frequency = torch.nn.functional.embedding(index, weight, scale_grad_by_freq=True)
    yield "gradient by frequency", gradients(torch, by_frequency, weight)[0]


@case(SPARSE)
def embedding_gradient_of_many_rows(torch):
    """The gradient of an embedding adds up rows in the order of the index, to the last bit."""
    index = torch.tensor([(place * place) % 37 for place in range(600)])
    weight = torch.zeros(41, 130, requires_grad=True)
    incoming = torch.tensor(
        [[((place * 31 + 17 * column) % 101) / 7 - 6.9 for column in range(130)] for place in range(600)]
    )
    torch.nn.functional.embedding(index, weight).backward(incoming)
    yield "sums", weight.grad.sum(1)
    yield "first rows", weight.grad[:5, :9]
    yield "unused rows", weight.grad[37:].abs().max().item()


@case(SPARSE)
def embedding_with_a_largest_norm(torch):
    """With `max_norm` the rows that are looked up are scaled down in place first, which counts the version up."""
    weight = numbers(torch, 4, 3).detach()
    result = torch.nn.functional.embedding(torch.tensor([2, 0, 2]), weight, max_norm=1.5)
    yield "rows", result
    yield "table", weight


@case(SPARSE)
def refusals_of_embedding(torch):
    """`embedding` says what is wrong with indices and tables."""
    embedding, weight = torch.nn.functional.embedding, numbers(torch, 4, 3)
    yield "too large", raises(lambda: embedding(torch.tensor([1, 4]), weight))
    yield "negative", raises(lambda: embedding(torch.tensor([-1]), weight))
    yield "floating", raises(lambda: embedding(torch.tensor([1.0]), weight))
    yield "vector", raises(lambda: embedding(torch.tensor([1]), weight[0]))
    yield "padding", raises(lambda: embedding(torch.tensor([1]), weight, padding_idx=4))
    yield "layer", raises(lambda: torch.nn.Embedding(4, 3, padding_idx=-5))


@case(SPARSE)
def embedding_layers(torch):
    """An `Embedding` draws normally, with zeros for its padding; `from_pretrained` takes a table and freezes it."""
    torch.manual_seed(3)
    layer = torch.nn.Embedding(4, 3, padding_idx=-2, max_norm=2.0)
    yield "layer", str(layer)
    yield "weight", layer.weight
    table = torch.nn.Embedding.from_pretrained(torch.tensor([[1.5, -2.0], [0.25, 3.0]]))
    yield "table", table.weight
    yield "row", table(torch.tensor([1]))
    yield "vector", raises(lambda: torch.nn.Embedding.from_pretrained(torch.ones(3)))


@case(SPARSE)
def bags_of_embeddings(torch):
    """`embedding_bag` gives sums, means or maxima of bags, of which one may be empty, and their gradients."""
    weight = numbers(torch, 5, 3)
    index, offsets = torch.tensor([0, 3, 1, 1, 2]), torch.tensor([0, 2, 2])
    for mode in ("sum", "mean", "max"):
        result = torch.nn.functional.embedding_bag(index, weight, offsets, mode=mode)
        yield mode, result
        yield f"gradient of {mode}", gradients(torch, result, weight)[0]
        padded = torch.nn.functional.embedding_bag(index, weight, offsets, mode=mode, padding_idx=1)
        yield f"{mode} with padding", padded


@case(SPARSE)
def weighted_bags(torch):
    """The weights of samples in a bag have a gradient, which has none itself."""
    weight, factors = numbers(torch, 5, 3), numbers(torch, 2, 2)
    index = torch.tensor([[4, 1], [1, 0]])
    result = torch.nn.functional.embedding_bag(index, weight, mode="sum", per_sample_weights=factors)
    yield "bags", result
    found = gradients(torch, result, weight, factors)
    yield "gradients", [each.detach() for each in found]
    yield "second", raises(lambda: found[1].sum().backward())
    yield (
        "of means",
        raises(
            lambda: torch.nn.functional.embedding_bag(index, weight, mode="mean", per_sample_weights=factors)
        ),
    )


@case(SPARSE)
def refusals_of_bags(torch):
    """`embedding_bag` checks offsets, modes and indices."""
    bag, weight = torch.nn.functional.embedding_bag, numbers(torch, 5, 3)
    index = torch.tensor([0, 3, 1])
    yield "no offsets", raises(lambda: bag(index, weight))
    yield "offsets of a matrix", raises(lambda: bag(index[None], weight, torch.tensor([0])))
    yield "first offset", raises(lambda: bag(index, weight, torch.tensor([1, 2])))
    yield "last offset", raises(lambda: bag(index, weight, torch.tensor([0, 9])))
    yield "mode", raises(lambda: bag(index, weight, torch.tensor([0]), mode="median"))
    yield "index", raises(lambda: bag(index + 3, weight, torch.tensor([0])))


@case("torch.nn.functional: Sparse functions")
def one_hot_vectors(torch):
    """`one_hot` counts the classes itself unless it is told, and refuses what is beyond them."""
    one_hot = torch.nn.functional.one_hot
    classes = torch.tensor([[2, 0], [1, 2]])
    yield "counted", one_hot(classes)
    yield "five", one_hot(classes, 5)
    yield "none", one_hot(classes[:0], 4)
    yield "too few", raises(lambda: one_hot(classes, 2))
    yield "negative", raises(lambda: one_hot(classes - 1))
    yield "floating", raises(lambda: one_hot(classes.float()))
    yield "uncounted", raises(lambda: one_hot(classes[:0]))


@case(VISION)
def shuffled_pixels(torch):
    """`pixel_shuffle` and `pixel_unshuffle` are each other's inverse and each other's gradient."""
    x = numbers(torch, 1, 8, 2, 2)
    shuffled = torch.nn.functional.pixel_shuffle(x, 2)
    yield "shuffled", shuffled
    yield "gradient", gradients(torch, shuffled, x)[0]
    yield "back", torch.nn.functional.pixel_unshuffle(shuffled, 2)
    yield "channels", raises(lambda: torch.nn.functional.pixel_shuffle(x, 3))
    yield "height", raises(lambda: torch.nn.functional.pixel_unshuffle(x, 3))
    yield "dimensions", raises(lambda: torch.nn.functional.pixel_shuffle(x[0, 0], 2))
    yield "modules", str([torch.nn.PixelShuffle(2), torch.nn.PixelUnshuffle(3)])


@case("torch.nn: Shuffle Layers")
def shuffled_channels(torch):
    """`channel_shuffle` takes channels from groups in turn; its gradient does so with the other number of groups."""
    x = numbers(torch, 2, 6, 3)
    shuffled = torch.nn.ChannelShuffle(2)(x)
    yield "shuffled", shuffled
    yield "gradient", gradients(torch, shuffled, x)[0]
    yield "groups", raises(lambda: torch.nn.functional.channel_shuffle(x, 4))
    yield "no groups", raises(lambda: torch.nn.functional.channel_shuffle(x, 0))


@case("torch.nn: Convolution Layers")
def windows_as_columns(torch):
    """`unfold` lists the windows of an image as columns; its gradient adds them up in the image again."""
    x = numbers(torch, 1, 2, 3, 4)
    columns = torch.nn.functional.unfold(x, (2, 3), dilation=1, padding=1, stride=2)
    yield "columns", columns
    yield "gradient", gradients(torch, columns, x)[0]
    yield "layer", str(torch.nn.Unfold(2, padding=1))
    yield "too large", raises(lambda: torch.nn.functional.unfold(x, 6))
    yield "stride", raises(lambda: torch.nn.functional.unfold(x, 2, stride=0))


@case("torch.nn: Convolution Layers")
def columns_as_an_image(torch):
    """`fold` adds up columns in the windows of an image; where windows meet, there is a sum."""
    columns = numbers(torch, 1, 8, 6)
    image = torch.nn.functional.fold(columns, (3, 4), 2)
    yield "image", image
    yield "gradient", gradients(torch, image, columns)[0]
    yield "layer", str(torch.nn.Fold((3, 4), 2, stride=(1, 2)))
    yield "windows", raises(lambda: torch.nn.functional.fold(columns, (4, 4), 2))
    yield "channels", raises(lambda: torch.nn.functional.fold(columns, (3, 4), 3))


@case(DISTANCE)
def cosine_of_vectors(torch):
    """`cosine_similarity` divides by lengths that are kept away from 0; the gradient is that of the lengths."""
    one, two = numbers(torch, 2, 3), numbers(torch, 3, 2).t()
    result = torch.nn.functional.cosine_similarity(one, two)
    yield "cosines", result
    yield "gradients", gradients(torch, result, one, two)
    yield "of zeros", torch.nn.CosineSimilarity(dim=0)(torch.zeros(2), torch.tensor([3.0, 4.0]))
    yield "broadcast", torch.nn.functional.cosine_similarity(one[:, None], two, dim=-1)
    yield "integers", raises(lambda: torch.nn.functional.cosine_similarity(one.long(), two.long()))


@case(DISTANCE)
def distances_of_pairs(torch):
    """`pairwise_distance` is a norm of the difference, to which a small number is added."""
    one, two = numbers(torch, 2, 3), numbers(torch, 3, 2).t()
    for p in (1.0, 2.0, 3.0, float("inf")):
        result = torch.nn.functional.pairwise_distance(one, two, p=p)
        yield f"p = {p}", result
        yield f"gradients for p = {p}", gradients(torch, result, one, two)
    yield "kept dimension", torch.nn.PairwiseDistance(keepdim=True)(one, two)


@case("torch.nn.functional: Non-linear activation functions")
def normalized_vectors(torch):
    """`normalize` divides by a norm along a dimension, or by `eps` where that is larger."""
    x = numbers(torch, 2, 3)
    normalize = torch.nn.functional.normalize
    yield "vectors", normalize(x)
    yield "gradient", gradients(torch, normalize(x), x)[0]
    yield "along the first dimension, p = 1", normalize(x, p=1.0, dim=0)
    yield "zeros", normalize(torch.zeros(2, 2))
    yield "into a tensor", normalize(x.detach(), out=torch.empty(2, 3))


@case("torch.nn: Utilities")
def flattened_and_back(torch):
    """`Flatten` joins dimensions, all but the first unless told; `Unflatten` splits one."""
    x = numbers(torch, 2, 3, 4)
    yield "flat", torch.nn.Flatten()(x)
    yield "first two", torch.nn.Flatten(0, 1)(x)
    yield "split", torch.nn.Unflatten(2, (2, -1))(x)
    yield "texts", str([torch.nn.Flatten(), torch.nn.Unflatten(1, (3, 1)), torch.nn.Identity(5)])
    yield "no tuple", raises(lambda: torch.nn.Unflatten(1, 3))
    yield "sizes", raises(lambda: torch.nn.Unflatten(1, (2, 2))(x))
