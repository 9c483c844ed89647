from __future__ import annotations

import re

from PIL import Image

from napari_lesion_synth.dataset.drawing import png_bytes
from napari_lesion_synth.dataset.report import (
    DISCLAIMER,
    Section,
    bullets,
    figure,
    folded,
    link,
    page,
    paragraph,
    preformatted,
    table,
    warning,
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


def test_a_page_of_real_lesions_says_something_else():
    text = page("Title", "lead", [], "For research & no more.")
    assert "For research &amp; no more." in text
    assert DISCLAIMER not in text


def test_numbers_are_rounded_for_reading():
    assert "<td>8.2</td>" in make_page()


def test_an_empty_table_says_so():
    assert "none" in table([])


def test_columns_of_words_begin_at_the_left():
    rows = [{"name": "a", "what": "words", "n": 1}]
    assert '<td class="words">words</td><td>1</td>' in table(rows, words=("what",))


def test_lists_warnings_and_folded_parts_are_escaped():
    assert bullets(["a < b"]) == "<ul><li>a &lt; b</li></ul>"
    assert "a &lt; b" in warning("a < b")
    folded_part = folded("a < b", paragraph("c"))
    assert folded_part == "<details><summary>a &lt; b</summary><p>c</p></details>"


def test_a_link_leads_to_a_file_beside_the_page_and_is_escaped():
    assert link("a/b.html", "5 < 6") == '<p><a href="a/b.html">5 &lt; 6</a></p>'
