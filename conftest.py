"""For all tests: they start hundreds of interpreters, which shall share compiled modules wherever this is run."""

import os

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
