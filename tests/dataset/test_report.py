from __future__ import annotations

import re

from PIL import Image

from napari_lesion_synth.dataset.drawing import png_bytes
from napari_lesion_synth.dataset.report import (
    DISCLAIMER,
    Section,
    figure,
    page,
    paragraph,
    preformatted,
    table,
)


def make_page() -> str:
    picture = Image.new("RGB", (8, 8))
    parts = (
        paragraph("5 < 6 & so on"),
        preformatted("run --n 3"),
        table([{"method": "poisson", "mm": 8.25}]),
        figure(png_bytes(picture), 'a "quoted" caption'),
    )
    return page("Title <b>", "lead", [Section("Section", parts)])


def test_the_page_opens_offline():
    """Nothing is fetched: no scripts, no links, and pictures lie in the page."""
    text = make_page()
    assert not re.search(r"(?:src|href)\s*=\s*[\"'](?!data:)", text)
    assert "@import" not in text
    assert "<script" not in text


def test_text_is_escaped():
    text = make_page()
    assert "5 &lt; 6 &amp; so on" in text
    assert "Title &lt;b&gt;" in text
    assert 'alt="a &quot;quoted&quot; caption"' in text


def test_the_page_says_that_its_lesions_are_synthetic():
    assert DISCLAIMER in make_page()


def test_numbers_are_rounded_for_reading():
    assert "<td>8.2</td>" in make_page()


def test_an_empty_table_says_so():
    assert "none" in table([])
