"""Programs of others, in real processes."""

from __future__ import annotations

import sys
import threading
from contextlib import closing

import psutil
import pytest

from napari_lesion_synth.errors import LesionSynthError
from napari_lesion_synth.events import Stopped, StopToken
from napari_lesion_synth.jobs.program import run_program

FAMILY = """
import subprocess, sys, time
{ignore}
child = subprocess.Popen([sys.executable, "-c", "{ignore}import time; time.sleep(600)"])
print("child", child.pid, flush=True)
time.sleep({seconds})
"""
IGNORE = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); "

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals of another kind")


def python(code):
    return [sys.executable, "-c", code]


def whole(program):
    lines = []
    while True:
        try:
            lines.append(next(program))
        except StopIteration as stopped:
            return lines, stopped.value


def test_lines_bars_and_the_end_are_told(tmp_path):
    code = r"""
import sys
print("first")
print("  50%|x|\r 100%|xx|", end="", file=sys.stderr)
print("\n\nänd", end="")
sys.exit(3)
"""
    lines, ended = whole(run_program(python(code), tmp_path, StopToken()))
    assert sorted(lines) == sorted(["first", "50%|x|", "100%|xx|", "änd"])
    assert ended.code == 3
    assert ended.last_line in ("änd", "100%|xx|")


def test_lines_come_while_the_program_runs(tmp_path):
    code = "import time; print('hello'); time.sleep(600)"
    with closing(run_program(python(code), tmp_path, StopToken())) as program:
        assert next(program) == "hello"


def test_it_works_in_the_folder_and_gets_no_input(tmp_path):
    code = "import os, sys; print(os.getcwd()); print(repr(sys.stdin.read()))"
    lines, ended = whole(run_program(python(code), tmp_path, StopToken()))
    assert lines == [str(tmp_path), "''"]
    assert ended.code == 0


def test_only_the_last_of_what_was_said_is_kept(tmp_path):
    _, ended = whole(
        run_program(python("print('x' * 100_000); print('end')"), tmp_path, StopToken())
    )
    assert len(ended.tail) == 4000
    assert ended.last_line == "end"


def test_a_program_that_is_not_there_is_named(tmp_path):
    with pytest.raises(LesionSynthError, match="could not be started") as caught:
        whole(run_program(["/no/such/program"], tmp_path, StopToken()))
    assert caught.value.where == "/no/such/program"


@posix
@pytest.mark.parametrize("ignore", ["", IGNORE])
def test_a_stop_ends_the_whole_family_even_if_it_will_not(tmp_path, ignore):
    token = StopToken()
    program = run_program(python(FAMILY.format(ignore=ignore, seconds=600)), tmp_path, token)
    child = psutil.Process(int(next(program).split()[1]))
    parent = child.parent()
    token.stop()
    with pytest.raises(Stopped):
        next(program)
    _, alive = psutil.wait_procs([child, parent], timeout=120)
    assert alive == []


@posix
def test_a_closed_generator_ends_the_program(tmp_path):
    program = run_program(python(FAMILY.format(ignore="", seconds=600)), tmp_path, StopToken())
    child = psutil.Process(int(next(program).split()[1]))
    program.close()
    _, alive = psutil.wait_procs([child], timeout=120)
    assert alive == []


@posix
def test_a_child_left_behind_does_not_keep_anyone_waiting(tmp_path):
    program = run_program(python(FAMILY.format(ignore="", seconds=0)), tmp_path, StopToken())
    child = psutil.Process(int(next(program).split()[1]))
    lines, ended = whole(program)
    assert (lines, ended.code) == ([], 0)
    _, alive = psutil.wait_procs([child], timeout=120)
    assert alive == []


def test_a_stop_is_heard_while_the_program_says_nothing(tmp_path):
    token = StopToken()
    timer = threading.Timer(0.5, token.stop)
    timer.start()
    with pytest.raises(Stopped):
        whole(run_program(python("import time; time.sleep(600)"), tmp_path, token))
    timer.join()
