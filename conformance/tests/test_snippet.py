import builtins
import importlib.util
import subprocess
import symtable
import sys
from pathlib import Path

import pytest

from conformance import catalog, runner
from conformance.case import Case
from conformance.comparison import compare_case
from conformance.observe import clean
from conformance.snippet import snippet
from conformance.tests.test_rooms import collecting_no_garbage  # noqa: F401 - a fixture
from conformance.verdict import Finding

CASES = {case.id: case for case in catalog.load()}
TOYS = "conformance.tests.toys"

MODULE = '''
import math
from collections import deque as queue
from contextlib import contextmanager
from itertools import count, product

from conformance import case, raises

DOCUMENT = "Title: section"
WEIGHTS = [
    1.0,

    2.0,
]
FIRST, SECOND = 1.5, 2.5
TEXT = """a text

with a blank line"""


def doubled(number):
    """A helper."""

    return number * FACTOR


FACTOR = 2


@contextmanager
def decorated(number):
    # a remark

    yield math.sqrt(number)


@case(DOCUMENT)
def everything(torch):
    """It holds."""
    text = """one

two"""

    yield "helper", doubled(3)
    if WEIGHTS:

        yield f"text {len(TEXT)}", text
    yield "error", raises(lambda: torch.nothing())
    with decorated(16.0) as root:
        yield "decorated", root
    yield "queue", list(queue(product([1], [2])))
    yield "both", FIRST + SECOND


@case(DOCUMENT)
def alone(torch):
    """It holds."""
    yield 5
    yield "labelled", 6
    for count in (7, 8):
        yield count


@case(DOCUMENT)
def passed_on(torch):
    """It holds."""
    yield from observations(torch)


def observations(torch):
    yield "one", 1
'''


