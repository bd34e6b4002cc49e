import ast
import gc
import subprocess
import sys
import warnings
from collections import Counter
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from conformance import catalog, recording
from conformance.documents import DOCUMENTS
from conformance.sources import shipped

CASES = catalog.load()
IDS = {case.id for case in CASES}
TITLES = {document.title: document for document in DOCUMENTS.values()}
LONGEST_CLAIM = 110
RANDOM = {"rand", "randn", "randint", "randperm", "rand_like", "randn_like", "randint_like"}
ABOUT_RANDOM_NUMBERS = {
    "random_streams", "random_states", "random_fillers", "random_distributions", "func_randomness",
    "activations_bent", "data_loading", "data_sets", "data_workers", "nn_dropout", "nn_init", "nn_utils",
    "recurrent_networks", "transformers", "distributions_continuous", "distributions_discrete", "distributions_joint",
    "usage_arguments",  # these show by the next number how much of the stream was used
    "meta_tensors",  # which hold no numbers
}  # fmt: skip


def title_of(case):
    return case.document.partition(": ")[0]


def repeated(values):
    return [value for value, count in Counter(values).items() if count > 1]


def statements(block):
    for statement in block:
        yield statement
        for part in ("body", "handlers", "orelse", "finalbody", "cases"):
            yield from statements(getattr(statement, part, ()))


def imports_of(path):
    for node in statements(ast.parse(path.read_text(encoding="utf-8")).body):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{'.' * node.level}{node.module or ''}:{alias.name}" for alias in node.names)


def random_names_used(path):
    text = path.read_text(encoding="utf-8")
    if not any(name in text for name in RANDOM):
        return set()
    return RANDOM & {node.attr for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Attribute)}


def test_every_file_of_the_catalog_holds_cases():
    assert {Path(case.file) for case in CASES} == set(catalog.files())


def test_a_case_is_found_without_loading_any_file_but_its_own():
    code = (
        "import sys\nfrom conformance import catalog\n"
        "print(catalog.find('graph::graph_of_a_chain').id)\n"
        "print([name for name in sys.modules if name.startswith(f'{catalog.__name__}.')])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "graph::graph_of_a_chain\n['conformance.catalog.graph']\n"


def test_ids_are_unique_and_name_file_and_function():
    assert repeated(case.id for case in CASES) == []
    assert [case.id for case in CASES if case.id != f"{Path(case.file).stem}::{case.function.__name__}"] == []


def test_every_row_of_the_five_documents_is_covered():
    named = {(title_of(case), row) for case in CASES for row in case.rows}
    rows = {(document.title, row) for document in DOCUMENTS.values() for row in document.rows}
    assert sorted(rows - named) == []


def test_rows_named_by_cases_exist():
    known = {title: set(document.rows) for title, document in TITLES.items()}
    assert [case.id for case in CASES if not set(case.rows) <= known.get(title_of(case), set())] == []


def test_a_case_names_rows_or_else_a_section_of_what_it_was_drawn_from():
    assert [case.id for case in CASES if not case.rows and not case.document.partition(": ")[2]] == []


def test_row_keys_begin_with_the_key_of_their_document_and_count_up():
    for key, document in DOCUMENTS.items():
        assert document.key == key
        assert list(document.rows) == [f"{key}{number}" for number in range(1, len(document.rows) + 1)]


def test_claims_are_one_sentence_that_fits():
    for case in CASES:
        body = case.claim.removesuffix(".")
        assert case.claim == f"{body}.", case.id
        assert ". " not in body, case.id
        assert len(case.claim) <= LONGEST_CLAIM, case.id


def test_no_two_cases_make_the_same_claim():
    assert repeated(case.claim for case in CASES) == []


def test_cases_build_on_cases_that_exist():
    assert [(case.id, base) for case in CASES for base in case.builds_on if base not in IDS] == []


def test_building_on_has_no_cycle():
    try:
        TopologicalSorter({case.id: case.builds_on for case in CASES}).prepare()
    except CycleError as error:
        pytest.fail(f"these cases build on each other: {error.args[1]}")


def test_modules_import_only_the_standard_library_and_what_cases_are_declared_with():
    ours = {"conformance:case", "conformance:raises"}
    foreign = [
        (path.stem, name)
        for path in catalog.files()
        for name in imports_of(path)
        if name not in ours and name.partition(":")[0].partition(".")[0] not in sys.stdlib_module_names
    ]
    assert foreign == []


def test_random_numbers_of_the_subject_are_drawn_only_where_they_are_the_topic():
    others = [path for path in catalog.files() if path.stem not in ABOUT_RANDOM_NUMBERS]
    used = {path.stem: random_names_used(path) for path in others}
    assert {stem: names for stem, names in used.items() if names} == {}


@pytest.fixture(scope="module")
def recorded():
    """What PyTorch did, from its recording; that it does the same today is tested beside this file."""
    path = shipped()
    assert path is not None, "tox run -e record-torch213cpu"
    return recording.read(path).cases


def test_every_case_runs_to_its_end_on_torch(recorded):
    assert set(recorded) == IDS
    ends = {record["id"]: record["end"] for record in recorded.values()}
    assert {case: end for case, end in ends.items() if end != {"how": "returned"}} == {}


def test_every_case_observes_something(recorded):
    assert [record["id"] for record in recorded.values() if not record["observations"]] == []


def test_torch_has_all_that_cases_observe(recorded):
    unreadable = [
        (record["id"], seen["label"])
        for record in recorded.values()
        for seen in record["observations"]
        if lacks(seen) or any(absent(aspect) for aspect in seen["aspects"].values())
    ]
    assert unreadable == []


def lacks(seen):
    """Whether a call was missing; a `NotImplementedError` of PyTorch itself is a refusal that a case observes."""
    return "missing" in seen and seen["aspects"]["error type"] != "NotImplementedError"


def absent(aspect):
    return isinstance(aspect, dict) and not aspect.keys().isdisjoint({"missing", "raised"})


def test_labels_are_unique_within_a_case(recorded):
    labels = (
        (record["id"], seen["label"]) for record in recorded.values() for seen in record["observations"]
    )
    assert repeated(labels) == []


@pytest.fixture
def torch(monkeypatch):
    """PyTorch, which does not wait long for the workers of a loader that an error has left in a cycle."""
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(torch.utils.data._utils, "MP_STATUS_CHECK_INTERVAL", 0.2)
    gc.freeze()  # or each case that collects garbage has all looked through that was imported
    yield torch
    gc.unfreeze()


@pytest.mark.long
def test_cases_leave_no_state_behind_in_torch(torch):
    def state():
        return {
            "printing": dict(vars(torch._tensor_str.PRINT_OPTS)),
            "default dtype": torch.get_default_dtype(),
            "default device": torch.get_default_device(),
            "grad mode": torch.is_grad_enabled(),
            "inference mode": torch.is_inference_mode_enabled(),
            "anomaly mode": torch.is_anomaly_enabled(),
            "autocast": torch.is_autocast_enabled("cpu"),
            "deterministic": torch.are_deterministic_algorithms_enabled(),
            "warns always": torch.is_warn_always_enabled(),
            "threads": torch.get_num_threads(),
        }

    before = state()
    for case in CASES:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for _ in case.function(torch):
                pass
        assert state() == before, case.id
