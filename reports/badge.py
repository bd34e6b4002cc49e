"""A score as a small picture for a README: how many cases agree, of how many; it never shows more than it knows."""

from __future__ import annotations

from .model import Report, Score
from .text import html

LABEL = "PyTorch autograd"
GREEN, AMBER, GREY = "#1a7f37", "#9a6700", "#57606a"
LETTER, PADDING = 6.6, 8
"""Pixels: the mean width of a letter at 11px, which the browser then keeps to, and what stands beside a text."""


def to_svg(report: Report, score: Score) -> str:
    """The badge of one subject of a report.

    It is green only if every case of the catalog was judged and agrees, or PyTorch disagrees with itself about it.
    """
    comparison = score.comparison
    said, colour = f"{comparison.agreeing} of {comparison.total}", AMBER
    if not score.side.recording.complete:
        said, colour = f"incomplete: {said}", GREY
    elif comparison.total < report.catalog_size:
        said, colour = f"{said} run, {report.catalog_size} in all", GREY
    elif comparison.agreeing + comparison.counts().get("unspecified", 0) == comparison.total:
        colour = GREEN
    return _drawn(said, colour, f"{score.side.name} against {report.reference.name}: {said} cases agree")


def _drawn(said: str, colour: str, title: str) -> str:
    left, right = (len(text) * LETTER + 2 * PADDING for text in (LABEL, said))
    width = left + right
    texts = "".join(
        f'<text x="{at:.1f}" y="14" textLength="{len(text) * LETTER:.1f}" lengthAdjust="spacingAndGlyphs">'
        f"{html(text)}</text>"
        for text, at in ((LABEL, PADDING), (said, left + PADDING))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="20" role="img" '
        f'aria-label="{html(f"{LABEL}: {said}")}"><title>{html(title)}</title>'
        f'<clipPath id="r"><rect width="{width:.0f}" height="20" rx="4"/></clipPath>'
        f'<g clip-path="url(#r)"><rect width="{width:.0f}" height="20" fill="#3b424a"/>'
        f'<rect x="{left:.1f}" width="{right:.1f}" height="20" fill="{colour}"/></g>'
        f'<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">{texts}</g></svg>\n'
    )
