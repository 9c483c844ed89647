"""A training: its events, its files, and what it does when something goes wrong."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

from napari_lesion_synth.errors import ParameterError, TrainingError
from napari_lesion_synth.events import (
    Artifact,
    Done,
    Event,
    Log,
    Metric,
    Progress,
    Started,
    Stopped,
    StopToken,
)
from napari_lesion_synth.training.loop import Schedule, learn
from napari_lesion_synth.training.run_folder import METRICS_JSONL, RESUME, read_metrics
from napari_lesion_synth.training.seeds import torch_generator


class Line:
    """Learns the slope 3 from noisy points."""

    def __init__(self, broken_at: int = 0, full_until: int = 0, enough: float = 0.0) -> None:
        self.slope = torch.zeros(1)
        self.points = torch_generator(7)
        self.broken_at, self.enough, self.close = broken_at, enough, False
        self.batch, self.fits = 8, 8 >> full_until
        self.steps: list[int] = []

    def step(self, number: int) -> Mapping[str, float]:
        self.steps.append(number)
        if self.batch > self.fits:
            raise torch.cuda.OutOfMemoryError("full")
        x = torch.rand(self.batch, generator=self.points)
        error = self.slope * x - 3 * x
        self.slope = self.slope - 0.5 * (error * x).mean()
        if number == self.broken_at:
            self.slope = self.slope * torch.nan
            return {"fit": float("nan")}
        return {"fit": float((error**2).mean())}

    def state(self) -> dict[str, Any]:
        return {"slope": self.slope, "points": self.points.get_state(), "close": self.close}

    def restore(self, state: dict[str, Any]) -> None:
        self.slope = state["slope"]
        self.points.set_state(state["points"])
        self.close = state["close"]

    def save(self, path: Path) -> None:
        torch.save(self.slope, path)

    def look(self, number: int, folder: Path) -> Iterator[Event]:
        error = float((self.slope - 3).abs())
        self.close = error < self.enough
        yield Metric("held out", error, number)
        yield Artifact("strip", str(folder / f"strip_{number}.png"))

    def shrink(self) -> bool:
        self.batch //= 2
        return self.batch > 0

    def finished(self) -> bool:
        return self.close


FACTS = {"data": "a line", "seed": 7}
ALWAYS = Schedule(40, report_every=10, look_every=20, save_seconds=0.0)


def train(learner, folder, schedule=ALWAYS, token=None, facts=FACTS, **more) -> list[Event]:
    stream = learn(
        learner, folder, schedule, token or StopToken(), job="line", product="line.pt",
        facts=facts, **more,
    )  # fmt: skip
    return list(stream)


def product(folder: Path) -> float:
    return float(torch.load(folder / "line.pt", weights_only=True))


def of(kind: type, events: list[Event]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def test_it_tells_its_start_its_numbers_its_progress_and_its_end(tmp_path):
    events = train(Line(), tmp_path)
    assert events[0] == Started("line", 40)
    assert [event.done for event in of(Progress, events)] == [10, 20, 30, 40]
    losses = [event for event in of(Metric, events) if event.name == "loss/fit"]
    assert [event.step for event in losses] == [10, 20, 30, 40]
    assert losses[-1].value < losses[0].value
    assert [event.step for event in of(Metric, events) if event.name == "held out"] == [20, 40]
    assert len(of(Artifact, events)) == 2
    assert isinstance(events[-1], Done)
    assert events[-1].result["product"] == str(tmp_path / "line.pt")


def test_every_number_is_written_down(tmp_path):
    events = train(Line(), tmp_path)
    assert read_metrics(tmp_path) == of(Metric, events)


@pytest.mark.parametrize("stop_after", [1, 17, 39])
def test_one_that_was_stopped_ends_with_the_same_weights(tmp_path, stop_after):
    whole, halves = tmp_path / "whole", tmp_path / "halves"
    train(Line(), whole)
    token, learner = StopToken(), Line()
    step = learner.step

    def stopping(number):
        if number == stop_after:
            token.stop()
        return step(number)

    learner.step = stopping
    with pytest.raises(Stopped):
        train(learner, halves, Schedule(40, 10, 20, 1e9), token)
    again = Line()
    events = train(again, halves)
    assert again.steps == list(range(stop_after + 1, 41))
    assert any("going on" in event.text for event in of(Log, events))
    assert product(halves) == product(whole)


def test_what_was_reported_after_the_state_is_reported_once(tmp_path):
    killed = learn(
        Line(), tmp_path, Schedule(40, 5, 20, 1e9), StopToken(),
        job="line", product="line.pt", facts=FACTS,
    )  # fmt: skip
    for event in killed:
        if isinstance(event, Progress) and event.done == 15:
            (tmp_path / RESUME).unlink(missing_ok=True)
            killed.close()
    (tmp_path / RESUME).unlink()
    events = train(Line(), tmp_path, Schedule(40, 5, 20, 1e9))
    assert read_metrics(tmp_path) == of(Metric, events)


def test_a_torn_line_of_numbers_is_passed_over(tmp_path):
    train(Line(), tmp_path)
    with (tmp_path / METRICS_JSONL).open("a", encoding="utf-8") as file:
        file.write('{"name": "loss/fit", "val')
    assert len(read_metrics(tmp_path)) == 6


def test_a_finished_one_is_not_trained_again(tmp_path):
    train(Line(), tmp_path)
    again = Line()
    events = train(again, tmp_path)
    assert again.steps == []
    assert isinstance(events[-1], Done)


def test_more_steps_go_on_from_a_finished_one(tmp_path):
    train(Line(), tmp_path)
    again = Line()
    train(again, tmp_path, Schedule(50))
    assert again.steps == list(range(41, 51))


def test_it_ends_before_its_last_step_when_the_learner_has_finished(tmp_path):
    learner = Line(enough=1.0)
    events = train(learner, tmp_path, Schedule(1000, 10, 20))
    assert 0 < learner.steps[-1] < 1000
    assert learner.steps[-1] % 20 == 0
    assert events[-1].result["steps"] == learner.steps[-1]
    assert abs(product(tmp_path) - 3) < 1
    again = Line(enough=1.0)
    events = train(again, tmp_path, Schedule(1000, 10, 20))
    assert again.steps == []
    assert any("did not help" in event.text for event in of(Log, events))


def test_a_folder_of_another_training_is_refused_and_left_alone(tmp_path):
    train(Line(), tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(TrainingError, match=r"another training .*seed"):
        train(Line(), tmp_path, facts={**FACTS, "seed": 8})
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_loss_that_is_no_number_ends_it_with_the_last_good_weights(tmp_path):
    with pytest.raises(TrainingError, match=r"step 30 .*fit.*step 29 are kept"):
        train(Line(broken_at=30), tmp_path)
    good = Line()
    train(good, tmp_path / "good", Schedule(29))
    assert product(tmp_path) == product(tmp_path / "good")


def test_a_state_with_weights_that_are_no_numbers_is_never_kept(tmp_path):
    learner = Line()
    step = learner.step

    def spoils_silently(number):
        losses = step(number)
        if number == 25:
            learner.slope = learner.slope * torch.nan
        return losses

    learner.step = spoils_silently
    with pytest.raises(TrainingError, match=r"step 26 .*step 24 are kept"):
        train(learner, tmp_path)


def test_a_full_gpu_halves_the_batch_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: (2**29, 2**33))
    learner = Line(full_until=2)
    events = train(learner, tmp_path)
    assert learner.batch == 2
    texts = [event.text for event in of(Log, events)]
    assert len([text for text in texts if "0.5 of 8.0 GiB" in text and "halved" in text]) == 2
    assert learner.steps[:4] == [1, 1, 1, 2]


def test_a_gpu_too_small_for_one_lesion_ends_it_with_the_figure(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: (2**29, 2**33))
    with pytest.raises(TrainingError, match=r"0\.5 of 8\.0 GiB"):
        train(Line(full_until=4), tmp_path)


def test_tensorboard_that_is_not_installed_is_named(tmp_path):
    with contextlib.suppress(ImportError):
        import tensorboard  # noqa: F401

        pytest.skip("TensorBoard is installed here")
    with pytest.raises(ParameterError, match="pip install tensorboard"):
        train(Line(), tmp_path, tensorboard=True)


def test_a_training_that_fails_early_keeps_the_weights_of_its_last_look_and_its_numbers(tmp_path):
    rarely = Schedule(40, report_every=10, look_every=20, save_seconds=1e9)
    with pytest.raises(TrainingError, match=r"step 35 .*step 20 are kept"):
        train(Line(broken_at=35), tmp_path, rarely)
    train(Line(), tmp_path / "good", Schedule(20))
    assert product(tmp_path) == product(tmp_path / "good")
    assert [metric.step for metric in read_metrics(tmp_path)] == [10, 20, 20, 30]


@pytest.mark.parametrize("spoilt_at", [40, 50])
def test_a_product_with_weights_that_are_no_numbers_is_never_saved(tmp_path, spoilt_at):
    learner = Line()
    step = learner.step

    def spoils_silently(number):
        losses = step(number)
        if number == spoilt_at:
            learner.slope = learner.slope * torch.nan
        return losses

    learner.step = spoils_silently
    with pytest.raises(TrainingError, match=rf"a weight .*after step {spoilt_at}"):
        train(learner, tmp_path, Schedule(50, look_every=20, save_seconds=1e9))
    train(Line(), tmp_path / "good", Schedule(spoilt_at // 20 * 20 - 20 * (spoilt_at == 40)))
    assert product(tmp_path) == product(tmp_path / "good")


def test_a_second_training_in_the_folder_is_refused_while_the_first_runs(tmp_path):
    first = learn(Line(), tmp_path, ALWAYS, StopToken(), job="line", product="line.pt", facts=FACTS)
    while not isinstance(next(first), Progress):
        pass
    with pytest.raises(TrainingError, match="another process is training"):
        train(Line(), tmp_path)
    first.close()
    assert isinstance(train(Line(), tmp_path)[-1], Done)
