"""What a case yields, turned at once into plain data.

A subject may be broken in any way, so everything here only reads: attributes, `tolist()`, `name()`, `repr`.
Whatever an object does when it is read (raise, lie, never end) becomes part of what was observed.
"""

from __future__ import annotations

import base64
import math
import re
import struct
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from .case import Outcome

TEXT_LIMIT = 20_000
NODE_LIMIT = 1_000
EDGE_LIMIT = 10_000
ELEMENT_LIMIT = 1 << 22
ITEM_LIMIT = 1_000
DEPTH_LIMIT = 32
INTEGER_BITS = 1_024

ADDRESS = re.compile(r"0x[0-9a-fA-F]{4,}")
FORMATS = {
    "bool": (bool, "?"),
    "uint8": (int, "B"),
    "uint16": (int, "H"),
    "uint32": (int, "I"),
    "uint64": (int, "Q"),
    "int8": (int, "b"),
    "int16": (int, "h"),
    "int32": (int, "i"),
    "int64": (int, "q"),
    "float16": (float, "e"),
    "bfloat16": (float, "f"),
    "float32": (float, "f"),
    "float64": (float, "d"),
    "complex32": (complex, "e"),
    "complex64": (complex, "f"),
    "complex128": (complex, "d"),
}
"""How a dtype is packed: the Python type that `tolist` gives, and the letter of `struct` for its parts."""
WIDEST = {bool: "bool", int: "int64", float: "float64", complex: "complex128"}

Missing = Callable[[BaseException], "str | None"]


class MissingError(Exception):
    """An attribute that the subject's object does not have; its text is the name, as in `Tensor._version`."""


class NotPlainError(Exception):
    """A value that is more than None, numbers, texts and containers of such."""


def observe(label: str, value: Any, namespace: Any, missing: Missing) -> list[dict[str, Any]]:
    """The observations of one yielded value; `missing` names the API that an exception shows to be absent."""
    if type(value) is Outcome:
        if value.error is not None:
            return [_error(clean(label), value.error, missing)]
        return [dict(found, returned=True) for found in observe(label, value.value, namespace, missing)]
    found = list(islice(_observations(clean(label), value, namespace, ()), ITEM_LIMIT + 1))
    if len(found) > ITEM_LIMIT:
        found[-1] = {"label": clean(label), "aspects": {"text": f"… (cut after {ITEM_LIMIT} observations)"}}
    return found


def clean(text: str, limit: int = TEXT_LIMIT) -> str:
    """A text as it is recorded: without addresses, encodable in UTF-8, and cut at `limit` characters."""
    scrubbed = ADDRESS.sub("0x…", str.__str__(text)[: limit + 100])  # so that an address at the cut is whole
    encodable = scrubbed.encode("utf-8", "backslashreplace").decode("utf-8")
    return encodable if len(encodable) <= limit else f"{encodable[:limit]}… (cut after {limit} characters)"


def describe(error: object) -> tuple[str, str]:
    """The type and the message of an exception, whatever its own methods do."""
    try:
        message = clean(str(error))
    except BaseException as second:  # a subject's exception may raise anything when it is printed
        message = f"(its message cannot be read: {_type_name(second)})"
    return _type_name(error), message


def plain(value: Any, depth: int = 0) -> Any:
    """None, numbers, texts and containers of such as JSON; raises `NotPlainError` for everything else."""
    kind = type(value)
    if value is None or kind is bool or (kind is int and value.bit_length() <= INTEGER_BITS):
        return value
    if kind is str:
        return clean(value)
    if kind is float:
        return {"float": repr(value)}
    if kind is complex:
        return {"complex": [repr(value.real), repr(value.imag)]}
    if depth < DEPTH_LIMIT and (kind is list or kind is tuple):
        return {kind.__name__: [plain(item, depth + 1) for item in value]}
    if depth < DEPTH_LIMIT and kind is dict:
        return {"dict": [[plain(key, depth + 1), plain(item, depth + 1)] for key, item in value.items()]}
    raise NotPlainError


def is_tensor(value: Any, namespace: Any) -> bool:
    """Whether a value is a tensor of the subject."""
    try:
        return isinstance(value, namespace.Tensor)
    except BaseException:  # the namespace and the value are the subject's
        return False


def is_node(value: Any) -> bool:
    """Whether a value is a node of a graph: no class, and with `next_functions` and `name`."""
    try:
        return not isinstance(value, type) and hasattr(value, "next_functions") and hasattr(value, "name")
    except BaseException:  # the value is the subject's
        return False


def _type_name(value: Any) -> str:
    return clean(type.__dict__["__name__"].__get__(type(value)))  # whatever a metaclass calls `__name__`


