"""The pictures of the tour are taken from the program itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.gui


def test_the_first_lesion_is_photographed(root: Path, tmp_path: Path):
    command = [sys.executable, "-m", "docs.screenshots", "--out", str(tmp_path)]
    done = subprocess.run(
        [*command, "--only", "sample", "--only", "rim"],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for name in ("sample", "rim"):
        picture = Image.open(tmp_path / f"workbench-{name}.png").convert("L")
        assert min(picture.size) > 300
        assert np.asarray(picture).std() > 20


def test_a_name_that_there_is_not_is_refused(root: Path, tmp_path: Path):
    command = [sys.executable, "-m", "docs.screenshots", "--out", str(tmp_path), "--only", "no"]
    done = subprocess.run(
        command, cwd=root, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode != 0
    assert "No such picture: no" in done.stdout + done.stderr
