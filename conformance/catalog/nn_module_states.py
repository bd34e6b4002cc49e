"""Hooks around a module's state, parameters without a shape, copies of modules, and texts of nested ones."""

from __future__ import annotations

import copy
import pickle

from conformance import case, raises

MODULE = "torch.nn: Module"


def layer(torch):
    """A linear layer of known weights."""
    made = torch.nn.Linear(2, 2)
    with torch.no_grad():
        made.weight.copy_(torch.tensor([[1.5, -2.0], [0.25, 3.0]]))
        made.bias.copy_(torch.tensor([0.5, -1.0]))
    return made


@case(MODULE)
def hooks_around_taking_the_state(torch):
    """Hooks run before and after the state is taken out, for each module below, with its prefix."""
    seen = []
    model = torch.nn.Sequential(layer(torch))
    model[0].register_state_dict_pre_hook(lambda module, prefix, keep_vars: seen.append((prefix, keep_vars)))
    handle = model[0].register_state_dict_post_hook(
        lambda module, state, prefix, metadata: seen.append((sorted(state), prefix, dict(metadata)))
    )
    model.state_dict()
    yield "seen", str(seen)
    handle.remove()
    model.register_state_dict_post_hook(lambda *args: {})
    yield "result", raises(lambda: model.state_dict())


@case(MODULE)
def private_hook_replaces_the_state(torch):
    """The older hook on the state may replace it."""
    model = layer(torch)
    model._register_state_dict_hook(lambda module, state, prefix, metadata: {"only": prefix})
    yield "state", str(model.state_dict(prefix="a."))


@case(MODULE)
def hooks_around_loading_a_state(torch):
    """Hooks before loading may change the state, those after it the keys that do not match."""
    model = layer(torch)
    model.register_load_state_dict_pre_hook(
        lambda module, state, prefix, *others: state.update(bias=state.pop("shift"))
    )
    model.register_load_state_dict_post_hook(lambda module, keys: keys.unexpected_keys.clear())
    state = {"weight": torch.tensor([[1.0, 2.0], [3.0, 4.0]]), "shift": torch.tensor([5.0, 6.0]), "more": 1}
    yield "loaded", str(model.load_state_dict(state))
    yield "bias", model.bias
    model.register_load_state_dict_post_hook(lambda module, keys: keys)
    yield "result", raises(lambda: model.load_state_dict(state))


@case(MODULE)
def version_of_a_module_in_its_state(torch):
    """The metadata of a state tells each module the version that it was saved with."""

    class Versioned(torch.nn.Module):
        _version = 3

        def _load_from_state_dict(self, state_dict, prefix, local_metadata, *others):
            seen.append((prefix, local_metadata.get("version")))
            super()._load_from_state_dict(state_dict, prefix, local_metadata, *others)

    seen = []
    model = torch.nn.Sequential(Versioned())
    state = model.state_dict()
    yield "metadata", str(dict(state._metadata))
    model.load_state_dict(state)
    model.load_state_dict(dict(state))
    yield "seen", str(seen)


@case(MODULE)
def state_by_older_arguments(torch):
    """`state_dict` still takes its arguments by position, with a warning."""
    yield "names", list(layer(torch).state_dict({}, "part."))


@case("torch.nn.parameter: UninitializedParameter")
def parameter_without_a_shape(torch):
    """A parameter without a shape refuses every operation; `materialize` makes it an ordinary one."""
    parameter = torch.nn.UninitializedParameter(dtype=torch.float64)
    yield "text", str(parameter)
    yield "type", str(parameter.dtype)
    yield "is a parameter", isinstance(parameter, torch.nn.Parameter)
    yield "shape", raises(lambda: parameter.shape)
    yield "sum", raises(lambda: parameter.sum())
    parameter.materialize((2, 3))
    yield "after", type(parameter).__name__
    yield "shape after", str(parameter.shape)


@case(MODULE)
def copies_of_a_module(torch):
    """A deep copy has parameters of its own, a shallow one shares them; a pickle gives the module back."""
    model = torch.nn.Sequential(layer(torch), torch.nn.ReLU()).eval()
    deep, shallow = copy.deepcopy(model), copy.copy(model)
    with torch.no_grad():
        model[0].weight.mul_(2.0)
    yield "deep", deep[0].weight
    yield "shallow", shallow[0].weight is model[0].weight
    loaded = pickle.loads(pickle.dumps(model))
    yield "loaded", loaded[0].weight
    yield "text", str(loaded)
    yield "training", loaded.training


@case(MODULE)
def module_moved_to_where_it_is(torch):
    """A module is moved to the CPU without a word, and without CUDA nowhere else."""
    model = layer(torch)
    yield "itself", model.to("cpu") is model
    yield "empty", str(layer(torch).to_empty(device="cpu").weight.shape)
    yield "integers", raises(lambda: model.to(torch.int64))
    yield "nothing to move", str(torch.nn.ReLU().to(torch.float64))


@case("torch.nn: Containers")
def text_of_repeated_blocks(torch):
    """The text of a list of modules joins neighbours that look the same."""
    nn = torch.nn

    def block():
        return nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.1))

    yield "blocks", str(nn.ModuleList([block(), block(), nn.ReLU(), nn.ReLU(), nn.ReLU(), block()]))
    yield (
        "nested",
        str(nn.ModuleDict({"a": nn.ModuleList([nn.Tanh()] * 2), "b": nn.ParameterList([torch.ones(2)])})),
    )


@case(MODULE)
def text_with_several_extra_lines(torch):
    """What a module says of itself may have several lines, before its submodules."""

    class Described(torch.nn.Module):
        def extra_repr(self):
            return "first=1\nsecond=2"

    model = Described()
    yield "alone", str(model)
    model.inner = Described()
    yield "nested", str(model)


@case("torch.nn: DataParallel Layers (multi-GPU, distributed)")
def parallel_module_without_devices(torch):
    """Without devices `DataParallel` calls its module."""
    model = torch.nn.DataParallel(layer(torch))
    yield "text", str(model)
    yield "result", model(torch.tensor([[1.0, 2.0]]))
    yield "names", list(model.state_dict())


@case("torch.nn.modules.utils: consume_prefix_in_state_dict_if_present")
def prefix_taken_off_a_state(torch):
    """A prefix is taken off the keys and the metadata of a state."""
    state = torch.nn.DataParallel(layer(torch)).state_dict()
    torch.nn.modules.utils.consume_prefix_in_state_dict_if_present(state, "module.")
    yield "names", list(state)
    yield "metadata", str(sorted(state._metadata))
