import base64
import json
import re
import zlib
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

import reports
from conformance.comparison import compare
from conformance.verdict import ORDER
from reports.faults import faults
from reports.model import build
from reports.page import render
from reports.sums import tables

from .made import (
    CASES,
    ESCAPES,
    HOSTILE,
    dies,
    expands,
    faulty,
    hostile,
    overwrites,
    reference,
    shouts,
    subject,
    tensor,
)

STYLE = (Path(reports.__file__).parent / "templates" / "style.css").read_text()


def page(*subjects, notes=()):
    return render(build([reference(), *subjects], CASES, notes=notes))


class Reader(HTMLParser):
    """Collects elements, and the text in or outside scripts and styles."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.texts, self._inside = [], {"script": "", "style": "", "": ""}, ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self._inside = tag if tag in self.texts else self._inside
        self.texts[""] += (
            " " if tag in ("td", "th", "p", "li", "dt", "dd", "span", "details", "summary") else ""
        )

    def handle_endtag(self, tag):
        self._inside = "" if tag == self._inside else self._inside

    def handle_data(self, data):
        self.texts[self._inside] += data

    @property
    def text(self):
        return " ".join(self.texts[""].split())


def panels(html):
    """The panels of all cases by id, unpacked."""
    chunks = re.findall(r'<script type="application/json\+deflate" id="panels=\w+">([^<]*)</script>', html)
    found = [json.loads(zlib.decompress(base64.b64decode(chunk))) for chunk in chunks]
    return {case_id: panel for chunk in found for case_id, panel in chunk.items()}


def panel(html, name):
    """The text of one case's panel."""
    return Reader(panels(html)[f"made::{name}"]).text


def test_what_was_found_is_in_the_page_without_its_scripts():
    html = page(faulty(), notes=["PyTorch was not installed"])
    text = Reader(re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL)).text
    for said in (
        "engine 0.1 against torch 2.13.0+cpu",
        "0 of 5 cases agree",
        "Agreeing, by aspect: error type 0/1 value 1/2 is_leaf 1/1 grad_fn 1/1 graph 0/1 text 0/4",
        "PyTorch was not installed",
        "2026-11-22 06:30 UTC",
        "Python 3.11.7",
        "1.2 s for 5 cases",
        "A second backward adds to .grad, it does not overwrite it.",
        "silent engine 0.1: value of 'gradient': 2.0 instead of 4.0 at [1]",
        "blocked engine 0.1: builds on made::accumulates, which is silent",
        "unsupported engine 0.1: missing Tensor.item",
    ):
        assert said in text


def test_every_verdict_of_a_case_is_told_once_with_the_subjects_that_got_it():
    text = Reader(page(faulty("one"), subject("two"), faulty("three"), subject("four"))).text
    assert (
        "silent one 0.1, three 0.1: value of 'gradient': 2.0 instead of 4.0 at [1] identical two 0.1, four 0.1"
        in text
    )


def test_a_panel_shows_both_sides_of_every_aspect():
    text = panel(page(faulty()), "accumulates")
    assert "value [2.0, 4.0, 6.0]" in text
    assert "[2.0, 2.0, 6.0] silent 2.0 instead of 4.0 at [1]" in text
    assert "raised AttributeError: no attribute 'item' at yield 3" in panel(page(faulty()), "agrees")


def test_what_differs_is_marked():
    html = panels(page(faulty()))["made::accumulates"]
    assert "tensor([2., <mark>4</mark>., 6.])" in html
    assert "tensor([2., <mark>2</mark>., 6.])" in html


def columns(html, name):
    """The heads of the columns of a case's observations."""
    return re.findall("<th scope=col>(.*?)(?=<th|</thead>)", panels(html)[f"made::{name}"])


def test_subjects_that_did_the_same_share_a_column():
    html = page(faulty("one"), subject("two"), faulty("three"), subject("four", accumulates=dies))
    assert columns(html, "accumulates") == [
        "torch 2.13.0+cpu<span> = two 0.1</span>",
        "one 0.1, three 0.1",
        "four 0.1",
    ]
    assert columns(html, "refuses") == [
        "torch 2.13.0+cpu<span> = two 0.1, four 0.1</span>",
        "one 0.1, three 0.1",
    ]


