"""Namespaces shaped like torch as far as the toy catalog looks."""

from __future__ import annotations

import importlib
import threading
import warnings
import weakref
from types import SimpleNamespace
from typing import Any

from conformance.subject import Subject

LIVE: weakref.WeakSet[Tensor] = weakref.WeakSet()


class Node:
    """A node without anything behind it."""

    next_functions = ()

    def name(self) -> str:
        """Its name."""
        return "fake::ToyBackward0"


class Tensor:
    """A tensor of float32 that computes nothing."""

    requires_grad = False
    is_leaf = True
    dtype = "fake.float32"
    _version = 0

    def __init__(self, data: list[float]) -> None:
        self._data = data
        self.shape = (len(data),)
        self.grad_fn = Node()
        LIVE.add(self)

    def tolist(self) -> list[float]:
        """Its numbers."""
        return list(self._data)

    def unfinished(self) -> None:
        """Is not there yet."""
        raise NotImplementedError

    @property
    def faulty_property(self) -> None:
        """Is there, and wrong."""
        return self._nowhere

    def __repr__(self) -> str:
        return f"tensor({self._data})"


class Handle:
    """Something of the subject's own."""


class Lazy:
    """Looks attributes up by itself."""

    @property
    def faulty_property(self) -> None:
        """Is there, and wrong."""
        return self._nowhere

    def __getattr__(self, name: str) -> None:
        raise AttributeError(f"nothing is called {name}")


class Fake:
    """The namespace."""

    def __init__(self) -> None:
        self.__name__ = "fake"
        self.Tensor = Tensor
        self.tensor = Tensor
        self.nn = SimpleNamespace(functional=SimpleNamespace())
        self.lazy = Lazy()
        self.seed: Any = None

    def manual_seed(self, seed: int) -> None:
        """Note the seed."""
        self.seed = seed

    def alive(self) -> int:
        """How many tensors there are."""
        return len(LIVE)

    def handle(self) -> Handle:
        """A handle."""
        return Handle()

    def fail(self) -> None:
        """Raise."""
        raise RuntimeError("it went wrong at 0x7f00dead0000")

    def own_fault(self, name: str) -> None:
        """Look up what is not there, by a fault of its own."""
        getattr(self, name)

    def wants_module(self) -> None:
        """Need what is not installed."""
        importlib.import_module("a_module_that_nobody_has")


def plain() -> Fake:
    """The namespace by itself."""
    return Fake()


def unforked() -> Subject:
    """A subject whose cases run in one process, as on CUDA."""
    return Subject(Fake(), "unforked", "unforked", fork=False)


def on_device(device: str) -> Subject:
    """A subject that knows more than one device."""
    return Subject(Fake(), "on_device", "on device", "1.0", device)


def threaded() -> Fake:
    """A namespace with a thread, so that Python 3.12 and later warn of a fork, which is an error here."""
    warnings.simplefilter("error")
    threading.Thread(target=threading.Event().wait, daemon=True).start()
    return Fake()


def bare_torch() -> Any:
    """PyTorch without anything set up beforehand, which starts faster."""
    return importlib.import_module("torch")
