"""What programs print of classes and hooks, and from where they import."""

from __future__ import annotations

import copy
import functools
import io
import pickle
from importlib import import_module

from conformance import case, raises

NN = "torch.nn: Containers"
DATA = "torch.utils.data: Dataset Types"


def imported(torch, name):
    """The module that `import torch.name` gives."""
    return import_module(f"{torch.__name__}.{name}")


@case(NN)
def classes_of_layers_print_where_they_stand(torch):
    """The class of a layer prints with the module that PyTorch has it in."""
    nn = torch.nn
    for layer in (
        nn.Linear(2, 3),
        nn.Sequential(),
        nn.ReLU(),
        nn.Conv2d(1, 1, 1),
        nn.BatchNorm1d(2),
        nn.InstanceNorm2d(2),
        nn.LSTM(2, 2),
        nn.LSTMCell(2, 2),
        nn.Dropout(),
        nn.Embedding(2, 2),
        nn.CrossEntropyLoss(),
    ):
        yield type(layer)


@case(NN)
def classes_within_a_transformer_layer(torch):
    """The modules of an encoder layer print with their modules, those within its attention too."""
    for module in torch.nn.TransformerEncoderLayer(4, 2, 8).modules():
        yield type(module)


@case(NN)
def own_layers_stay_in_their_program(torch):
    """A program's own subclass of a layer prints with the program's module, and its base with PyTorch's."""

    class Scaled(torch.nn.Linear):
        pass

    yield "the class's module", Scaled.__module__ == __name__
    yield "its bases", [str(each) for each in Scaled.__mro__[1:3]]


@case("torch.optim: Algorithms")
def classes_of_optimizers_and_schedules(torch):
    """Optimizers print with the module of each, schedules with the one of all."""
    weight = torch.nn.Parameter(torch.tensor([1.5]))
    for name in ("SGD", "Adam", "RMSprop"):
        optimizer = getattr(torch.optim, name)([weight])
        yield type(optimizer)
    yield type(torch.optim.lr_scheduler.StepLR(optimizer, 3))
    yield type(torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=5))
    yield type(torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer))


@case(DATA)
def data_sets_print_with_their_modules(torch):
    """Data sets, samplers and loaders print with the modules that PyTorch has them in."""
    data = torch.utils.data
    whole = data.TensorDataset(torch.tensor([1.0, 2.5, -3.0]))
    part, rest = data.random_split(whole, [2, 1])
    loader = data.DataLoader(whole, batch_size=2)
    for each in (whole, part, rest + part, loader, loader.sampler, loader.batch_sampler):
        yield str(type(each))
    yield "an object", repr(whole)


@case("torch.Tensor: register_hook")
def handles_print_as_objects_of_their_module(torch):
    """What registering a hook gives prints as a `RemovableHandle` of `torch.utils.hooks`."""
    x = torch.tensor([1.0, -2.0], requires_grad=True)
    yield repr(x.register_hook(lambda grad: grad * 2))
    layer = torch.nn.Linear(2, 1)
    yield repr(layer.register_forward_hook(lambda *args: None))
    yield repr(torch.optim.SGD([x], 0.5).register_step_post_hook(lambda *args: None))


@case("torch.autograd.graph: Node")
def classes_of_nodes_print_without_a_module(torch):
    """The class of a node prints its name alone; the base of all is `torch.autograd.graph.Node`."""
    x = torch.tensor([1.5, -2.5], requires_grad=True)
    changed = x.clone()
    changed[0].mul_(3.0)
    for result in (x * 2, x.exp(), x.sum(), torch.cat([x, x]), x.view(2, 1), x.double(), changed):
        yield type(result.grad_fn)
    yield type(x.exp().grad_fn.next_functions[0][0])
    yield torch.autograd.graph.Node


@case("torch.autograd: Locally disabling gradient computation")
def modes_print_as_classes_of_their_module(torch):
    """The classes of the modes print with `torch.autograd`'s modules."""
    yield torch.no_grad
    yield torch.enable_grad
    yield torch.set_grad_enabled
    yield torch.inference_mode
    yield torch.autograd.detect_anomaly
    yield torch.autograd.graph.saved_tensors_hooks


