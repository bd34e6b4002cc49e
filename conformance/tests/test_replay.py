"""A program is run cell by cell on two sides; the engine without faults stands for PyTorch."""

import errno
import json
import os

import pytest

from conformance.cli import main
from conformance.replay.cells import CellsError, names, read
from conformance.replay.judging import compare_texts, judge
from conformance.replay.playing import play

TOYS = "conformance.tests.toys"
PLAIN = "conformance.tests.toy_catalog.fakes:plain"
PAGE = """# A page

```python
import torch
x = torch.tensor([1.5, 2.5], requires_grad=True)
```

Not run:

```sh
exit 1
```

```py
y = (x * x).sum()
y.backward()
print("gradient", x.grad)
y
```

```py
print("<script>alert(1)</script>\\x1b[31m")
y.nothing()
```
"""


def written(folder, name, text):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def replayed(folder, text, subject="engine", name="program.py", *options):
    """The exit code and what `replay` left; the engine without faults is the reference."""
    path = written(folder, name, text)
    sides = ["--reference", "engine", "--subject", subject]
    code = main(["replay", str(path), *sides, "-o", str(folder / "out"), *options])
    return code, json.loads((folder / "out" / "replay.json").read_text(encoding="utf-8"))["cells"]


def shown(folder, text, subject="engine"):
    """What each cell did, played once."""
    return play(subject, read(written(folder, "program.py", text)), folder)[1]


def verdicts(cells):
    return [cell["verdict"] for cell in cells]


# --- cells


def test_a_page_has_its_python_fences_as_cells(tmp_path):
    cells = read(written(tmp_path, "page.md", PAGE))
    assert [cell.place for cell in cells] == [4, 15, 22]
    assert cells[1].code.splitlines()[-1] == "y"


def test_a_script_is_cut_at_its_marks_or_else_between_paragraphs(tmp_path):
    marked = read(written(tmp_path, "marked.py", "a = 1\n\n# %% second\nb = 2\n\nc = 3\n"))
    assert [cell.place for cell in marked] == [1, 3]
    text = "import math\n\n\n@decorator\ndef f():\n    a = 1\n\n    return a\n\nx = f()\ny = 2\n"
    plain = read(written(tmp_path, "plain.py", text))
    assert [cell.code for cell in plain] == [
        "import math",
        "@decorator\ndef f():\n    a = 1\n\n    return a",
        "x = f()\ny = 2",
    ]


def test_a_notebook_has_its_code_cells_without_magic(tmp_path):
    nbformat = pytest.importorskip("nbformat")
    notebook = nbformat.v4.new_notebook()
    sources = ["%matplotlib inline\nx = 5 % 3", "%%bash\nls", "x"]
    notebook.cells = [nbformat.v4.new_markdown_cell("text"), *map(nbformat.v4.new_code_cell, sources)]
    cells = read(written(tmp_path, "book.ipynb", nbformat.writes(notebook)))
    assert [(cell.place, cell.code) for cell in cells] == [
        (2, "pass  # %matplotlib inline\nx = 5 % 3"),
        (4, "x"),
    ]


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("program.txt", "x = 1", "name a file that ends in .ipynb, .py, .md"),
        ("empty.md", "no code", "holds no Python to run"),
        ("broken.ipynb", "{", "is no notebook"),
    ],
)
def test_a_file_without_cells_is_refused(tmp_path, name, text, sentence, capsys):
    path = written(tmp_path, name, text)
    with pytest.raises(CellsError, match=sentence):
        read(path)
    assert main(["replay", str(path)]) == 2
    assert sentence in capsys.readouterr().err


def test_names_that_a_cell_binds_and_uses():
    code = (
        "import torch.nn as nn, math\nfrom a import b as c\ndef f(): return q\nx, y = f(), z\nclass K: pass"
    )
    bound, used = names(code)
    assert bound == {"nn", "math", "c", "f", "x", "y", "K"}
    assert used == {"q", "f", "z"}


# --- what is compared


@pytest.mark.parametrize(
    ("expected", "found", "verdict"),
    [
        ("<f at 0x7f01>", "<f at 0x7f02>", "identical"),
        ("loss 0.123456", "loss 0.123457", "close"),
        ("loss 0.1234", "loss 0.1235", "different"),
        ("step 10", "step 11", "different"),
        ("tensor([1.0000e-05, 2.])", "tensor([1.0001e-05, 2.])", "close"),
        ("nan", "1.0", "different"),
        ("a 1.5", "b 1.5", "different"),
        ("1.5 2.5", "1.5", "different"),
    ],
)
def test_texts_are_compared_with_their_numbers_as_numbers(expected, found, verdict):
    assert compare_texts(expected, found) == verdict


def played(stdout="", error=None):
    error = error and {"type": "RuntimeError", "message": error}
    return {"stdout": stdout, "stderr": "", "shown": None, "error": error}


def test_what_uses_a_failed_cell_is_blocked_until_the_name_is_bound_again(tmp_path):
    cells = read(written(tmp_path, "p.py", "a = 1\n\nb = a\n\nc = b\n\nb = 2\n\nd = b\n\ne = 3\n"))
    reference = [played("x") for _ in cells]
    fails, other = played(error="no"), played("y")
    judged = judge(cells, reference, [fails, other, other, reference[3], reference[4], other])
    assert [each.verdict for each in judged] == [
        "different",
        "blocked",
        "blocked",
        "identical",
        "identical",
        "different",
    ]
    assert "cell 1" in judged[2].reason


