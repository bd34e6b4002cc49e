"""For all tests: they start hundreds of interpreters, which shall share compiled modules wherever this is run."""

import os

import pytest

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Begin with the longest tests: begun last, one of them would keep a single processor busy at the end."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