def _error(label: str, error: BaseException, missing: Missing) -> dict[str, Any]:
    kind, message = describe(error)
    observation: dict[str, Any] = {"label": label, "aspects": {"error type": kind, "error message": message}}
    name = missing(error)
    return observation if name is None else dict(observation, missing=name)


def _observations(label: str, value: Any, namespace: Any, outer: tuple[int, ...]) -> Iterator[dict[str, Any]]:
    """The observations of a value, and of its items if it holds tensors; `outer` are containers around it."""
    items = _items(value, namespace)
    if items is None or id(value) in outer or not _holds(value, namespace, set()):
        yield {"label": label, "aspects": _aspects(value, namespace)}
        return
    kind = "dict" if isinstance(value, dict) else "list" if isinstance(value, list) else "tuple"
    yield {"label": label, "aspects": {"value": {kind: len(items)}}}
    for key, item in items:
        yield from _observations(clean(f"{label}[{key}]"), item, namespace, (*outer, id(value)))


def _items(value: Any, namespace: Any) -> list[tuple[str, Any]] | None:
    """Keys (as text) and items of a container, read by the builtin's own methods; None for anything else."""
    kind = type(value)
    if is_tensor(value, namespace):
        return None
    if issubclass(kind, dict):
        return [(_key(key), item) for key, item in dict.items(value)]
    if issubclass(kind, (list, tuple)):
        values = list.__iter__(value) if issubclass(kind, list) else tuple.__iter__(value)
        return [(str(number), item) for number, item in enumerate(values)]
    return None


def _key(key: Any) -> str:
    return str(_attempt(lambda: clean(repr(key))))


def _holds(value: Any, namespace: Any, seen: set[int]) -> bool:
    """Whether a value is, or holds at any depth, a tensor or a node."""
    items = _items(value, namespace)
    if items is None:
        return is_tensor(value, namespace) or is_node(value)
    if id(value) in seen or len(seen) > ITEM_LIMIT:
        return False
    seen.add(id(value))
    return any(_holds(item, namespace, seen) for _, item in items)


def _aspects(value: Any, namespace: Any) -> dict[str, Any]:
    if is_tensor(value, namespace):
        return _tensor(value)
    if type(value) is str:
        return {"text": clean(value)}
    try:
        return {"value": plain(value)}
    except NotPlainError:
        node = _behind(lambda: value) if is_node(value) else {}
    return {**node, "text": _attempt(lambda: clean(repr(value)))}


def _attempt(read: Callable[[], Any]) -> Any:
    """What `read` gives, or which name is missing, or what was raised."""
    try:
        return read()
    except MissingError as error:
        return {"missing": str(error)}
    except BaseException as error:  # whatever a subject raises is what it shows
        kind, message = describe(error)
        return {"raised": f"{kind}: {message}"}


def _get(holder: Any, owner: str, name: str) -> Any:
    try:
        return getattr(holder, name)
    except AttributeError:
        if any(name in vars(kind) for kind in type(holder).__mro__):  # it is there, and its own code failed
            raise
        raise MissingError(f"{owner}.{name}") from None


def _tensor(value: Any) -> dict[str, Any]:
    """A tensor's aspects; what runs the most code of the subject comes last, where it can disturb nothing."""
    aspects = {
        "dtype": _attempt(lambda: clean(str(_get(value, "Tensor", "dtype")))),
        "shape": _attempt(lambda: _shape(_get(value, "Tensor", "shape"))),
        "requires_grad": _attempt(lambda: _flag(_get(value, "Tensor", "requires_grad"))),
        "is_leaf": _attempt(lambda: _flag(_get(value, "Tensor", "is_leaf"))),
        "version": _attempt(lambda: _flag(_get(value, "Tensor", "_version"))),
        **_behind(lambda: _get(value, "Tensor", "grad_fn")),
    }
    aspects["value"] = _attempt(lambda: _value(value, aspects["dtype"], aspects["shape"]))
    aspects["text"] = _attempt(lambda: clean(repr(value)))
    return aspects


def _flag(value: Any) -> Any:
    return value if value is None or type(value) in (bool, int) else clean(repr(value))


def _shape(value: Any) -> Any:
    if isinstance(value, (tuple, list)) and all(type(size) is int for size in value):
        return list(value)
    raise TypeError(f"shape is {clean(repr(value), 100)}")


def _behind(read: Callable[[], Any]) -> dict[str, Any]:
    """The aspects of a node: its name, and the graph behind it; `read` is called once."""
    found = _attempt(lambda: (read(),))
    if isinstance(found, dict):
        return {"grad_fn": found, "graph": found}
    (node,) = found
    if node is None:
        return {"grad_fn": None, "graph": None}
    return {"grad_fn": _node_name(node), "graph": _attempt(lambda: _graph(node))}


