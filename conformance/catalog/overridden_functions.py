"""`__torch_function__` of objects that are no tensors, the order in which classes are asked, and `torch.overrides`."""

from __future__ import annotations

from conformance import case, raises

PAGE = "Extending PyTorch: Extending torch with a Tensor-like type"
SUBCLASSES = "Extending PyTorch: Subclassing torch.Tensor"
OVERRIDES = "torch.overrides: Functions"


def answering(name, asked, answer=None):
    """A class that is no tensor, notes what it is asked, and answers."""

    def function(cls, func, types, args=(), kwargs=None):
        asked.append((name, func.__name__, [each.__name__ for each in types], sorted(kwargs or {})))
        return NotImplemented if answer is None else answer

    return type(name, (), {"__torch_function__": classmethod(function)})


@case(PAGE)
def tensor_like_is_asked(torch):
    """A function that gets an object with `__torch_function__` gives what that returns."""
    asked = []
    mine = answering("Mine", asked, "mine")()
    x = torch.tensor([1.5, -2.5])
    yield (
        "answers",
        [
            torch.sin(mine),
            torch.add(x, mine, alpha=2),
            torch.mean(mine, dim=0),
            torch.where(x > 0, x, mine),
            torch.nn.functional.relu(mine),
            torch.nn.functional.linear(x, mine),
        ],
    )
    yield "asked", asked


@case(PAGE, builds_on=("overridden_functions::tensor_like_is_asked",))
def tensor_like_in_a_list(torch):
    """Objects within lists of tensors are found, too."""
    asked = []
    mine = answering("Mine", asked, "mine")()
    x = torch.tensor([1.5])
    yield "answers", [torch.stack([x, mine]), torch.cat((mine, x)), torch.einsum("i,i->", x, mine)]
    yield "asked", asked


@case(PAGE, builds_on=("overridden_functions::tensor_like_is_asked",))
def tensor_like_beside_an_operator(torch):
    """A tensor's methods and operators ask the other operand, although that knows nothing of operators."""
    asked = []
    mine = answering("Mine", asked, "mine")()
    x = torch.tensor([1.5])
    yield "answers", [x.add(mine), x.pow(mine), x + mine, mine * x, x @ mine, x > mine]
    yield "asked", asked


@case(PAGE, builds_on=("overridden_functions::tensor_like_is_asked",))
def all_decline(torch):
    """Where every object returns NotImplemented, the call is refused, and the text names function and classes."""
    asked = []
    first, second = answering("First", asked), answering("Second", asked)
    x = torch.tensor([1.5])
    yield "one", type(raises(lambda: torch.sin(first())).error).__name__
    yield "two", type(raises(lambda: torch.add(first(), second())).error).__name__
    yield "in a layer", type(raises(lambda: torch.nn.functional.relu(first())).error).__name__
    yield "beside a tensor", type(raises(lambda: torch.add(x, second())).error).__name__
    yield "asked", asked


@case(PAGE, builds_on=("overridden_functions::tensor_like_is_asked",))
def leftmost_is_asked_first(torch):
    """Of unrelated classes the leftmost argument's is asked first, then the next one until one answers."""
    asked = []
    declines, answers, never = (
        answering("Declines", asked),
        answering("Answers", asked, 7),
        answering("Never", asked, 8),
    )
    yield "answer", torch.addcmul(declines(), answers(), never())
    yield "asked", asked
    asked.clear()
    yield "other order", torch.add(never(), answers())
    yield "asked then", asked


@case(PAGE, builds_on=("overridden_functions::leftmost_is_asked_first",))
def subclasses_are_asked_first(torch):
    """A subclass is asked before the class it is derived from, wherever it stands; each class once."""
    asked = []
    base = answering("Base", asked)
    derived = type(
        "Derived", (base,), {"__torch_function__": answering("Derived", asked).__dict__["__torch_function__"]}
    )
    yield "refused", type(raises(lambda: torch.add(base(), derived())).error).__name__
    yield "asked", asked
    asked.clear()
    yield "same class twice", type(raises(lambda: torch.add(base(), base())).error).__name__
    yield "asked once", asked


@case(SUBCLASSES)
def two_subclasses_that_do_not_know_each_other(torch):
    """Instances of two unrelated subclasses are refused: neither class answers for the other."""

    class Left(torch.Tensor):
        pass

    class Right(torch.Tensor):
        pass

    class Narrower(Left):
        pass

    left, right, narrower = (torch.tensor([1.5, 2.5]).as_subclass(each) for each in (Left, Right, Narrower))
    yield "left and narrower", type(left + narrower).__name__
    yield "narrower and left", type(narrower * left).__name__
    yield "with a tensor", (type(torch.ones(2) - right).__name__, type(right / torch.ones(2)).__name__)
    yield "left and right", type(raises(lambda: left + right).error).__name__


