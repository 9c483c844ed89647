"""One HTML page that opens offline: text, tables and pictures in a single file."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from string import Template

from napari_lesion_synth.dataset.drawing import data_uri

__all__ = [
    "DISCLAIMER",
    "Section",
    "bullets",
    "drawing",
    "figure",
    "folded",
    "link",
    "page",
    "paragraph",
    "preformatted",
    "table",
    "warning",
]

DISCLAIMER = "The lesions on this page are synthetic. For research; not a medical device."

_PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
:root { color-scheme: light dark; --ink: #1d1f23; --paper: #fff; --quiet: #5c636d;
        --line: #d9dce1; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e7e9ec; --paper: #16181b; --quiet: #a2a8b1; --line: #363a41; }
}
body { font: 16px/1.55 system-ui, sans-serif; color: var(--ink); background: var(--paper);
       max-width: 100rem; margin: 2rem auto; padding: 0 1.5rem; }
h1 { font-size: 1.7rem; margin-bottom: .2rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
p { max-width: 46rem; } .quiet, figcaption { color: var(--quiet); }
.mark { border-left: 4px solid #d97706; padding: .3rem .9rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .93rem; }
th, td { padding: .3rem .8rem; border-bottom: 1px solid var(--line); text-align: right; }
td { white-space: nowrap; }
th:first-child, td:first-child, .words { text-align: left; }
td.words { white-space: normal; min-width: 9rem; }
li { max-width: 46rem; margin: .3rem 0; } details { margin: 1rem 0; }
.scroll { overflow-x: auto; } figure { margin: 1rem 0; }
img, svg { max-width: 100%; height: auto; }
pre { overflow-x: auto; background: rgba(127,127,127,.13); padding: .8rem 1rem;
      border-radius: 4px; }
</style>
</head>
<body>
<h1>$title</h1>
<p class="quiet">$lead</p>
<p class="mark"><strong>$disclaimer</strong></p>
$body
</body>
</html>
""")


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and the HTML below it, from the makers in this module."""

    title: str
    parts: tuple[str, ...]


def paragraph(text: str) -> str:
    """Plain text as a paragraph."""
    return f"<p>{escape(text)}</p>"


def link(path: str, text: str) -> str:
    """A way to a file beside the page, relative to it; what a page needs is in it all the same."""
    return f'<p><a href="{escape(path)}">{escape(text)}</a></p>'


def preformatted(text: str) -> str:
    """Text as it stands, for commands."""
    return f"<pre>{escape(text)}</pre>"


def warning(text: str) -> str:
    """A paragraph that stands out, for what must not be overlooked."""
    return f'<p class="mark"><strong>{escape(text)}</strong></p>'


def bullets(texts: Sequence[str]) -> str:
    """A list of sentences."""
    return f"<ul>{''.join(f'<li>{escape(text)}</li>' for text in texts)}</ul>"


def folded(title: str, html: str) -> str:
    """HTML from the makers in this module that shows when its title is clicked."""
    return f"<details><summary>{escape(title)}</summary>{html}</details>"


def table(rows: Sequence[Mapping[str, object]], words: Collection[str] = ()) -> str:
    """Rows with the same keys as a table; the first column is the row's name.

    Parameters
    ----------
    rows : sequence of mapping
        Columns in the order of the first row's keys.
    words : collection of str
        Columns that hold words, which begin at the left.
    """
    if not rows:
        return paragraph("none")
    head = "".join(f"<th{_kind(key, words)}>{escape(str(key))}</th>" for key in rows[0])
    body = "".join(
        "<tr>"
        + "".join(
            f"<td{_kind(key, words)}>{escape(_cell(value))}</td>" for key, value in row.items()
        )
        + "</tr>"
        for row in rows
    )
    return f'<div class="scroll"><table><tr>{head}</tr>{body}</table></div>'


def figure(png: bytes, caption: str) -> str:
    """A PNG file inside the page, with its caption as the alternative text too."""
    words = escape(caption)
    return (
        f'<figure><img src="{data_uri(png)}" alt="{words}">'
        f"<figcaption>{words}</figcaption></figure>"
    )


def drawing(svg: str, caption: str) -> str:
    """An ``<svg>`` element inside the page, as it is, with its caption."""
    return f"<figure>{svg}<figcaption>{escape(caption)}</figcaption></figure>"


def page(title: str, lead: str, sections: Sequence[Section], disclaimer: str = DISCLAIMER) -> str:
    """The whole page. It refers to nothing outside itself."""
    body = "\n".join(
        f"<section><h2>{escape(section.title)}</h2>\n{chr(10).join(section.parts)}</section>"
        for section in sections
    )
    return _PAGE.substitute(
        title=escape(title), lead=escape(lead), disclaimer=escape(disclaimer), body=body
    )


def _kind(key: str, words: Collection[str]) -> str:
    return ' class="words"' if key in words else ""


def _cell(value: object) -> str:
    return f"{value:.1f}" if isinstance(value, float) else str(value)
