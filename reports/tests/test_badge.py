from xml.etree import ElementTree as ET

import pytest

from reports.badge import AMBER, GREEN, GREY, to_svg
from reports.model import build

from . import made


def drawn(recording, **options):
    """The words of a badge, and its colour."""
    report = build([made.reference(), recording], made.CASES, **options)
    root = ET.fromstring(to_svg(report, report.scores[0]))
    texts = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    colours = [rect.get("fill") for rect in root.iter("{http://www.w3.org/2000/svg}rect")]
    return texts[1], colours[-1]


def test_a_badge_shows_how_many_cases_agree_of_how_many():
    assert drawn(made.subject()) == ("5 of 5", GREEN)
    assert drawn(made.faulty()) == ("0 of 5", AMBER)


def test_a_badge_of_an_incomplete_recording_says_so():
    assert drawn(made.subject(complete=False)) == ("incomplete: 5 of 5", GREY)


def test_a_badge_of_a_part_of_the_catalog_says_so():
    assert drawn(made.subject(), select="number") == ("1 of 1 run, 5 in all", GREY)


def test_what_a_subject_calls_itself_is_no_markup():
    report = build([made.reference(), made.hostile()], made.CASES)
    root = ET.fromstring(to_svg(report, report.scores[0]))
    assert {element.tag.partition("}")[2] for element in root.iter()} == {
        "svg", "title", "clipPath", "rect", "g", "text"
    }  # fmt: skip
    assert made.HOSTILE in root[0].text


@pytest.mark.parametrize("recording", [made.subject(), made.faulty()])
def test_the_texts_fit_into_the_badge(recording):
    report = build([made.reference(), recording], made.CASES)
    root = ET.fromstring(to_svg(report, report.scores[0]))
    ends = [
        float(text.get("x")) + float(text.get("textLength")) for text in root.iter() if text.get("textLength")
    ]
    assert max(ends) < float(root.get("width"))