@case(SUBCLASSES)
def attributes_go_through_the_class(torch):
    """Reading `shape`, `grad` or `requires_grad` of an instance and setting them are calls of getters and setters."""
    seen = []

    class Logged(torch.Tensor):
        @classmethod
        def __torch_function__(cls, func, types, args=(), kwargs=None):
            seen.append((func.__name__, len(args)))
            return super().__torch_function__(func, types, args, kwargs)

    x = torch.tensor([1.5, -2.5]).as_subclass(Logged)
    found = tuple(x.shape), x.requires_grad, x.grad, x.dtype == torch.float32, x.is_leaf
    x.requires_grad = True
    x.grad = torch.ones(2)
    yield "found", found
    yield "seen", seen


@case(SUBCLASSES)
def function_disabled_for_a_block(torch):
    """Under `DisableTorchFunctionSubclass`, operations on instances give plain tensors and ask no class."""
    seen = []

    class Logged(torch.Tensor):
        @classmethod
        def __torch_function__(cls, func, types, args=(), kwargs=None):
            seen.append(func.__name__)
            return super().__torch_function__(func, types, args, kwargs)

    x = torch.tensor([1.5, -2.5]).as_subclass(Logged)
    with torch._C.DisableTorchFunctionSubclass():
        plain = torch.sin(x) + x
    yield "within", type(plain).__name__
    yield "after", type(torch.sin(x)).__name__
    yield "seen", seen


@case(SUBCLASSES)
def subclass_that_opts_out(torch):
    """A class whose `__torch_function__` is the disabled one gives plain tensors."""

    class Plain(torch.Tensor):
        __torch_function__ = torch._C._disabled_torch_function_impl

    x = torch.tensor([1.5, -2.5]).as_subclass(Plain)
    yield "types", [type(each).__name__ for each in (x, x + 1, torch.sin(x), x[0], x.clone(), x.detach())]


@case(OVERRIDES)
def functions_that_ask(torch):
    """A function in Python asks its arguments through `has_torch_function` and `handle_torch_function`."""
    asked = []
    mine = answering("Mine", asked, "mine")()
    overrides = torch.overrides

    def twice(x, times=2):
        if overrides.has_torch_function((x,)):
            return overrides.handle_torch_function(twice, (x,), x, times=times)
        return x * times

    yield "tensor", twice(torch.tensor([1.5]))
    yield "other", twice(mine, times=3)
    yield "asked", asked
    yield (
        "has",
        (
            overrides.has_torch_function((torch.ones(1), mine)),
            overrides.has_torch_function((torch.ones(1), 2.0)),
        ),
    )


@case(OVERRIDES, builds_on=("overridden_functions::functions_that_ask",))
def what_is_like_a_tensor(torch):
    """What has `__torch_function__` is like a tensor, be it one or not."""
    mine = answering("Mine", [])

    class Derived(torch.Tensor):
        pass

    like = torch.overrides.is_tensor_like
    things = (
        torch.ones(1),
        torch.nn.Parameter(torch.ones(1)),
        torch.ones(1).as_subclass(Derived),
        mine(),
        mine,
        1.5,
        [1.5],
    )
    yield "like a tensor", [like(each) for each in things]


@case(OVERRIDES)
def wrapped_function_asks(torch):
    """`wrap_torch_function` makes a function ask the arguments that a dispatcher names."""
    asked = []
    mine = answering("Mine", asked, "mine")()

    def relevant(a, b):
        return (b,)

    @torch.overrides.wrap_torch_function(relevant)
    def product(a, b):
        return a * b

    yield "tensors", product(torch.tensor([1.5]), torch.tensor([2.0]))
    yield "asked argument", product(torch.tensor([1.5]), mine)
    yield "asked", asked


@case(OVERRIDES)
def names_of_functions(torch):
    """`resolve_name` gives the name that a function or method has in PyTorch."""
    name = torch.overrides.resolve_name
    yield (
        "names",
        [
            name(each)
            for each in (torch.add, torch.Tensor.add, torch.nn.functional.relu, torch.Tensor.__add__)
        ],
    )
    methods = torch.Tensor.add, torch.add, torch.Tensor.T.__get__, torch.nn.functional.relu
    yield "methods", [torch.overrides.is_tensor_method_or_property(each) for each in methods]
