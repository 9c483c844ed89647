"""Events as text with a progress bar, or as JSON lines; errors and signals as exit codes."""

from __future__ import annotations

import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import (
    Progress as Bar,
)

from napari_lesion_synth.cli.tables import shown_results
from napari_lesion_synth.errors import LesionSynthError, LesionSynthWarning, ParameterError
from napari_lesion_synth.events import (
    Artifact,
    Done,
    Event,
    EventStream,
    Failed,
    Log,
    Metric,
    Progress,
    Started,
    Stopped,
    StopToken,
    to_json,
)
from napari_lesion_synth.faults import fault_words, faults_of

__all__ = ["DONE", "FAILED", "STOPPED", "USAGE", "perform"]

DONE, FAILED, USAGE, STOPPED = 0, 1, 2, 130
"""Exit codes: done, failed on the work, bad usage, stopped by Ctrl+C."""

_OPTIONS = {
    "contrasts_hu": "--contrasts",
    "depth_edges_mm": "--depths",
    "diameter_mm": "--diameter",
    "diameters_mm": "--diameters",
    "limits_hu": "--simulate",
    "methods": "--method",
}
"""Options of settings that go by a longer name."""

Show = Callable[[Event], None]


def perform(job: Callable[[StopToken], EventStream], *, as_json: bool) -> None:
    """Run a job and tell what it does; ends the command with the exit code that fits.

    Parameters
    ----------
    job : callable
        Makes the stream of events from a stop token. It may raise too.
    as_json : bool
        One JSON object a line on standard output, and nothing else there.

    Raises
    ------
    typer.Exit
        With an exit code other than 0, if the job was not done.
    """
    token = StopToken()
    with _console(as_json=as_json) as show, _warnings_as_logs(show), _stop_on_signals(token, show):
        code = _consume(job, token, show)
    if code != DONE:
        raise typer.Exit(code)


def _consume(job: Callable[[StopToken], EventStream], token: StopToken, show: Show) -> int:
    try:
        for event in job(token):
            show(event)
    except LesionSynthError as error:
        show(Failed(error.what, error.where, error.remedy))
        return USAGE if isinstance(error, ParameterError) else FAILED
    except ValidationError as error:
        show(Failed(_faults(error), remedy="See --help"))
        return USAGE
    except (Stopped, KeyboardInterrupt):
        show(Failed("stopped before the end", remedy="The same command goes on from there"))
        return STOPPED
    except MemoryError:
        show(Failed("memory is short", remedy="Use fewer --workers, or a machine with more of it"))
        return FAILED
    return DONE


def _faults(error: ValidationError) -> str:
    """What a parameter model did not like, in one sentence."""
    texts = []
    for fault in faults_of(error):
        place, words = _option(fault["loc"]), fault_words(fault)
        texts.append(f"{place}: {words}" if place else words)
    return "; ".join(texts)


def _option(place: Sequence[str | int]) -> str:
    """The option that gave a setting; a number among several is part of one option."""
    names = [str(part) for part in place if not isinstance(part, int)]
    if len(names) != 1:
        return ".".join(names)
    return _OPTIONS.get(names[0], f"--{names[0].replace('_', '-')}")


@contextmanager
def _console(*, as_json: bool) -> Iterator[Show]:
    if as_json:
        yield _show_json
        return
    bar = Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
    with bar:
        yield _Terminal(bar).show


def _show_json(event: Event) -> None:
    sys.stdout.write(to_json(event) + "\n")
    sys.stdout.flush()


class _Terminal:
    """Events on a terminal: the bar and messages on standard error, results on standard output."""

    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self._task = bar.add_task("", total=None, visible=False)
        self._job = ""

    def show(self, event: Event) -> None:
        """Print one event."""
        match event:
            case Started(job=job, total=total):
                self._job = job
                self._bar.update(
                    self._task, description=job, total=total or None, visible=total > 0
                )
            case Progress(done=done, total=total, text=text):
                words = f"{self._job}: {text}" if text else self._job
                self._bar.update(
                    self._task, completed=done, total=total, description=words, visible=True
                )
            case Log(text=text, level=level):
                self._say(text, "yellow" if level == "warning" else "")
            case Metric(name=name, value=value, step=step):
                self._say(f"{name} {value:g} (step {step})")
            case Artifact(role=role, path=path):
                self._say(f"{role}: {path}")
            case Failed():
                self._bar.stop()
                self._say(_error_text(event), "red")
            case Done(result=result):
                self._bar.stop()
                shown = Console(file=sys.stdout, highlight=False, markup=False, soft_wrap=True)
                for part in shown_results(result):
                    shown.print(part)

    def _say(self, text: str, style: str = "") -> None:
        shown = escape(text)
        console = self._bar.console
        console.print(f"[{style}]{shown}[/]" if style else shown, highlight=False, soft_wrap=True)


def _error_text(event: Failed) -> str:
    place = f"{event.where}: " if event.where else ""
    advice = f"\n{event.remedy}." if event.remedy else ""
    return f"error: {place}{event.what}.{advice}"


@contextmanager
def _warnings_as_logs(show: Show) -> Iterator[None]:
    """The project's own warnings are for whoever waits; others take their usual way."""
    usual = warnings.showwarning

    def tell(message: Warning | str, category: type[Warning], *place: Any, **more: Any) -> None:
        if issubclass(category, LesionSynthWarning):
            show(Log(str(message), "warning"))
        else:
            usual(message, category, *place, **more)

    with warnings.catch_warnings():
        warnings.simplefilter("always", LesionSynthWarning)
        warnings.showwarning = tell
        yield


@contextmanager
def _stop_on_signals(token: StopToken, show: Show) -> Iterator[None]:
    """The first Ctrl+C asks the job to stop at its next step, the second one ends it at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    wanted = [signal.SIGINT, signal.SIGTERM]
    before = {number: signal.getsignal(number) for number in wanted}

    def ask(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        token.stop()
        show(Log("stopping at the next step; press Ctrl+C again to end at once", "warning"))
        signal.signal(number, before[signal.Signals(number)] or signal.SIG_DFL)

    for number in wanted:
        signal.signal(number, ask)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)
