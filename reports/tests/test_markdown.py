import re

import pytest

from reports.markdown import code, to_markdown
from reports.model import build

from . import made


def summary(*recordings, **options):
    return to_markdown(build([made.reference(), *recordings], made.CASES, **options))


def test_the_score_its_counts_and_the_roots_stand_there_silent_first():
    lines = summary(made.faulty()).splitlines()
    assert lines[0] == "### `engine 0.1` against `torch 2.13.0+cpu`"
    assert lines[2].startswith("**0 of 5 cases agree**: 2 silent, 1 different, 1 unsupported, 1 blocked. ")
    aspects = "error type 0/1, value 1/2, is_leaf 1/1, grad_fn 1/1, graph 0/1, text 0/4"
    assert lines[4] == f"Agreeing, by aspect: {aspects}."
    roots = [line.split("`")[1] for line in lines if line.startswith("- **")]
    assert roots == ["made::accumulates", "made::refuses", "made::prints"]
    assert "which blocks 1 more: `value of 'gradient': 2.0 instead of 4.0 at [1]`" in lines[6]
    assert "`python -m pytest made::accumulates --subject engine`" in lines[-1]


def test_links_lead_into_the_page():
    report = build([made.reference(), made.subject(), made.faulty("other")], made.CASES)
    text = to_markdown(report, "https://example.org/index.html")
    assert "[`made::refuses`](<https://example.org/index.html#case=made::refuses&reproduce=2>)" in text


def test_a_subject_that_agrees_has_nothing_to_mend():
    text = summary(made.subject())
    assert "**5 of 5 cases agree**: 5 identical" in text
    assert "reproduce" not in text


def test_a_long_list_is_cut(monkeypatch):
    monkeypatch.setattr("reports.markdown.ROOTS_SHOWN", 1)
    assert "- … and 2 more" in summary(made.faulty())


def test_what_is_incomplete_or_selected_says_so():
    assert "**Incomplete:**" in summary(made.subject(complete=False))
    assert "> `1 of 5 cases of engine 0.1 were selected, by number`" in summary(
        made.subject(), select="number"
    )


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("plain", "`plain`"),
        ("<b>@all [a](b)", "`<b>@all [a](b)`"),
        ("a ` b", "`` a ` b ``"),
        ("``` x", "```` ``` x ````"),
        ("two\n\n# lines", "`two # lines`"),
        ("", "`  `"),
        ("\x1b[31m", "`\\x1b[31m`"),
    ],
)
def test_a_code_span_holds_any_text(text, span):
    assert code(text) == span


def test_a_hostile_subject_stays_inside_its_code_spans():
    hostile = made.hostile()
    hostile.header["subject"]["name"] = f"`<b>{made.HOSTILE}"
    hostile.header["subject"]["spec"] = "`; echo\n- [x](y) @all"
    outside = re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", summary(hostile))
    assert not re.search(r"script|@|echo|<(?!index\.html)", outside)
