"""The language of queries as the page reads it: the same table of examples as for `conformance.query`."""

import json
from pathlib import Path

import pytest

from reports.page import asset

TABLE = json.loads(
    (Path(__file__).parents[2] / "conformance" / "tests" / "queries.json").read_text(encoding="utf-8")
)
ANSWER = """([query, subjects, rows]) => {
  try {
    const means = compileQuery(query, subjects);
    return rows.flatMap((row, place) => (means(row) ? [place] : []));
  } catch (error) {
    return [error.position, error.message];
  }
}"""


@pytest.fixture(scope="module")
def answer(browser):
    """What the script says to a query: the places of its cases, or a position and a message."""
    page = browser.new_page()
    page.add_script_tag(content=asset("query.js"))
    return lambda query, subjects=TABLE["subjects"]: page.evaluate(ANSWER, [query, subjects, TABLE["rows"]])


def test_queries_find_their_cases(answer):
    found = {example["query"]: answer(example["query"]) for example in TABLE["examples"]}
    assert found == {example["query"]: example["cases"] for example in TABLE["examples"]}


def test_queries_that_make_no_sense_are_refused_at_their_character(answer):
    told = {refusal["query"]: answer(refusal["query"]) for refusal in TABLE["refusals"]}
    assert told == {
        refusal["query"]: [refusal["position"], refusal["message"]] for refusal in TABLE["refusals"]
    }


def test_queries_for_verdicts_are_refused_where_there_are_none(answer):
    told = {refusal["query"]: answer(refusal["query"], [])[0] for refusal in TABLE["without subjects"]}
    assert told == {refusal["query"]: refusal["position"] for refusal in TABLE["without subjects"]}


def test_the_names_of_subjects_are_checked_only_if_they_are_given(answer):
    assert answer("agree(nobody)", None) == []
