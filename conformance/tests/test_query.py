import json
import re
from pathlib import Path

import pytest

from conformance import catalog, choosing
from conformance.query import QueryError, compile_query

TABLE = json.loads(Path(__file__).with_name("queries.json").read_text(encoding="utf-8"))
DOC = Path(__file__).parents[2] / "docs" / "queries.md"


@pytest.mark.parametrize("example", TABLE["examples"], ids=lambda example: example["query"])
def test_a_query_finds_its_cases(example):
    means = compile_query(example["query"], TABLE["subjects"])
    assert [place for place, row in enumerate(TABLE["rows"]) if means(row)] == example["cases"]


@pytest.mark.parametrize("refusal", TABLE["refusals"], ids=lambda refusal: refusal["query"])
def test_a_query_that_makes_no_sense_is_refused_at_its_character(refusal):
    with pytest.raises(QueryError) as refused:
        compile_query(refusal["query"], TABLE["subjects"])
    assert (refused.value.position, refused.value.message) == (refusal["position"], refusal["message"])


@pytest.mark.parametrize("refusal", TABLE["without subjects"], ids=lambda refusal: refusal["query"])
def test_a_query_for_verdicts_is_refused_where_there_are_none(refusal):
    with pytest.raises(QueryError, match="only recordings of both sides have") as refused:
        compile_query(refusal["query"], [])
    assert refused.value.position == refusal["position"]


def test_a_refusal_shows_a_caret_under_the_character():
    with pytest.raises(QueryError) as refused:
        compile_query("\thook\x1b (gradient")
    assert str(refused.value) == "this parenthesis is not closed\n  ·hook· (gradient\n         ^"


def test_what_a_query_does_not_mean_its_negation_means():
    for example in TABLE["examples"]:
        means = compile_query(f"not ({example['query']})" if example["query"].strip() else "not *")
        assert [place for place, row in enumerate(TABLE["rows"]) if not means(row)] == example["cases"]


def test_the_names_of_subjects_are_checked_only_if_they_are_given():
    assert not compile_query("agree(nobody)")(TABLE["rows"][0])


def test_a_pattern_of_many_stars_takes_no_time():
    assert not compile_query(f"{'*a' * 30}*b")({**TABLE["rows"][0], "claim": "a" * 3000})


def test_the_documentation_shows_the_table():
    first, _, _ = DOC.read_text(encoding="utf-8").partition("\n## ")
    shown = re.findall(r"^\| `(.+)` \| (.+) \|$", first, re.M)
    assert shown == [
        (example["query"], example["finds"]) for example in TABLE["examples"] if "finds" in example
    ]


def test_rows_of_the_catalog_have_the_shape_of_the_table():
    made = choosing.row(catalog.load()[0], {})
    assert made.keys() == TABLE["rows"][0].keys()
    assert made["id"].startswith(f"{made['topic']}::")