@case("torch.nn.utils: Utility functions")
def classes_of_pruning_and_parametrizations(torch):
    """Pruning methods, lists of parametrizations and packed sequences print with the modules of `torch.nn.utils`."""
    nn = torch.nn
    layer = imported(torch, "nn.utils.prune").l1_unstructured(nn.Linear(2, 2), "weight", amount=1)
    yield str([type(hook) for hook in layer._forward_pre_hooks.values()])
    yield str(type(nn.utils.parametrizations.weight_norm(nn.Linear(2, 2)).parametrizations.weight))
    yield str(type(nn.utils.rnn.pack_sequence([torch.tensor([1.0, 2.0])])))


@case("torch.Tensor: Tensor class reference")
def limits_are_of_classes_in_the_namespace(torch):
    """`finfo` and `iinfo` print as classes of `torch` itself."""
    yield torch.finfo
    yield type(torch.iinfo(torch.int8))


@case("Serialization semantics: Saving and loading torch.nn.Modules")
def layers_are_pickled_and_copied(torch):
    """A module of layers comes back from `pickle`, `copy.deepcopy` and `torch.save` as it was."""
    nn = torch.nn
    model = nn.Sequential(nn.Linear(2, 1), nn.InstanceNorm1d(2), nn.GRUCell(1, 1))
    with torch.no_grad():
        model[0].weight.copy_(torch.tensor([[0.25, -1.5]]))
    file = io.BytesIO()
    torch.save(model, file)
    file.seek(0)
    for label, found in (
        ("pickle", pickle.loads(pickle.dumps(model))),
        ("copy", copy.deepcopy(model)),
        ("file", torch.load(file, weights_only=False)),
    ):
        yield f"{label}: text", repr(found)
        yield f"{label}: weight", found[0].weight
        yield f"{label}: class", type(found[1])


@case("Serialization semantics: Saving and loading torch.nn.Modules")
def optimizers_and_data_sets_are_pickled(torch):
    """Optimizers, schedules and data sets come back from `pickle` with what they hold."""
    weight = torch.nn.Parameter(torch.tensor([1.5, -0.5]))
    optimizer = torch.optim.SGD([weight], lr=0.25, momentum=0.5)
    weight.grad = torch.tensor([0.5, 2.0])
    optimizer.step()
    found = pickle.loads(pickle.dumps(optimizer))
    yield "text", repr(found)
    yield "state", next(iter(found.state.values()))["momentum_buffer"]
    data = pickle.loads(pickle.dumps(torch.utils.data.TensorDataset(torch.tensor([1.5, 2.5]))))
    yield "data", data[1]


@case("Serialization semantics: Saving and loading torch.nn.Modules")
def refusal_to_load_a_layer_names_its_class(torch):
    """Loading weights only, a layer is refused by the name of its class."""
    file = io.BytesIO()
    torch.save(torch.nn.LSTMCell(1, 1), file)
    file.seek(0)
    yield raises(lambda: torch.load(file, weights_only=True))


@case("torch.autograd: Function")
def modules_of_autograd_are_imported(torch):
    """`torch.autograd`'s modules can be imported, and hold what the package offers."""
    autograd = torch.autograd
    for module, name in (
        ("function", "once_differentiable"),
        ("function", "Function"),
        ("functional", "jacobian"),
        ("forward_ad", "dual_level"),
        ("graph", "saved_tensors_hooks"),
        ("grad_mode", "no_grad"),
        ("anomaly_mode", "detect_anomaly"),
        ("variable", "Variable"),
    ):
        found = getattr(imported(torch, f"autograd.{module}"), name)
        held = getattr(autograd, name, None) or getattr(getattr(autograd, module), name)
        yield f"{module}.{name}", found is held


@case("torch.autograd: Function")
def importing_gradcheck_leaves_the_function(torch):
    """After `torch.autograd.gradcheck` is imported as a module, the name in the package is the function still."""
    module = imported(torch, "autograd.gradcheck")
    yield "the function", module.gradcheck is torch.autograd.gradcheck
    x = torch.tensor([0.5, -1.5], dtype=torch.float64, requires_grad=True)
    yield "called", torch.autograd.gradcheck(torch.sin, (x,))
    yield "its error", issubclass(module.GradcheckError, RuntimeError)


@case("torch.autograd: Profiler")
def labels_of_parts_of_a_program(torch):
    """`record_function` is a context and a decorator that changes no result."""
    record_function = imported(torch, "autograd.profiler").record_function
    with record_function("product"):
        inside = torch.tensor([1.5, -2.0]) * 3

    @record_function("labelled")
    def labelled(x):
        return x * 2

    yield "inside", inside
    yield "decorated", labelled(torch.tensor([0.5, 4.0]))
    yield "its class", record_function


