"""The tree holds what belongs to everybody, and nothing of one machine."""

from __future__ import annotations

import re
from pathlib import Path

# Written in pieces, so that this file does not hold what it looks for.
MACHINE_PATHS = re.compile(r"(?<![\w.~-])/(?:" + "|".join(["work/", "root/", r"home/\w+/"]) + ")")
BINARY = {".gz", ".npz", ".png", ".jpg", ".gif", ".ico", ".pt"}
LARGEST = 3_500_000
LONGEST = 400
"""Lines of a module; one idea seldom needs 300."""


def test_no_file_names_a_path_of_one_machine(tracked: list[Path], root: Path):
    found = []
    for file in tracked:
        if file.suffix in BINARY or file == Path(__file__).resolve():
            continue
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            if MACHINE_PATHS.search(line):
                found.append(f"{file.relative_to(root)}:{number}: {line.strip()}")
    assert found == []


def test_no_file_is_large(tracked: list[Path], root: Path):
    large = [str(f.relative_to(root)) for f in tracked if f.stat().st_size > LARGEST]
    assert large == []


def test_modules_stay_readable(root: Path):
    long = {
        str(file.relative_to(root)): lines
        for file in (root / "src").rglob("*.py")
        if (lines := len(file.read_text(encoding="utf-8").splitlines())) > LONGEST
    }
    assert long == {}


def test_links_at_the_top_lead_into_the_package(root: Path):
    for link, target in (("napari.yaml", "napari.yaml"), ("sample_data", "data")):
        assert (root / link).resolve() == (root / "src" / "napari_lesion_synth" / target).resolve()