@pytest.fixture
def module(tmp_path):
    path = tmp_path / "written.py"
    path.write_text(MODULE)
    spec = importlib.util.spec_from_file_location("written", path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return {case.function.__name__: case for case in vars(loaded).values() if isinstance(case, Case)}


def pasted(text, folder):
    """What a fresh interactive interpreter puts out for a text that is pasted into it, and its errors."""
    return ran(["-i", "-q"], text, folder)


def as_script(text, folder):
    path = folder / "script.py"
    path.write_text(text)
    return ran([str(path)], "", folder)


def ran(arguments, text, folder):
    done = subprocess.run(
        [sys.executable, *arguments],
        input=text,
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=100,
        check=False,
    )
    return done.stdout, done.stderr.replace(">>> ", "").replace("... ", "").strip()


@pytest.mark.parametrize("way", [pasted, as_script])
def test_a_snippet_holds_whatever_its_case_uses_and_runs_in_both_ways(module, tmp_path, way):
    out, errors = way(snippet(module["everything"], "types"), tmp_path)
    assert errors == ""
    assert out.splitlines() == [
        "helper: 6",
        "text 25: one",
        "",
        "two",
        "error: AttributeError: module 'types' has no attribute 'nothing'",
        "decorated: 4.0",
        "queue: [(1, 2)]",
        "both: 4.0",
    ]


@pytest.mark.parametrize("way", [pasted, as_script])
def test_observations_without_labels_are_counted(module, tmp_path, way):
    out, errors = way(snippet(module["alone"], "types"), tmp_path)
    assert errors == ""
    assert out.splitlines() == ["observation 1: 5", "labelled: 6", "observation 3: 7", "observation 4: 8"]
    assert way(snippet(module["passed_on"], "types"), tmp_path)[0] == "one: 1\n"


def test_a_snippet_holds_nothing_that_its_case_does_not_use(module):
    text = snippet(module["alone"], "types")
    for foreign in (
        "DOCUMENT",
        "WEIGHTS",
        "raises",
        "math",
        "count,",
        "itertools",
        "doubled",
        "@case",
        "manual_seed",
    ):
        assert foreign not in text
    assert snippet(module["everything"], "types").count("FIRST, SECOND =") == 1
    assert "import product" in snippet(module["everything"], "types")
    assert "import count" not in snippet(module["everything"], "types")


@pytest.mark.parametrize(
    ("spec", "device", "lines"),
    [
        ("torch", "cpu", ["import torch"]),
        ("engine", "cpu", ["import engine as torch"]),
        ("package.module", "cpu", ["import package.module as torch"]),
        (
            "package:made",
            "cpu",
            ["from conformance.subject import load", 'torch = load("package:made").namespace'],
        ),
        (
            "torch",
            "cuda",
            ["from conformance.subject import load", 'torch = load("torch", "cuda").namespace'],
        ),
        ("mine@a/python", "cpu", ['# to be run by "a/python"', "import mine as torch"]),
        (
            "mygrad@a/python",  # which is bundled, and no module with PyTorch's names
            "cpu",
            [
                '# to be run by "a/python", in the folder of this suite',
                "from conformance.subject import load",
                'torch = load("mygrad").namespace',
            ],
        ),
        (
            'x\nevil() #"',
            "cpu",
            ["from conformance.subject import load", r'torch = load("x\nevil() #\"").namespace'],
        ),
    ],
)
def test_the_subject_is_imported_as_torch(module, spec, device, lines):
    text = snippet(module["alone"], spec, device=device)
    assert text.splitlines()[1 : 1 + len(lines)] == lines
    assert text.splitlines()[1 + len(lines)] == ""


def test_a_case_that_draws_random_numbers_is_seeded_as_in_a_run(module):
    seeded = [case for case in CASES.values() if "torch.rand" in case.source]
    assert seeded
    assert all("\ntorch.manual_seed(0)\n" in snippet(case, "torch") for case in seeded)


@pytest.mark.parametrize(
    ("finding", "lines"),
    [
        (
            Finding("grads[0]", "is_leaf", "different", True, False),
            ['print("is_leaf:", value[0].is_leaf)', "#     True"],
        ),
        (
            Finding("x['a'][1]", "dtype", "different", "torch.int64", None),
            ["value['a'][1].dtype", "#     torch.int64"],
        ),
        (
            Finding("x", "version", "different", 1, 0),
            ['if label == "x":', 'print("version:", value._version)'],
        ),
        (Finding("x", "text", "different", "one\ntwo", ""), ["#     one", "#     two"]),
        (Finding("x", "text", "different", "\n" * 50, ""), ["#     … 31 lines more"]),
        (
            Finding("x", "error type", "silent", "TypeError: no", None),
            ['# PyTorch raises for "x":', "#     TypeError: no"],
        ),
        (Finding("x", "end", "crash", None, None, None, "crashed"), ['# "x": crashed']),
        (
            Finding("warnings", "text", "different", "W: w", ""),
            ['warnings.simplefilter("always")', "#     W: w"],
        ),
        (
            Finding(
                "x",
                "graph",
                "different",
                {"nodes": ["A", "B"], "edges": [[0, 0, 1, 0], [0, 1, None, 0]]},
                None,
            ),
            [
                "def graph(node):",
                'graph(getattr(value, "grad_fn", value))',
                "#     A [B, None]",
                "#     B []",
            ],
        ),
    ],
)
def test_a_finding_is_shown_with_what_pytorch_shows(module, finding, lines):
    text = snippet(module["alone"], "types", finding)
    compile(text, "snippet", "exec")
    for line in lines:
        assert line in text


@pytest.mark.parametrize(
    "label", ["labelled[print('evil')]", 'x"]; print("evil")', "x\nprint('evil')\r", "x\rprint('evil')"]
)
def test_what_a_recording_holds_never_becomes_code(module, tmp_path, label):
    for finding in (
        Finding(label, "dtype", "different", label, label),
        Finding(label, "end", "crash", note=label),
    ):
        out, errors = as_script(snippet(module["alone"], "types", finding), tmp_path)
        assert (errors, "evil" in out) == ("", False)


def unbound(text):
    """The names that a text uses, and neither binds anywhere nor finds among the builtins."""
    top = symtable.symtable(text, "snippet", "exec")
    tables, used, bound = [top], set(), set(dir(builtins))
    for table in tables:
        tables += table.get_children()
        for name in table.get_symbols():
            if table is top and (name.is_assigned() or name.is_imported()):
                bound.add(name.get_name())
            elif table is top or name.is_global():
                used.add(name.get_name())
    return used - bound


@pytest.mark.long
@pytest.mark.usefixtures("collecting_no_garbage")
def test_every_case_can_be_pasted(tmp_path):
    """All snippets hold all that they use; those of every ninth case, one after the other, come to their ends."""
    texts = {case.id: snippet(case, "engine") + f"\nprint('end of {case.id}')\n" for case in CASES.values()}
    assert {case_id: names for case_id, text in texts.items() if (names := unbound(text))} == {}
    run = list(texts)[::9]
    out, errors = pasted("".join(texts[case_id] for case_id in run), tmp_path)
    assert [case_id for case_id in run if f"end of {case_id}\n" not in out] == []
    assert [
        line for line in errors.splitlines() if line.startswith(("SyntaxError", "Indentation", "NameError"))
    ] == []


SHOWING = ["graph::graph_of_a_chain", "accumulation::rounds_add_up", "graph::names_of_nodes"]


def expected_lines(record):
    """What a snippet prints for a record: each text below its label, as far as items are not listed apart."""
    for seen in record["observations"]:
        if isinstance(seen["aspects"].get("text"), str):
            yield f"{seen['label']}: {seen['aspects']['text']}"


@pytest.mark.parametrize("way", [pasted, as_script])
def test_a_snippet_prints_what_a_run_recorded(tmp_path, way):
    with runner.Worker("engine") as worker:
        records = [worker.run(case_id) for case_id in SHOWING]
    out, errors = way("".join(snippet(CASES[case_id], "engine") for case_id in SHOWING), tmp_path)
    assert errors == ""
    lines = [line for record in records for line in expected_lines(record)]
    assert lines
    assert [line for line in lines if f"{line}\n" not in clean(out)] == []


def test_a_snippet_runs_on_torch(capsys):
    pytest.importorskip("torch")
    exec(snippet(CASES["graph::graph_of_a_chain"], "torch"), {})
    assert "result: tensor([0.8357, 0.8644], grad_fn=<TanhBackward0>)\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("toy", "case_id", "shown", "expected"),
    [
        (
            "wrong_grad_fn_name",
            "graph::graph_of_a_chain",
            "MultiplyBackward0 ['TanhBackward0', None]",
            "MulBackward0 [",
        ),
        (
            "swallows_error",
            "refusals::vector_root",
            "z.backward(): None",
            "RuntimeError: grad can be implicitly",
        ),
    ],
)
def test_a_snippet_of_a_departure_shows_it(tmp_path, toy, case_id, shown, expected):
    spec, case = f"{TOYS}:{toy}", CASES[case_id]
    with runner.Worker("engine") as good, runner.Worker(spec) as bad:
        judged = compare_case(case, good.run(case_id), bad.run(case_id))
    text = snippet(case, spec, judged.first)
    out, errors = pasted(text, tmp_path)
    assert errors == ""
    assert shown in out
    assert expected not in out
    assert f"#     {expected}" in text


def test_snippets_are_written_for_the_file_that_holds_the_case(module):
    assert Path(module["alone"].file).name == "written.py"
    assert snippet(module["alone"], "types").startswith("# written::alone\n")


def test_the_lines_run_where_an_adapter_stands_between(module):
    """Its tensors need not print, and some have errors only."""
    looked_at = next(case for case in CASES.values() if ").error" in case.source)
    for case in (module["alone"], looked_at):
        text = snippet(case, "mygrad@a/python")
        assert "print(label, shown(value), sep" in text
        assert ("class raises:" in text) == (case is looked_at)
        assert "shown" not in snippet(case, "engine")
    printed = Finding("y", "text", "different", "tensor(1.)", "tensor(1)")
    assert (
        '        print("text:", value)' in snippet(module["alone"], "mygrad@a/python", printed).splitlines()
    )
