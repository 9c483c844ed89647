"""Looks of a training: whole, or not at all and then made up for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

from napari_lesion_synth.events import Event, Metric, Progress, Stopped, StopToken
from napari_lesion_synth.training.loop import Schedule, learn
from napari_lesion_synth.training.run_folder import read_metrics


class Counter:
    """Counts its steps; its product is where it was looked at."""

    def __init__(self, stop_at: int = 0, token: StopToken | None = None) -> None:
        self.steps: list[int] = []
        self.looks: list[int] = []
        self.stop_at, self.token = stop_at, token

    def step(self, number: int) -> Mapping[str, float]:
        self.steps.append(number)
        return {"fit": 1 / number}

    def state(self) -> dict[str, Any]:
        return {"steps": list(self.steps), "looks": list(self.looks)}

    def restore(self, state: dict[str, Any]) -> None:
        self.steps, self.looks = list(state["steps"]), list(state["looks"])

    def save(self, path: Path) -> None:
        torch.save(self.looks, path)

    def look(self, number: int, folder: Path) -> Iterator[Event]:
        del folder
        if number == self.stop_at:
            assert self.token is not None
            self.token.stop()
            self.token.check()
        self.looks.append(number)
        yield Metric("validation/a", 0.5, number)
        yield Metric("validation/b", 0.5, number)

    def shrink(self) -> bool:
        return False

    def finished(self) -> bool:
        return False


def stream(learner, folder, token=None):
    return learn(
        learner, folder, Schedule(20, 5, 10, 1e9), token or StopToken(),
        job="count", product="count.pt", facts={},
    )  # fmt: skip


def looked(folder):
    return torch.load(folder / "count.pt", weights_only=True)


def validated(folder):
    return [m.step for m in read_metrics(folder) if m.name == "validation/b"]


@pytest.mark.parametrize("stop_at", [10, 20])
def test_a_look_that_was_broken_off_is_made_up_for(tmp_path, stop_at):
    token = StopToken()
    with pytest.raises(Stopped):
        list(stream(Counter(stop_at, token), tmp_path, token))
    again = Counter()
    events = list(stream(again, tmp_path))
    assert again.steps == list(range(1, 21))
    assert looked(tmp_path) == [10, 20]
    assert validated(tmp_path) == [10, 20]
    assert next(e for e in events if isinstance(e, Metric)).step == stop_at


@pytest.mark.parametrize("step", [10, 20])
def test_a_listener_who_leaves_before_a_look_does_not_prevent_it(tmp_path, step):
    running = stream(Counter(), tmp_path)
    for event in running:
        if isinstance(event, Progress) and event.done == step:
            running.close()
    list(stream(Counter(), tmp_path))
    assert looked(tmp_path) == [10, 20]
    assert validated(tmp_path) == [10, 20]


def test_a_listener_who_leaves_in_the_middle_of_its_numbers_has_had_the_whole_look(tmp_path):
    running = stream(Counter(), tmp_path)
    for event in running:
        if isinstance(event, Metric) and event.name == "validation/a":
            running.close()
    list(stream(Counter(), tmp_path))
    assert looked(tmp_path) == [10, 20]
    assert validated(tmp_path) == [10, 20]
