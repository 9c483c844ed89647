"""A file that one process claims."""

from __future__ import annotations

import subprocess
import sys

from napari_lesion_synth.locks import claim

HOLD = """
import sys
from pathlib import Path
from napari_lesion_synth.locks import claim
file = Path(sys.argv[1]).open("ab")
print(claim(file), flush=True)
sys.stdin.read()
"""


def test_a_claimed_file_is_nobody_elses_until_it_is_closed(tmp_path):
    path = tmp_path / "lock"
    with path.open("ab") as first, path.open("ab") as second:
        assert claim(first)
        assert not claim(second)
        first.close()
        assert claim(second)


def test_a_dead_process_claims_nothing(tmp_path):
    path = tmp_path / "lock"
    with (
        subprocess.Popen(
            [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as holder,
        path.open("ab") as file,
    ):
        assert holder.stdout.readline().strip() == b"True"
        assert not claim(file)
        holder.kill()
        holder.wait()
        assert claim(file)
