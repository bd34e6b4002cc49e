import importlib.util
import json
import sys

import pytest

from conformance import coverage
from conformance.cli import main

SMALL = """
class Tensor:
    def exp(self): ...

def tensor(data): ...

class nn:
    class functional:
        def relu(x): ...
        def __getattr__(name): raise SystemExit
"""


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A subject with few names, and PyTorch's names as a list that is kept."""
    (tmp_path / "small_engine.py").write_text(SMALL, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    wanted = {name: [] for name in coverage.names("small_engine", {})[1]}
    wanted.update({"torch": ["tensor", "exp"], "Tensor": ["exp", "sin"], "nn.functional": ["relu", "selu"]})
    monkeypatch.setattr(coverage, "_reference", lambda: ({"name": "torch", "version": "0"}, wanted))
    return tmp_path


def test_present_and_missing_names_are_told_apart(small, capsys):
    assert main(["coverage", "--subject", "small_engine", "--json", "names.json", "-o", "page"]) == 0
    held = json.loads((small / "names.json").read_text())["namespaces"]
    assert held["torch"] == {"present": ["tensor"], "missing": ["exp"]}
    assert held["Tensor"] == {"present": ["exp"], "missing": ["sin"]}
    assert held["nn.functional"] == {"present": ["relu"], "missing": ["selu"]}
    out = capsys.readouterr().out
    assert "torch: 1 of 2 names (50%)\n    exp\n" in out
    assert "<code>selu</code>" in (small / "page" / "index.html").read_text()


def test_without_torch_the_names_that_come_along_are_used(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setattr(
        coverage.importlib.util, "find_spec", without_torch(coverage.importlib.util.find_spec)
    )
    reference, wanted = coverage._reference()
    assert reference["version"].startswith("2.13.0")
    assert {"backward", "grad"} <= set(wanted["Tensor"])


def without_torch(find_spec):
    return lambda name: None if name == "torch" else find_spec(name)


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="PyTorch is not installed")
def test_public_names_are_those_meant_for_users():
    _, found = coverage.names("torch")
    assert {"tensor", "float32", "inf", "Tensor"} <= set(found["torch"])
    assert not {"Any", "functional", "os"} & set(found["torch"])
    assert {"relu", "linear"} <= set(found["nn.functional"])


@pytest.mark.parametrize("option", ["-o", "--json"])
def test_a_place_that_cannot_be_written_to_is_refused_first(small, tmp_path, option, capsys):
    (tmp_path / "file").write_text("")
    assert main(["coverage", "--subject", "small_engine", option, str(tmp_path / "file" / "x")]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("conformance: nothing can be written to")


def test_a_subject_that_cannot_be_loaded_is_refused(small, capsys):
    assert main(["coverage", "--subject", "nowhere"]) == 2
    assert "nowhere" in capsys.readouterr().err