def test_what_equals_the_reference_beside_a_departure_is_not_repeated():
    one, other = subject("one", accumulates=overwrites), subject("other", accumulates=overwrites)
    other.cases["made::accumulates"]["observations"][0]["aspects"]["value"] = tensor(2, 4, 6)
    html = panels(page(one, other))["made::accumulates"]
    assert '<td data-of="other 0.1">=<tr><th scope=row>text' in html


def test_what_was_not_reached_or_returned_instead_is_said():
    html = page(subject(accumulates=dies), faulty())
    assert "not reached" in panel(html, "accumulates")
    assert "crashed (SIGSEGV)" in panel(html, "accumulates")
    assert "error type RuntimeError" in panel(html, "refuses")
    assert "value none" in panel(html, "refuses")


def test_standard_error_is_shown_and_not_judged():
    html = page(subject(prints=shouts))
    assert "stderr \\x1b[31m</script>" in panel(html, "prints")


def test_identical_graphs_are_drawn_once_and_other_ones_side_by_side():
    assert panels(page(subject()))["made::draws"].count("<svg") == 1
    both = panels(page(subject(draws=expands)))["made::draws"]
    assert both.count("<svg") == 2
    assert 'class="n d"' in both


def pasted(html, name):
    """Each subject's lines to paste, as the script completes them."""
    found = re.findall(
        r"data-subject=(\d+) data-shared=(\d+)>.*?<code>(.*?)<span>(.*?)</span>(.*?)</code>",
        panels(html)[f"made::{name}"],
        re.DOTALL,
    )
    first = unescape(found[0][4])
    return {
        int(place): unescape(head + own) + first[: int(shared)] + unescape(rest)
        for place, shared, head, own, rest in found
    }


def test_every_subject_that_departs_has_lines_to_paste():
    lines = pasted(page(faulty("one"), subject("two"), faulty("three")), "accumulates")
    assert list(lines) == [1, 3]
    assert lines[1].startswith("# made::accumulates\nimport one as torch\n")
    assert "for label, value in accumulates(torch):" in lines[1]
    assert lines[3] == lines[1].replace("import one", "import three")


def test_a_root_departure_tells_how_many_cases_it_blocks():
    text = Reader(page(faulty())).text
    assert "3 root departures block 1 more cases; 1 lacks leave 1 cases unsupported" in text
    assert "made::accumulates value of 'gradient': 2.0 instead of 4.0 at [1] 1 made::refuses" in text
    assert "missing Tensor.item 1" in text


def test_silent_departures_stand_before_the_others():
    found = faults(compare(reference(), faulty(), cases=CASES))
    told = {
        verdict: [(root.case_id, len(root.blocks)) for root in roots]
        for verdict, roots in found.roots.items()
    }
    assert list(told.items()) == [
        ("silent", [("made::accumulates", 1), ("made::refuses", 0)]),
        ("different", [("made::prints", 0)]),
    ]
    assert [(lack.what, lack.cases) for lack in found.lacks] == [("missing Tensor.item", 1)]


def test_documents_topics_and_aspects_are_summed_up_for_each_subject():
    documents, topics, aspects = tables(build([reference(), faulty(), subject("other")], CASES))
    assert [
        (row.name, row.filter, [(one.agreeing, one.total) for one in row.sums]) for row in topics.rows
    ] == [("made", "topic=made", [(0, 5), (5, 5)])]
    assert topics.rows[0].sums[0].against == [
        ("silent", 2), ("different", 1), ("unsupported", 1), ("blocked", 1)
    ]  # fmt: skip
    assert topics.shares == [0.0, 1.0]
    assert [row.filter for row in documents.rows][:2] == ["document=A", "document=B"]
    assert "aspect=error+type" in [row.filter for row in aspects.rows]


def test_every_row_of_the_documents_is_there_with_its_verdict_and_cases():
    reader = Reader(page(faulty()))
    assert [attributes for tag, attributes in reader.elements if attributes.get("href") == "#row=E5"]
    links = [attributes["href"] for tag, attributes in reader.elements if tag == "a" and "href" in attributes]
    assert links.count("#case=made::draws") == 2  # its two rows
    assert re.search("A1 .*? no case A2 .*? blocked draws", reader.text)


