"""Where tensors are made: devices and their names, and what a PyTorch for the CPU says of a GPU."""

from __future__ import annotations

from conformance import case, raises

DEVICE = "Tensor Attributes: torch.device"
CUDA = "torch.cuda: Availability and general queries"


@case(DEVICE)
def forms_of_devices(torch):
    """A device is named by a string, with or without a number, by a string and a number, or by a device."""
    for given in (("cpu",), ("cuda",), ("cuda:1",), ("cuda", 1), ("cpu", 0), ("mps",), ("meta",)):
        found = torch.device(*given)
        yield f"{given}", (repr(found), str(found), found.type, found.index)
    yield "keywords", repr(torch.device(type="cuda", index=2))
    yield "a device", torch.device(torch.device("cuda:1")).index


@case(DEVICE)
def refused_devices(torch):
    """What names no device is refused: another word, another number, a negative index, an index given twice."""
    for given in ("gpu", "", "cpu:x", "cuda:-1", "cuda:"):
        yield given, raises(lambda given=given: torch.device(given))
    yield "negative index", raises(lambda: torch.device("cuda", -1))
    yield "index given twice", raises(lambda: torch.device("cuda:1", 1))
    yield "None", raises(lambda: torch.device(None))


@case(DEVICE)
def devices_are_compared_by_kind_and_number(torch):
    """Two devices are equal if kind and number are; a device is never equal to a string."""
    cpu = torch.device("cpu")
    yield "cpu", cpu == torch.device("cpu")
    yield "a number", cpu == torch.device("cpu:0")
    yield "a string", cpu == "cpu"
    yield "hashes", len({cpu, torch.device("cpu"), torch.device("cuda"), torch.device("cuda:0")})
    yield "of a tensor", torch.ones(2, device="cpu:0").device == cpu


@case(DEVICE, builds_on=("devices::forms_of_devices",))
def tensors_on_a_gpu_that_is_not_there(torch):
    """Making a tensor on a GPU, or moving it there, is refused: it was not compiled in."""
    x = torch.ones(2)
    calls = {
        "zeros": lambda: torch.zeros(2, device="cuda"),
        "tensor": lambda: torch.tensor([1.5], device=torch.device("cuda:0")),
        "ones_like": lambda: torch.ones_like(x, device="cuda"),
        "arange": lambda: torch.arange(3, device="cuda"),
        "empty": lambda: torch.empty(2, device="cuda"),
        "new_zeros": lambda: x.new_zeros(2, device="cuda"),
        "to": lambda: x.to("cuda"),
        "to, with a type": lambda: x.to("cuda", torch.float64),
        "cuda()": lambda: x.cuda(),
        "xpu": lambda: x.to("xpu"),
    }
    for name, call in calls.items():
        yield name, raises(call)


@case(DEVICE)
def numbers_of_devices(torch):
    """A number alone names an accelerator, of which there is none."""
    yield "device", raises(lambda: torch.device(0))
    yield "to", raises(lambda: torch.ones(2).to(0))
    yield "cuda", raises(lambda: torch.ones(2).cuda(0))
    yield "another type", raises(lambda: torch.zeros(2, device=3.5))


@case(CUDA)
def questions_about_a_gpu(torch):
    """What asks for a GPU finds none, and what would only tidy up does nothing."""
    yield "is_available", torch.cuda.is_available()
    yield "device_count", torch.cuda.device_count()
    yield "is_initialized", torch.cuda.is_initialized()
    yield "memory_allocated", torch.cuda.memory_allocated()
    yield "manual_seed_all", torch.cuda.manual_seed_all(5)
    yield "empty_cache", torch.cuda.empty_cache()
    yield "current_device", raises(torch.cuda.current_device)
    yield "get_device_name", raises(lambda: torch.cuda.get_device_name(0))
    yield "synchronize", raises(torch.cuda.synchronize)


@case(DEVICE, builds_on=("devices::tensors_on_a_gpu_that_is_not_there",))
def device_as_a_context(torch):
    """Inside `with device`, tensors are made there; afterwards where they were made before."""
    with torch.device("cpu"):
        yield "cpu", torch.ones(2) * 1.5
        yield "the default", str(torch.get_default_device())
    with torch.device("cuda:1"):
        yield "a number", str(torch.get_default_device())
    with torch.device("cuda"):
        yield "cuda", raises(lambda: torch.zeros(2))
        yield "default", raises(torch.get_default_device)
        with torch.device("cpu"):
            yield "cpu inside", torch.full((2,), 2.5)
    yield "afterwards", torch.tensor([1.5, 2.5])