def _node_name(node: Any) -> str:
    """What PyTorch prints for a node: its name without C++ namespaces, or that of its type."""
    try:
        return clean(node.name()).rpartition("::")[2]
    except BaseException:  # the node is the subject's, and its name need not be a text
        return _type_name(node)


def _graph(root: Any) -> dict[str, Any]:
    nodes = [root]
    edges: list[list[Any]] = []
    numbers = {id(root): 0}
    truncated = False
    for number, node in enumerate(nodes):  # which grows on the way: breadth first
        for slot, (target, input_nr) in enumerate(_next_functions(node)):
            if target is not None and id(target) not in numbers and len(nodes) < NODE_LIMIT:
                numbers[id(target)] = len(nodes)
                nodes.append(target)
            if len(edges) == EDGE_LIMIT or (target is not None and id(target) not in numbers):
                truncated = True
                break
            edges.append([number, slot, None if target is None else numbers[id(target)], input_nr])
    graph = {"nodes": [_node_name(node) for node in nodes], "edges": edges}
    return dict(graph, truncated=True) if truncated else graph


def _next_functions(node: Any) -> list[tuple[Any, int]]:
    pairs = _get(node, "Node", "next_functions")
    if not isinstance(pairs, tuple):
        raise TypeError(f"next_functions of {_node_name(node)} is a {_type_name(pairs)}, not a tuple")
    found = []
    for pair in tuple.__iter__(pairs):
        if type(pair) is not tuple or len(pair) != 2 or type(pair[1]) is not int:
            raise TypeError(f"next_functions of {_node_name(node)} holds {clean(repr(pair), 100)}")
        found.append(pair)
    return found


def _value(value: Any, dtype: Any, shape: Any) -> dict[str, Any]:
    listed = _get(value, "Tensor", "tolist")()
    sizes, numbers = _flat(listed, shape if isinstance(shape, list) else [])
    name = dtype.rpartition(".")[2] if isinstance(dtype, str) else ""
    data = _packed(numbers, name)
    if data is None:
        kinds = {type(number) for number in numbers}
        kind = next((kind for kind in reversed(WIDEST) if kind in kinds), float)
        name = WIDEST[kind]
        data = _packed([kind(number) for number in numbers], name)
    if data is None:
        raise OverflowError("tolist() gave integers beyond 64 bits")
    return {"tensor": {"dtype": name, "shape": sizes, "data": base64.b64encode(data).decode("ascii")}}


def _flat(listed: Any, shape: list[int]) -> tuple[list[int], list[Any]]:
    """The sizes of nested lists, and what they hold in C order; `shape` has the sizes behind an empty one."""
    sizes: list[int] = []
    level = listed
    while type(level) is list and len(sizes) < DEPTH_LIMIT * 2:
        sizes.append(len(level))
        level = level[0] if level else None
    if math.prod(sizes) > ELEMENT_LIMIT:
        raise ValueError(f"tolist() gave more than {ELEMENT_LIMIT} elements")
    numbers = [listed]
    for size in sizes:
        if not all(type(row) is list and len(row) == size for row in numbers):
            raise ValueError("tolist() gave lists of uneven lengths")
        numbers = [item for row in numbers for item in row]
    strange = next((item for item in numbers if type(item) not in WIDEST), None)
    if strange is not None or None in numbers:
        raise TypeError(f"tolist() gave a {_type_name(strange)} where a number belongs")
    return (shape if not numbers and shape[: len(sizes)] == sizes else sizes), numbers


def _packed(numbers: list[Any], dtype: str) -> bytes | None:
    """The bytes of listed numbers as a dtype; None if they do not fit it exactly."""
    kind, letter = FORMATS.get(dtype, (None, ""))
    if kind is None or any(type(number) is not kind for number in numbers):
        return None
    parts = numbers
    if kind is complex:
        parts = [part for number in numbers for part in (number.real, number.imag)]
    layout = f"<{len(parts)}{letter}"
    try:
        data = struct.pack(layout, *parts)
    except (struct.error, OverflowError):
        return None
    if not all(map(_equal, struct.unpack(layout, data), parts)):
        return None
    if dtype != "bfloat16":
        return data
    fits = not any(data[0::4]) and not any(data[1::4])
    return b"".join(data[place : place + 2] for place in range(2, len(data), 4)) if fits else None


def _equal(one: Any, other: Any) -> bool:
    return one == other or (one != one and other != other)