def test_what_pytorch_does_not_repeat_is_unspecified(tmp_path):
    cells = read(written(tmp_path, "p.py", "a = 1\n\nb = 2\n"))
    reference, again = [played("1.0"), played("x")], [played("2.0"), played("x")]
    judged = judge(cells, reference, [played("3.0"), played("y")], again)
    assert [each.verdict for each in judged] == ["unspecified", "different"]


# --- from a file to a page


def test_a_program_that_agrees(tmp_path, capsys):
    code, cells = replayed(tmp_path, PAGE, name="page.md")
    assert (code, verdicts(cells)) == (0, ["identical"] * 3)
    assert cells[1]["subject"]["stdout"] == "gradient tensor([3., 5.])\n"
    assert cells[1]["subject"]["shown"] == "tensor(8.5000, grad_fn=<SumBackward0>)"
    assert cells[2]["subject"]["error"]["type"] == "AttributeError"
    out = capsys.readouterr().out
    assert "3 of 3 cells of page.md agree" in out
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "gradient tensor([3., 5.])" in page
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "\x1b" not in page


def test_the_first_cell_that_differs_is_shown_side_by_side(tmp_path, capsys):
    text = "import torch\n\nx = torch.tensor([1.5])\n\nx.flip(0)\n\nx + 1\n"
    code, cells = replayed(tmp_path, text, f"{TOYS}:prints")
    assert (code, verdicts(cells)) == (1, ["identical", "identical", "different", "identical"])
    out = capsys.readouterr().out
    assert "The first cell that differs is cell 3 (line 5): it prints something else" in out
    assert "tensor([1.5000])" in out


def test_failing_cells_do_not_stop_the_rest(tmp_path):
    first, fails, undefined, last = shown(
        tmp_path, "import engine as torch\n\ntorch.ones(2).nothing()\n\nundefined\n\nprint(torch.ones(2))\n"
    )
    assert first["error"] is None
    assert (fails["error"]["type"], undefined["error"]["type"]) == ("AttributeError", "NameError")
    assert (last["error"], last["stdout"]) == (None, "tensor([1., 1.])\n")


def test_submodules_are_the_subjects_and_what_it_lacks_cannot_be_imported(tmp_path):
    text = "import torch.nn.functional as F\nfrom torch import nn\nprint(F.__name__, nn)\n\nimport torch.nowhere\n"
    found, lacking = shown(tmp_path, text)
    assert found["stdout"].startswith("engine.nn.functional ")
    assert lacking["error"]["message"] == "No module named 'torch.nowhere'"


def test_classes_of_the_program_are_in_its_main_module(tmp_path):
    text = "import pickle\nclass K: pass\n\nprint(K, type(pickle.loads(pickle.dumps(K()))) is K)\n"
    assert shown(tmp_path, text, PLAIN)[1]["stdout"] == "<class '__main__.K'> True\n"


LOST = "it was not run, as an earlier cell ended the process"


@pytest.mark.parametrize("last", ["os._exit(3)", "os.kill(os.getpid(), 9)"])
def test_a_cell_that_ends_its_process_loses_only_the_rest(tmp_path, last):
    text = f"import os\nprint('first')\n\n{last}\n\nprint('third')\n"
    first, ended, third = shown(tmp_path, text, PLAIN)
    assert first["stdout"] == "first\n"
    assert ended == {"lost": "it ended its process (without a word)"}
    assert third == {"lost": LOST}


def test_a_cell_that_comes_to_no_end_loses_only_the_rest(tmp_path):
    text = "import time\nprint('first')\n\ntime.sleep(600)\n\nprint('third')\n"
    code, cells = replayed(tmp_path, text, "engine", "program.py", "--timeout", "0.7")
    assert (code, verdicts(cells)) == (0, ["identical", "unspecified", "unspecified"])
    assert cells[0]["subject"]["stdout"] == "first\n"
    assert cells[1]["subject"] == {"lost": "it took more than 0.7 seconds"}
    assert cells[2]["reason"] == f"under PyTorch, {LOST}"


def test_a_cell_that_only_the_subject_does_not_survive(tmp_path):
    text = "import torch\n\ntorch.eye(2).triu()\n\nprint('third')\n"
    reference, subject = shown(tmp_path, text), shown(tmp_path, text, f"{TOYS}:exits")
    judged = judge(read(tmp_path / "program.py"), reference, subject)
    assert [each.verdict for each in judged] == ["identical", "different", "different"]
    assert "it ended its process" in judged[1].reason


def test_a_subject_that_is_not_there_is_refused(tmp_path, capsys):
    path = written(tmp_path, "p.py", "x = 1\n")
    assert main(["replay", str(path), "--reference", "nowhere"]) == 2
    assert "no module 'nowhere'" in capsys.readouterr().err


def test_a_place_where_no_page_can_be_written_is_refused_before_anything_is_run(tmp_path, capsys):
    path = written(tmp_path, "p.py", "x = 1\n")
    assert main(["replay", str(path), "-o", str(path)]) == 2
    assert capsys.readouterr().err == (
        f"conformance: nothing can be written to {path}: {os.strerror(errno.ENOTDIR)}; choose another place\n"
    )
