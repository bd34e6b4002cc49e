"""Cases that do to a worker whatever a subject may do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import warnings

from conformance import case, raises

TOY = "Toy document"


def leave_pid(pid):
    """Write a process id where the test looks for it."""
    if "TOY_PIDS" in os.environ:
        with open(os.environ["TOY_PIDS"], "a", encoding="ascii") as file:
            file.write(f"{pid}\n")


@case(TOY)
def labels(torch):
    """A value may come with a label or without."""
    yield "named", 1
    yield 2
    yield "pair", (3, 4)
    yield (5, 6)


@case(TOY)
def repeated_labels(torch):
    """A label may be given again, as in a loop."""
    for value in (1, 2, 3):
        yield "round", value
        yield f"after {value}", value


@case(TOY)
def tensor(torch):
    """A tensor has all aspects."""
    yield "tensor", torch.tensor([1.0, 2.5])


@case(TOY)
def random_numbers(torch):
    """Python's own random numbers and the subject's start from one seed."""
    import random

    yield "python", random.random()
    yield "seed", torch.seed
    yield "hash", hash("torch")


@case(TOY)
def speaks(torch):
    """What is written to both outputs is kept, however it is written."""
    print("printed", object())
    os.write(1, b"written\n")
    print("complained", file=sys.stderr)
    print("unfinished", end="")
    yield "value", 1


@case(TOY)
def floods(torch):
    """Much output is cut."""
    print("x" * 200_000)
    yield "value", 1


@case(TOY)
def writes_without_end(torch):
    """Output without end is stopped."""
    yield "value", 1
    while True:
        os.write(1, b"x" * 1_000_000)


@case(TOY)
def closes_outputs(torch):
    """A subject may close its outputs."""
    sys.stdout.close()
    os.close(1)
    os.close(2)
    yield "value", 1


@case(TOY)
def forges(torch):
    """A printed reply is no reply."""
    print('{"observation": {"label": "forged", "aspects": {"value": 1}}}')
    print('{"end": {"how": "returned"}, "warnings": []}')
    print('{"exit": 0, "stdout": "", "stderr": "", "seconds": 0}', flush=True)
    yield "true", 2
    raise ValueError("true")


@case(TOY)
def warns(torch):
    """Warnings are kept, each time, and without where they were triggered."""
    for _ in range(2):
        warnings.warn("careful (Triggered internally at /build/engine.cpp:12.)", UserWarning, stacklevel=1)
    yield "value", 1


@case(TOY)
def changes_the_subject(torch):
    """What a case does to the subject ends with it."""
    yield "marked before", hasattr(torch, "mark")
    torch.mark = True


@case(TOY)
def changes_the_subject_again(torch):
    """What a case does to the subject ends with it, whichever comes first."""
    yield "marked before", hasattr(torch, "mark")
    torch.mark = True


@case(TOY)
def lets_go(torch):
    """What was yielded is not kept alive."""
    yield "tensor", torch.tensor([1.0])
    yield "alive", torch.alive()


@case(TOY)
def raises_midway(torch):
    """What was seen before an error is kept."""
    yield "first", 1
    torch.fail()
    yield "never", 2


@case(TOY)
def raises_system_exit(torch):
    """`SystemExit` is an error like any other."""
    yield "first", 1
    sys.exit(3)


@case(TOY)
def no_generator(torch):
    """A function that yields nothing is no case."""


@case(TOY)
def lacks_function(torch):
    """A function that the namespace does not have."""
    yield "first", 1
    torch.nope(2)


@case(TOY)
def lacks_many(torch):
    """Each lookup that fails names what is missing, and a fault of the subject names nothing."""
    yield "namespace", raises(lambda: torch.nope)
    yield "below", raises(lambda: torch.nn.functional.nope)
    yield "tensor", raises(lambda: torch.tensor([1.0]).nope)
    yield "class", raises(lambda: torch.Tensor.nope)
    yield "node", raises(lambda: torch.tensor([1.0]).grad_fn.nope)
    yield "other object", raises(lambda: torch.handle().nope)
    yield "lookup in python", raises(lambda: torch.lazy.nope)
    yield "not implemented", raises(lambda: torch.tensor([1.0]).unfinished())
    yield "optional module", raises(lambda: torch.wants_module())
    yield "own fault", raises(lambda: torch.own_fault("nope"))
    yield "property", raises(lambda: torch.tensor([1.0]).faulty_property)
    yield "property before a lookup", raises(lambda: torch.lazy.faulty_property)
    yield "None", raises(lambda: None.nope)
    yield "other error", raises(lambda: torch.fail())
    yield "nothing", raises(lambda: 1)


@case(TOY)
def exits(torch):
    """The interpreter is ended, as if all were well."""
    yield "first", 1
    print("last words")
    os._exit(0)


@case(TOY)
def dies(torch):
    """The process is killed."""
    yield "first", 1
    os.kill(os.getpid(), signal.SIGKILL)


@case(TOY)
def hangs(torch):
    """The case never ends, and has started a process that does not either."""
    yield "first", 1
    print("waiting", flush=True)
    leave_pid(os.getpid())
    leave_pid(subprocess.Popen(["sleep", "600"]).pid)
    time.sleep(600)


@case(TOY)
def tells_its_worker(torch):
    """The process that the case was forked from is known."""
    leave_pid(os.getppid())
    yield "value", 1


@case(TOY)
def leaves_a_process(torch):
    """A process that the case started runs on."""
    leave_pid(subprocess.Popen(["sleep", "600"]).pid)
    yield "value", 1


@case(TOY)
def leaves_an_orphan(torch):
    """A process runs on whose parent has ended."""
    subprocess.run(["sh", "-c", "sleep 600 & echo $! >> $TOY_PIDS"], check=True)
    yield "value", 1


@case(TOY)
def leaves_a_thread(torch):
    """A thread runs on."""
    threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
    yield "value", 1


@case(TOY)
def last(torch):
    """A case after all those."""
    yield "value", 1