@case("torch: torch.set_default_device")
def default_device(torch):
    """`set_default_device` says where tensors are made; None takes it back."""
    try:
        torch.set_default_device("cuda")
        yield "made", raises(lambda: torch.ones(2))
        yield "device", raises(torch.get_default_device)
    finally:
        torch.set_default_device(None)
    yield "again", torch.arange(3)


@case("Automatic Mixed Precision package: torch.autocast")
def autocast_on_the_cpu(torch):
    """With autocast, products of matrices are computed in bfloat16, sums in the type of their operands."""
    x = torch.tensor([[1.5, -2.5], [0.25, 4.0]], requires_grad=True)
    with torch.autocast("cpu"):
        product = x @ x
        yield "product", product
        yield "sum", (x + x).dtype
        yield "enabled", torch.is_autocast_enabled("cpu")
    yield "after", (torch.is_autocast_enabled("cpu"), (x @ x).dtype)
    product.float().backward(torch.tensor([[1.0, 0.5], [2.0, -1.0]]))
    yield "gradient", x.grad


@case("Automatic Mixed Precision package: torch.autocast")
def autocast_that_is_off(torch):
    """With `enabled=False` nothing is cast; for a GPU it is switched off with a warning."""
    x = torch.tensor([[1.5, -2.5], [0.25, 4.0]])
    with torch.autocast("cpu", enabled=False):
        yield "off", (x @ x).dtype
    with torch.autocast(device_type="cuda", dtype=torch.float16):
        yield "cuda", x.mm(x)
    with torch.autocast("cpu", dtype=torch.float32):
        yield "another type", torch.is_autocast_enabled("cpu")
    yield "another device", raises(lambda: torch.autocast("foo"))


@case("Automatic Mixed Precision package: Gradient Scaling")
def gradients_are_scaled_and_unscaled(torch):
    """A scaler multiplies the loss, divides the gradients before the step, and leaves out steps with infinite ones."""
    weight = torch.tensor([1.5, -2.5], requires_grad=True)
    optimizer = torch.optim.SGD([weight], lr=0.5)
    scaler = torch.amp.GradScaler("cpu", init_scale=8.0, growth_interval=2)
    for factor in (0.25, 3.0, float("inf")):
        optimizer.zero_grad()
        scaler.scale((weight * weight * factor).sum()).backward()
        scaler.step(optimizer)
        scaler.update()
        yield f"factor {factor}", weight
        yield f"scale after {factor}", scaler.get_scale()
    yield "state", scaler.state_dict()


@case("Automatic Mixed Precision package: Gradient Scaling")
def scaler_that_is_off(torch):
    """A scaler that is off hands everything on."""
    weight = torch.tensor([1.5, -2.5], requires_grad=True)
    optimizer = torch.optim.SGD([weight], lr=0.5)
    scaler = torch.amp.GradScaler("cpu", enabled=False)
    loss = (weight * weight).sum()
    yield "the same", scaler.scale(loss) is loss
    scaler.scale(loss).backward()
    scaler.unscale_(optimizer)
    scaler.step(optimizer)
    scaler.update()
    yield "weight", weight
    yield "state", (scaler.is_enabled(), scaler.get_scale(), scaler.state_dict())
    yield "without scale", raises(lambda: torch.amp.GradScaler("cpu").step(optimizer))


@case("Reproducibility: Avoiding nondeterministic algorithms")
def settings_that_scripts_touch(torch):
    """What scripts set about threads, precision and determinism is kept, and other values are refused."""
    torch.backends.cudnn.deterministic = True
    yield "cudnn", (torch.backends.cudnn.deterministic, torch.backends.cudnn.is_available())
    torch.backends.cudnn.deterministic = False
    yield "mps", torch.backends.mps.is_available()
    before = torch.get_float32_matmul_precision()
    try:
        torch.use_deterministic_algorithms(True, warn_only=True)
        yield (
            "deterministic",
            (
                torch.are_deterministic_algorithms_enabled(),
                torch.get_deterministic_debug_mode(),
            ),
        )
        torch.set_float32_matmul_precision("high")
        yield "precision", torch.get_float32_matmul_precision()
        torch.set_float32_matmul_precision("low")
    finally:
        torch.use_deterministic_algorithms(False)
        torch.set_float32_matmul_precision(before)
    yield "no threads", raises(lambda: torch.set_num_threads(0))
    yield "no number", raises(lambda: torch.set_num_threads("two"))
