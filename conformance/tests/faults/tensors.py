"""Faults in how tensors are made, cast, looked at, and kept in files."""

from . import Fault

FAULTS = [
    Fault(
        "a file that is not trusted may name any class",
        "weights_only.py",
        before='        raise Error(\n            f"Unsupported global:',
        after='        return pickle._Unpickler.find_class(self, module, name)\n        raise Error(\n            f"Unsupported global:',
        caught_by="saving::files_that_are_not_trusted",
    ),
    Fault(
        "each saved view gets a storage of its own",
        "serialization.py",
        before="        key = self._keys.setdefault(place, str(len(self._keys)))",
        after="        key = str(len(self._keys))\n        self._keys[len(self._keys)] = key",
        caught_by="saving::saved_views_share_memory",
    ),
    Fault(
        "a loaded tensor begins at its storage's beginning",
        "storage.py",
        before="whole, offset * itemsize, ",
        after="whole, 0, ",
        caught_by="saving::saved_views_share_memory",
    ),
    Fault(
        "arange cuts its values off, not its step",
        "ops/creation.py",
        before="    array = np.arange(int(start), int(start) + count * whole, whole) if whole else np.full(count, int(start))",
        after="    array = start + step * np.arange(count)",
        caught_by="made_tensors::ranges",
    ),
    Fault(
        "likes lie in memory in order",
        "ops/creation.py",
        before="    found = memory_like(array, made._array.dtype)",
        after="    found = np.empty_like(made._array)",
        caught_by="made_tensors::strides_of_likes",
    ),
    Fault(
        "every device is taken for the CPU",
        "device.py",
        before='    if where.type == "cpu":\n        return\n    if where.type in',
        after="    if where.type:\n        return\n    if where.type in",
        caught_by="devices::tensors_on_a_gpu_that_is_not_there",
    ),
    Fault(
        "autocast lowers sums, too",
        "amp/autocast_mode.py",
        before="        if name in LOWER:",
        after="        if name:",
        caught_by="devices::autocast_on_the_cpu",
    ),
    Fault(
        "a step with infinite gradients is not left out",
        "amp/grad_scaler.py",
        before='found = None if state["found_inf"] else optimizer.step(*args, **kwargs)',
        after="found = optimizer.step(*args, **kwargs)",
        caught_by="devices::gradients_are_scaled_and_unscaled",
    ),
    Fault(
        "results of functions with a subclass are plain tensors",
        "overriding.py",
        before="return found if cls is Tensor or isinstance(found, cls) else found.as_subclass(cls)",
        after="return found",
        caught_by="tensor_subclasses::results_are_of_the_subclass",
    ),
    Fault(
        "a negative number is refused by unsigned types",
        "ops/nested_data.py",
        before="low = -limits.max if limits.min == 0 and isinstance(given, (int, np.integer)) else limits.min",
        after="low = limits.min",
        caught_by="made_tensors::numbers_that_a_type_cannot_hold",
    ),
    Fault(
        "a size that was added to is a plain tuple",
        "size.py",
        before="        return Size(tuple.__add__(self, other))",
        after="        return tuple.__add__(self, other)",
        caught_by="tensor_types::sizes_are_tuples",
    ),
]
