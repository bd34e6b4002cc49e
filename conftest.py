"""For all tests: they start hundreds of interpreters, which shall be alike wherever and however this is run."""

import os
import signal

import pytest
from hypothesis import HealthCheck, settings

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # they share compiled modules
# as a shell has it for what it starts in the background
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")  # a busy machine is no failure


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Begin with the longest tests: begun last, one of them would keep a single processor busy at the end."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