def test_every_link_within_the_page_leads_somewhere():
    html = page(faulty(), subject("other"))
    reader = Reader(html + "".join(panels(html).values()))
    places = {attributes.get("id") for _, attributes in reader.elements}
    for tag, attributes in reader.elements:
        target = attributes.get("href", "#")[1:]
        if tag == "a" and target and not re.match("(row|verdict|aspect|document|topic)=", target):
            assert target in places


def test_a_case_that_is_not_on_the_page_is_named_without_a_link():
    recordings = [reference(), faulty()]
    for recording in recordings:
        del recording.cases["made::accumulates"]
    html = render(build(recordings, CASES))
    assert "builds on made::accumulates" in panel(html, "draws")
    assert "#case=made::accumulates" not in html + panels(html)["made::draws"]


def test_every_verdict_that_is_linked_can_be_chosen():
    reader = Reader(page(faulty()))
    linked = {
        attributes["href"].partition("verdict=")[2]
        for tag, attributes in reader.elements
        if tag == "a" and "verdict=" in attributes.get("href", "")
    }
    chosen = {
        attributes["value"]
        for tag, attributes in reader.elements
        if tag == "button" and "value" in attributes
    }
    assert linked == {"silent", "different", "unsupported", "blocked"}
    assert chosen == {"silent", "different", "unsupported", "blocked", "identical"}


def test_an_incomplete_recording_has_a_banner_and_a_complete_one_has_not():
    cut = subject(complete=False)
    del cut.cases["made::agrees"]
    html = page(cut)
    assert 'class="banner"' in html
    text = Reader(html).text
    assert "Incomplete. The recording of engine 0.1 broke off" in text
    assert "4 of 4 cases agree (1 more are not judged)" in text
    assert 'class="banner"' not in page(subject())


def test_subjects_of_one_name_are_told_apart():
    assert "engine 0.1, engine 0.1 (2) against" in Reader(page(subject(), subject())).text


def test_nothing_a_subject_says_becomes_markup():
    html = page(hostile())
    reader = Reader(html + "".join(panels(html).values()))
    tags = [tag for tag, _ in reader.elements]
    assert [attributes for tag, attributes in reader.elements if tag == "script"] == [
        {"type": "application/json", "id": "index"},
        {"type": "application/json+deflate", "id": "panels=made"},
        {},
    ]
    assert tags.count("style") == 1
    assert "img" not in tags
    assert not [name for _, attributes in reader.elements for name in attributes if name.startswith("on")]
    assert "<" not in reader.texts["script"].partition('"subjects":')[2].partition('"verdicts":')[0]
    assert "alert" not in reader.texts["style"]
    assert HOSTILE in reader.text


def test_terminal_escapes_and_invisible_characters_are_shown():
    html = page(hostile())
    html += "".join(panels(html).values())
    assert ESCAPES not in html
    assert not re.search("[\x00-\x08\x0b-\x1f\u202e]", html)
    assert "\\x1b[31m" in html


def test_a_page_needs_nothing_from_outside():
    reader = Reader(page(faulty()))
    loaded = [
        value for _, attributes in reader.elements for name, value in attributes.items() if name == "src"
    ]
    assert not loaded
    assert not [attributes for tag, attributes in reader.elements if tag == "link"]
    assert not re.search(r"url\(|@import", reader.texts["style"])
    (policy,) = (
        attributes["content"]
        for tag, attributes in reader.elements
        if tag == "meta" and "http-equiv" in attributes
    )
    assert policy.startswith("default-src 'none'")


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_colours_can_be_told_from_their_ground(scheme):
    palette = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", STYLE.split(":root {")[scheme + 1]))
    pairs = [(f"{verdict}-ink", verdict) for verdict in ORDER] + [("mark-ink", "mark"), ("ink", "mark")]
    pairs += [(ink, ground) for ink in ("ink", "soft", "link") for ground in ("page", "card", "tint")]
    pairs += [(name, "tint") for name in palette if name.startswith("code-")]
    weak = {pair: contrast(palette[pair[0]], palette[pair[1]]) for pair in pairs}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 4.5} == {}


def test_every_verdict_has_a_sign_beside_its_colour():
    signs = re.findall(r"^\.v\.([\w-]+)::before[^{]*\{ content: \"(.)\"", STYLE, re.MULTILINE)
    assert {verdict for verdict, _ in signs} == {*ORDER, "not-judged"}
    assert len({sign for _, sign in signs}) == len(signs)
