"""Several trainings told as one."""

from __future__ import annotations

from napari_lesion_synth.detection.stages import stage
from napari_lesion_synth.events import Artifact, Done, Log, Metric, Progress, Started


def training(*steps):
    yield Started("train", steps[-1])
    for step in steps:
        yield Metric("loss/bce", 1 / step, step)
        yield Progress(step, steps[-1], f"step {step}")
    yield Log("that was it")
    yield Done({"product": "net.pt"})


def pictures(step):
    yield Artifact("batch", f"{step}.png")


def test_its_steps_are_counted_after_those_before_and_its_numbers_bear_its_name():
    told = list(stage(training(10, 20), "verifier", 100, 120))
    assert told == [
        Metric("verifier/loss/bce", 0.1, 10),
        Progress(110, 120, "verifier: step 10"),
        Metric("verifier/loss/bce", 0.05, 20),
        Progress(120, 120, "verifier: step 20"),
        Log("that was it"),
    ]


def test_pictures_are_made_once_after_each_look():
    told = list(stage(training(10, 20, 30, 40, 50), "a", 0, 50, looked=pictures, every=25))
    assert [e.path for e in told if isinstance(e, Artifact)] == ["30.png", "50.png"]
    order = [e for e in told if isinstance(e, Artifact | Progress)]
    assert isinstance(order[order.index(Artifact("batch", "30.png")) - 1], Progress)


def test_without_looks_there_are_no_pictures():
    told = list(stage(training(10, 20), "a", 0, 20, looked=pictures))
    assert not any(isinstance(event, Artifact) for event in told)


def test_a_stage_that_nobody_listens_to_any_more_ends_its_training():
    ended = []

    def watched():
        try:
            yield from training(10, 20)
        finally:
            ended.append(True)

    running = watched()
    told = stage(running, "a", 0, 20)
    next(told)
    told.close()
    assert ended == [True]
