"""What the documentation says to type is typed, in a folder of its own for each page.

Commands stand in blocks that are indented, or fenced as `sh`. A line that begins with `$ ` is followed by what it prints, where
`…` stands for anything. `<!-- not run: REASON -->` above a block leaves it out. The suite's programs are run by copies of a
process that has loaded them (`warm.py`).
"""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from conformance import catalog, sources
from conformance.keeping import keep
from conformance.recording import read

pytest_plugins = ["conformance.tests.warm"]
ROOT = Path(__file__).resolve().parents[2]
PAGES = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
PROGRAMS = r"(\$ |python3? |pytest |tox |pip |pre-commit |apt-get |\.venv/bin/)"
TOPICS = ("refusals::", "accumulation::rounds")
SHELLS = {"sh", "bash", "shell", "console"}
NOT_RUN = re.compile(r"<!-- not run: (.+) -->")
NOTEBOOK = """\
{"cells": [{"cell_type": "code", "id": "a", "metadata": {}, "outputs": [], "execution_count": null,
  "source": "import torch\\nx = torch.ones(2, requires_grad=True)\\n(x * x).sum().backward()\\nx.grad"}],
 "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
"""
STAND_IN = """\
def torch_subject(device="cpu"):
    import engine
    from conformance.subject import Subject
    return Subject(engine, "torch", "torch", "2.13.0", device)
"""
"""For PyTorch, which takes seconds to import; other tests run it."""

BEFORE_ALL = """\
import sys
sys.modules["torch"] = None
import reference
"""


@dataclass
class Block:
    """Lines that stand together on a page, and why they are not run."""

    line: int
    lines: list[str]
    reason: str = ""

    @property
    def holds_commands(self):
        return any(re.match(PROGRAMS, line) for line in self.lines)

    def commands(self):
        """Each command, with the lines that it is said to print; None where nothing is said."""
        found = []
        for line in "\n".join(self.lines).replace("\\\n", " ").split("\n"):
            if line.startswith("$ "):
                found.append((line[2:], []))
            elif found and found[-1][1] is not None:
                found[-1][1].append(line)
            elif line.strip():
                found.append((line, None))
        return found


def blocks(text):
    """The blocks of a page of Markdown that are indented, or fenced as `sh`."""
    found, fence, reason, before = [], None, "", ""
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("```"):
            fence = None if fence is not None else line[3:]
            if fence in SHELLS:
                found.append(Block(number, [], reason))
        elif fence is not None:
            if fence in SHELLS:
                found[-1].lines.append(line)
        elif line.startswith("    ") and (not before or before.startswith("    ")):
            if not before.startswith("    "):
                found.append(Block(number, [], reason))
            found[-1].lines.append(line[4:])
        if marked := NOT_RUN.fullmatch(line):
            reason = marked.group(1)
        elif line and fence is None and not line.startswith(("    ", "<!--")):
            reason = ""
        before = line
    return [Block(each.line, _unindented(each.lines), each.reason) for each in found]


def _unindented(lines):
    least = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    return [line[least:] for line in lines]


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    """A folder of what comes along, with the cases that the pages speak of."""
    folder = tmp_path_factory.mktemp("recordings")
    named = [case.id for case in catalog.load() if case.id.startswith(TOPICS) or "B5" in case.rows]
    held = sources.selected(read(sources.shipped()), named)
    header = {**held.header, "catalog": catalog.digest()}  # if it has changed since, these cases have hardly
    keep(folder / sources.SHIPPED, replace(held, header=header))
    for names in (ROOT / "reference" / "recordings").glob("names-*.json"):
        shutil.copy(names, folder)
    return folder


@pytest.fixture
def run(tmp_path, recordings, programs):
    """Run a command as a reader does who has an engine, a notebook and another interpreter."""
    (tmp_path / "my_engine").symlink_to(ROOT / "engine")
    (tmp_path / "notebook.ipynb").write_text(NOTEBOOK)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    python = tmp_path / "path" / "to" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    beside = tmp_path / ".beside"
    (beside / "reference").mkdir(parents=True)
    (beside / "reference" / "__init__.py").write_text(STAND_IN)
    (beside / "reference" / "recordings").symlink_to(recordings)
    (beside / "sitecustomize.py").write_text(BEFORE_ALL)
    path = os.pathsep.join([str(programs), os.path.dirname(sys.executable), os.environ["PATH"]])
    environment = {**os.environ, "COLUMNS": "200", "OMP_NUM_THREADS": "1", "PATH": path}
    environment["PYTHONPATH"] = os.pathsep.join(map(str, (beside, tmp_path, ROOT)))
    # the one takes half a second to import; the other is said since the suite is loaded beforehand
    environment["PYTEST_ADDOPTS"] = "-p no:hypothesispytest -W 'ignore:Module already imported'"

    def run_command(command):
        return subprocess.run(
            ["bash", "-c", command],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    return run_command


def faults(done, printed):
    """What is wrong with how a command ended, or with what it printed."""
    if "Traceback" in done.stdout or done.returncode not in (0, 1, *([2] if printed else [])):
        return f"ended with {done.returncode}: {done.stdout[-2000:]}"
    pattern = ".*".join(map(re.escape, "\n".join(printed or ["…"]).split("…")))
    return "" if re.fullmatch(pattern, done.stdout.rstrip("\n"), re.DOTALL) else f"printed {done.stdout}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_says_to_type_works(page, run):
    wrong = []
    for block in blocks(page.read_text("utf-8")):
        if block.holds_commands and not block.reason:
            for command, printed in block.commands():
                if told := faults(run(command), printed):
                    wrong.append(f"{page.name}:{block.line}: {command}\n{told}")
    assert not wrong, "\n\n".join(wrong)


# --- the test itself

PAGE = """\
Text, with a list:

- an item
    that goes on

    python one
    # a remark
    pytest two \\
        three

Code:

    x = 1

<!-- not run: it takes hours -->

    python four

    python five

<!-- not run: another reason -->
```sh
python six
```

```python
python = 7
```

1. A list

       $ python eight
       … printed
"""


def test_commands_are_found_with_their_reasons():
    found = [(block.commands(), block.reason) for block in blocks(PAGE) if block.holds_commands]
    assert found == [
        ([("python one", None), ("# a remark", None), ("pytest two      three", None)], ""),
        ([("python four", None)], "it takes hours"),
        ([("python five", None)], "it takes hours"),
        ([("python six", None)], "another reason"),
        ([("python eight", ["… printed"])], ""),
    ]


def test_a_command_that_fails_or_prints_something_else_is_told(run):
    assert faults(run("python -c 'print(1)'"), None) == ""
    assert faults(run("python -c 'print(10)'"), ["1…"]) == ""
    assert faults(run("python -c 'print(2)'"), ["1"]) == "printed 2\n"
    assert faults(run("python -c '1/0'"), None).startswith("ended with 1: Traceback")
    assert faults(run("python -m conformance list --colour"), None).startswith(
        "ended with 2: conformance: unrecog"
    )
    assert faults(run("python -m pytest --colour"), None).startswith("ended with 4")
    assert faults(run("no_such_program"), None).startswith("ended with 127")
