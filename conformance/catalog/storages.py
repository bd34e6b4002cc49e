"""Storages: the memory that tensors lie in."""

from __future__ import annotations

from conformance import case, raises

PAGE = "torch.Storage: Untyped Storage API"


@case(PAGE)
def views_share_a_storage(torch):
    """A tensor and its views have one storage, which holds the whole memory."""
    x = torch.arange(6.0)
    view = x[2:5]
    yield "the same memory", x.untyped_storage().data_ptr() == view.untyped_storage().data_ptr()
    yield "bytes", (view.untyped_storage().nbytes(), view.nbytes, view.storage_offset())
    yield "copy", x.clone().untyped_storage().data_ptr() == x.untyped_storage().data_ptr()
    yield "detached", x.detach().data_ptr() == x.data_ptr()
    yield (
        "about",
        (repr(x.untyped_storage().device), torch.is_storage(x.untyped_storage()), torch.is_storage(x)),
    )


@case(PAGE)
def storages_by_elements(torch):
    """`storage()` lists elements, may be written through, and is deprecated."""
    x = torch.tensor([[1, 2], [3, 4]], dtype=torch.int16)
    storage = x.t().storage()
    yield "elements", storage.tolist()
    storage[1] = 20
    yield "written", x
    yield "text", repr(storage)
    yield "about", (len(storage), storage.nbytes(), storage.element_size(), repr(storage.dtype))
    yield "beyond", raises(lambda: storage[4])


@case(PAGE)
def storages_by_bytes(torch):
    """`untyped_storage()` lists bytes."""
    storage = torch.tensor([1, 256], dtype=torch.int32).untyped_storage()
    yield "bytes", storage.tolist()
    storage[0] = 7
    yield "written", storage[0]
    yield "text", repr(storage)
    yield "copy", storage.clone().tolist()
    yield "beyond", raises(lambda: storage[8])


@case("torch.Tensor: set_")
def tensors_set_to_a_storage(torch):
    """`set_` makes a tensor look at a storage, or at another tensor's, by sizes and strides."""
    x = torch.arange(6.0)
    yield "the whole", torch.empty(0).set_(x.untyped_storage())
    part = torch.empty(0).set_(x.untyped_storage(), 1, (2, 2), (2, 1))
    yield "a part", part
    part[0, 0] = 9.0
    yield "shared", x
    yield "of a tensor", torch.empty(0).set_(x, 2, (2,), (2,))
    yield "emptied", torch.ones(3).set_()
    yield "version", part._version
    yield "another type", raises(lambda: torch.empty(0).set_(torch.tensor([1])))


@case("torch.Tensor: share_memory_")
def memory_for_several_processes(torch):
    """`share_memory_` moves the elements to memory that processes share, and gives back the tensor."""
    x = torch.tensor([1.5, 2.5])
    yield "before", x.is_shared()
    yield "the same", x.share_memory_() is x
    yield "after", (x.is_shared(), x.untyped_storage().is_shared(), x[:1].is_shared())
    yield "x", x
