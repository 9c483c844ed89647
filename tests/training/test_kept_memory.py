"""What a process frees stays with it, where the allocator can be asked for that."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

from napari_lesion_synth.training import kept_memory
from napari_lesion_synth.training.kept_memory import keep_memory

GLIBC = platform.libc_ver()[0] == "glibc"

FAULTS = """
import resource, sys, threading
from napari_lesion_synth.training.kept_memory import keep_memory
import numpy as np

def steps(count):
    for _ in range(count):
        np.ones((8, 1024, 1024), np.float32)  # 32 MiB, freed at once

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

def work():
    if sys.argv[1] == "keep":
        assert keep_memory()
    steps(3)
    before = faults()
    steps(20)
    print(faults() - before)

if sys.argv[2] == "thread":
    other = threading.Thread(target=work)
    other.start()
    other.join()
else:
    work()
"""


def faults(*asked: str) -> int:
    """Pages that the system had to clear for 20 equal steps, as on a Dask worker."""
    done = subprocess.run(
        [sys.executable, "-c", FAULTS, *asked],
        env={**os.environ, "MALLOC_TRIM_THRESHOLD_": "65536"},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return int(done.stdout)


@pytest.mark.skipif(not GLIBC, reason="another allocator than glibc's")
@pytest.mark.parametrize("where", ["main", "thread"])
def test_equal_steps_need_no_new_pages(where):
    assert faults("give back", where) > 5 * faults("keep", where)


def test_elsewhere_nothing_is_asked_for(monkeypatch):
    monkeypatch.setattr(kept_memory.sys, "platform", "darwin")
    assert not keep_memory()


def test_glibc_takes_it_and_no_other_library():
    assert keep_memory() == GLIBC


def test_a_library_without_such_an_allocator_is_left_alone(monkeypatch):
    monkeypatch.setattr(kept_memory.sys, "platform", "linux")
    monkeypatch.setattr(kept_memory.ctypes, "CDLL", lambda _: object())
    assert not keep_memory()