@case(NN)
def modules_of_layers_are_imported(torch):
    """The layers can be imported from the modules that PyTorch has them in."""
    for module, name in (
        ("linear", "Linear"),
        ("rnn", "LSTMCell"),
        ("rnn", "GRU"),
        ("activation", "MultiheadAttention"),
        ("instancenorm", "InstanceNorm1d"),
        ("batchnorm", "BatchNorm2d"),
    ):
        yield (
            f"{module}.{name}",
            getattr(imported(torch, f"nn.modules.{module}"), name) is getattr(torch.nn, name),
        )


@case(NN)
def indented_lines_of_a_text(torch):
    """`_addindent` indents every line but the first, as programs use it for the texts of their own modules."""
    yield torch.nn.modules.module._addindent("first\nsecond\n  third", 3)


@case(DATA)
def collate_is_imported_from_where_programs_find_it(torch):
    """`torch.utils.data._utils.collate` and `torch.utils.data.dataloader` hold `default_collate`."""
    collate = torch.utils.data.default_collate
    yield imported(torch, "utils.data._utils.collate").default_collate is collate
    yield imported(torch, "utils.data.dataloader").default_collate is collate


@case("torch: types")
def names_for_annotations_are_imported(torch):
    """`torch.types` and `torch.nn.common_types` have the names that programs annotate with."""
    types = imported(torch, "types")
    yield "number", all(kind in types.Number.__args__ for kind in (int, float, bool))
    yield "pair", str(imported(torch, "nn.common_types")._size_2_t)
    yield "sizes", str(imported(torch, "nn.common_types")._size_any_t)


@case("torch: Indexing, Slicing, Joining, Mutating Ops")
def newaxis_is_none(torch):
    """`torch.newaxis` makes a dimension, as `None` does."""
    yield torch.newaxis
    yield torch.tensor([[1.5, 2.5]])[:, torch.newaxis].shape


@case("torch.utils: _pytree")
def trees_are_taken_apart_and_put_together(torch):
    """`tree_flatten`, `tree_unflatten` and their kin walk through tuples, lists and dictionaries."""
    pytree = imported(torch, "utils._pytree")
    tree = {"weight": [torch.tensor([1.5]), 2], "other": (None, {"deep": "text"})}
    leaves, spec = pytree.tree_flatten(tree)
    yield "leaves", leaves
    yield "structure", repr(spec)
    yield "built", pytree.tree_unflatten([1, 2, 3, 4], spec)
    yield "mapped", pytree.tree_map(lambda x: x * 2, [1, (2.5, {"k": 3})])
    yield "two trees", pytree.tree_map(lambda one, two: one - two, [5, 2], [3, 4])
    yield "of a type", pytree.tree_map_only(int, lambda x: -x, [1, 2.5])
    yield "leaves by a condition", pytree.tree_leaves([1, [2], [3, 4]], is_leaf=lambda x: x == [3, 4])
    yield "any", pytree.tree_any(lambda x: x == 3, [1, [3]])
    yield "all", pytree.tree_all(lambda x: x == 3, [1, [3]])


@case(NN)
def hooks_of_partial_functions_print(torch):
    """The text of a `functools.partial` of a layer names the layer's class as PyTorch has it."""
    yield repr(functools.partial(torch.nn.Linear, bias=False))


@case("torch: torch.__version__")
def versions_compare(torch):
    """A version compares as a version, with strings and with tuples of numbers, and is a string all the same."""
    kind = imported(torch, "torch_version").TorchVersion
    version = kind("2.13.0+cpu")
    others = (
        "2.0",
        (2, 0),
        "2.13",
        "2.13.0",
        "2.13.0+cpu",
        (2, 13, 0),
        "2.14",
        "2.13.0a1",
        "2.13.0.post1",
        "10.1",
        "parrot",
    )
    for other in others:
        found = (version > other, version >= other, version == other, version < other, version <= other)
        yield f"{other!r}", found
    yield "before a release", [kind("2.13.0rc1") < other for other in ("2.13.0", "2.13.0rc2", "2.12.9")]
    yield "a number", raises(lambda: version > 3)
    yield "equal to a number", version == 3
    yield (
        "as a string",
        (version[:4], version.split("+"), {version: 1}["2.13.0+cpu"], isinstance(version, str)),
    )
    yield (
        "of torch",
        (torch.__version__ >= (2, 0), torch.__version__ > "1.13.1", type(torch.__version__).__name__),
    )
