"""The detector's nets learn: what they find, how they go on, what they keep."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from scipy import ndimage

from napari_lesion_synth import files
from napari_lesion_synth.detection.candidate_learner import CandidateLearner
from napari_lesion_synth.detection.net_file import load_net
from napari_lesion_synth.detection.net_learner import Plan
from napari_lesion_synth.detection.nets.registry import spec_of
from napari_lesion_synth.detection.slice_batch import SliceBatch
from napari_lesion_synth.detection.verifier_learner import CropBatch, VerifierLearner
from napari_lesion_synth.errors import TrainingError
from napari_lesion_synth.events import Done, Event, Log, Metric, Stopped, StopToken
from napari_lesion_synth.training.device import Compute, choose_compute
from napari_lesion_synth.training.loop import Schedule, learn
from napari_lesion_synth.training.run_folder import RESUME

PLAIN = Compute(torch.device("cpu"), None, False, 1)
FAST = choose_compute("cpu", 1)
SMALL = spec_of("candidate", "small", 8)
TINY = spec_of("candidate", "small", 4)
CENTERS = ((20, 18, 4.0), (42, 47, 6.5))


class TwoLesions:
    """Slices of 64 x 64 with a small and a larger dark disc in noise."""

    def __init__(self, count: int = 2, broken_at: int = 0) -> None:
        self.count, self.broken_at = count, broken_at

    def batch(self, step: int) -> SliceBatch:
        noise = torch.Generator().manual_seed(step)
        y, x = torch.meshgrid(torch.arange(64.0), torch.arange(64.0), indexing="ij")
        target = torch.zeros(64, 64)
        for row, column, radius in CENTERS:
            target[(y - row) ** 2 + (x - column) ** 2 <= radius**2] = 1
        image = torch.zeros(self.count, 4, 64, 64)
        image[:, :3] = 0.3 * torch.randn(self.count, 3, 64, 64, generator=noise) - target
        image[:, 3] = 0.5
        if step == self.broken_at:
            image[0, 0, 0, 0] = torch.nan
        marked = target.expand(self.count, 1, 64, 64).contiguous()
        return SliceBatch(image, marked, torch.ones_like(marked))


class Volumes:
    """A dark ball in each of two volumes."""

    def batch(self, step: int) -> SliceBatch:
        noise = torch.Generator().manual_seed(step)
        grid = torch.meshgrid(*[torch.arange(float(n)) for n in (16, 32, 32)], indexing="ij")
        ball = ((grid[0] - 8) ** 2 + (grid[1] - 16) ** 2 + (grid[2] - 14) ** 2 <= 25).float()
        image = torch.zeros(2, 2, 16, 32, 32)
        image[:, 0] = 0.3 * torch.randn(2, 16, 32, 32, generator=noise) - ball
        marked = ball.expand(2, 1, 16, 32, 32).contiguous()
        return SliceBatch(image, marked, torch.ones_like(marked))


class Crops:
    """Crops of which each other one has a dark middle."""

    def __init__(self, *size: int, count: int = 8) -> None:
        self.size, self.count = size, count

    def batch(self, step: int) -> CropBatch:
        noise = torch.Generator().manual_seed(step)
        labels = (torch.arange(self.count) % 2).float()
        crops = 0.3 * torch.randn(self.count, 6, *self.size, generator=noise)
        middle = tuple(slice(n // 2 - 3, n // 2 + 3) for n in self.size)
        crops[(slice(None), 0, *middle)] -= labels.view(-1, *[1] * len(self.size))
        return CropBatch(crops, labels, torch.ones(self.count))


def train(learner, folder: Path, schedule: Schedule, token: StopToken | None = None) -> list[Event]:
    stream = learn(
        learner, folder, schedule, token or StopToken(),
        job="net", product="net.pt", facts={"seed": 0},
    )  # fmt: skip
    return list(stream)


def losses(events: list[Event], name: str = "loss/bce") -> list[float]:
    return [event.value for event in events if isinstance(event, Metric) and event.name == name]


def found(folder: Path, batch: SliceBatch) -> list[tuple[float, ...]]:
    """Centres of what the product marks in the first example, after 0.5."""
    with torch.inference_mode():
        marked = load_net(folder / "net.pt").net()(batch.image)[0, 0] > 0
    labels, count = ndimage.label(marked.numpy())
    return sorted(ndimage.center_of_mass(labels > 0, labels, range(1, count + 1)))


def same(first: Mapping[str, torch.Tensor], second: Mapping[str, torch.Tensor]) -> bool:
    return all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize("compute", [PLAIN, FAST], ids=["float32", "what this CPU does best"])
def test_a_tiny_net_learns_two_lesions_and_finds_them_and_nothing_else(tmp_path, compute):
    plan = Plan(80, rate=4e-3, warm_up=5, mean=0.9)
    events = train(CandidateLearner(SMALL, TwoLesions(), plan, compute), tmp_path, Schedule(80))
    told = losses(events)
    assert told[-1] < told[0] / 5
    assert losses(events, "loss/dice")[-1] < 0.2
    places = found(tmp_path, TwoLesions().batch(1000))
    assert len(places) == len(CENTERS)
    for place, (row, column, _) in zip(places, CENTERS, strict=True):
        assert place == pytest.approx((row, column), abs=1.5)


def test_the_same_learner_teaches_the_single_stage(tmp_path):
    plan = Plan(50, rate=4e-3, warm_up=5, mean=0.9)
    learner = CandidateLearner(spec_of("single", width=4), Volumes(), plan, FAST)
    train(learner, tmp_path, Schedule(50))
    places = found(tmp_path, Volumes().batch(1000))
    assert len(places) == 1
    assert places[0] == pytest.approx((8, 16, 14), abs=1.5)


@pytest.mark.parametrize(("dims", "size"), [(3, (16, 32, 32)), (2, (48, 48))])
def test_a_verifier_learns_to_tell_lesions_from_others(tmp_path, dims, size):
    spec = spec_of("verifier", width=4, dims=dims)
    plan = Plan(60, rate=4e-3, warm_up=5, mean=0.9)
    events = train(VerifierLearner(spec, Crops(*size), plan, FAST), tmp_path, Schedule(60))
    assert losses(events)[-1] < losses(events)[0] / 3
    unseen = Crops(*size, count=16).batch(1000)
    with torch.inference_mode():
        verdicts = load_net(tmp_path / "net.pt").net()(unseen.crops) > 0
    assert torch.equal(verdicts, unseen.labels > 0)


@pytest.mark.parametrize("compute", [PLAIN, FAST], ids=["float32", "what this CPU does best"])
@pytest.mark.parametrize("stop_after", [1, 7, 11])
def test_one_that_was_stopped_ends_with_the_same_weights(tmp_path, stop_after, compute):
    def learner() -> CandidateLearner:
        validate = Scores([0.2, 0.5, 0.4])
        return CandidateLearner(TINY, TwoLesions(), Plan(12), compute, validate)

    whole, halves = tmp_path / "whole", tmp_path / "halves"
    once = learner()
    train(once, whole, Schedule(12, look_every=4))
    token, first, again = StopToken(), learner(), learner()
    step = first.step

    def stopping(number):
        if number == stop_after:
            token.stop()
        return step(number)

    first.step = stopping
    with pytest.raises(Stopped):
        train(first, halves, Schedule(12, look_every=4, save_seconds=1e9), token)
    again.validate.next = stop_after // 4
    train(again, halves, Schedule(12, look_every=4))
    assert same(once.net.state_dict(), again.net.state_dict())
    assert same(once.mean.state_dict(), again.mean.state_dict())
    assert same(load_net(whole / "net.pt").tensors, load_net(halves / "net.pt").tensors)
    assert load_net(halves / "net.pt").facts["steps"] == 8


def test_a_kill_while_the_state_is_written_leaves_the_one_before(tmp_path, monkeypatch):
    class Killed(BaseException):
        """The power goes."""

    learner = CandidateLearner(TINY, TwoLesions(), Plan(8), PLAIN)
    whole = tmp_path / "whole"
    train(CandidateLearner(TINY, TwoLesions(), Plan(8), PLAIN), whole, Schedule(8))
    real, state = files.os.fsync, tmp_path / "run" / RESUME

    def dies(descriptor):
        if learner.done == 5:
            files.os.ftruncate(descriptor, 1000)
            raise Killed
        real(descriptor)

    monkeypatch.setattr(files.os, "fsync", dies)
    with pytest.raises(Killed):
        train(learner, state.parent, Schedule(8, save_seconds=0.0))
    monkeypatch.undo()
    assert torch.load(state, weights_only=True)["step"] == 4
    again = CandidateLearner(TINY, TwoLesions(), Plan(8), PLAIN)
    events = train(again, state.parent, Schedule(8))
    assert Log("going on after step 4") in events
    assert same(load_net(whole / "net.pt").tensors, load_net(state.parent / "net.pt").tensors)


def test_a_number_that_is_none_ends_it_with_the_last_good_weights(tmp_path):
    learner = CandidateLearner(TINY, TwoLesions(broken_at=4), Plan(8), PLAIN)
    with pytest.raises(TrainingError, match=r"step 4 .*step 3 are kept"):
        train(learner, tmp_path, Schedule(8, save_seconds=0.0))
    product = load_net(tmp_path / "net.pt")
    assert product.facts["steps"] == 3
    assert all(torch.isfinite(weight).all() for weight in product.tensors.values())


class Scarce(CandidateLearner):
    """On a GPU that holds two examples."""

    def losses(self, part):
        if len(part["image"]) > 2:
            raise torch.cuda.OutOfMemoryError("full")
        return super().losses(part)


class Scarcer(CandidateLearner):
    """On a GPU that holds none."""

    def losses(self, part):
        raise torch.cuda.OutOfMemoryError("full")


def test_a_full_gpu_takes_the_batch_in_parts_and_learns_nearly_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: (2**29, 2**33))
    learner = Scarce(TINY, TwoLesions(6), Plan(3), PLAIN)
    events = train(learner, tmp_path / "scarce", Schedule(3, report_every=1))
    assert learner.parts == 4
    assert len([e for e in events if isinstance(e, Log) and "halved" in e.text]) == 2
    plenty = CandidateLearner(TINY, TwoLesions(6), Plan(3), PLAIN)
    others = train(plenty, tmp_path / "plenty", Schedule(3, report_every=1))
    assert losses(events) == pytest.approx(losses(others), rel=1e-3)
    again = Scarce(TINY, TwoLesions(6), Plan(6), PLAIN)
    train(again, tmp_path / "scarce", Schedule(6))
    assert again.parts == 4


def test_a_gpu_too_small_for_one_example_ends_it(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: (2**29, 2**33))
    with pytest.raises(TrainingError, match="does not suffice"):
        train(Scarcer(TINY, TwoLesions(), Plan(3), PLAIN), tmp_path, Schedule(3))


class Scores:
    """Tells these scores, one a look."""

    def __init__(self, scores: list[float]) -> None:
        self.scores, self.next = scores, 0
        self.seen: list[dict[str, torch.Tensor]] = []

    def __call__(self, net: torch.nn.Module) -> Mapping[str, float]:
        assert not net.training
        self.seen.append({name: weight.clone() for name, weight in net.state_dict().items()})
        self.next += 1
        return {"score": self.scores[self.next - 1], "alarms": 0.25}


def test_the_best_running_mean_is_the_product_and_not_the_last(tmp_path):
    scores = Scores([0.3, 0.6, 0.5, 0.55])
    learner = CandidateLearner(TINY, TwoLesions(), Plan(8), PLAIN, scores, {"fold": "a"})
    events = train(learner, tmp_path, Schedule(8, look_every=2))
    product = load_net(tmp_path / "net.pt")
    assert product.facts == {"fold": "a", "steps": 4}
    assert product.spec == TINY
    assert same(product.tensors, scores.seen[1])
    assert not same(product.tensors, scores.seen[3])
    assert losses(events, "validation/score") == scores.scores
    assert losses(events, "validation/alarms") == [0.25] * 4


def test_of_equal_scores_the_later_weights_are_the_product(tmp_path):
    scores = Scores([0.0, 0.0, 1.0, 1.0])
    learner = CandidateLearner(TINY, TwoLesions(), Plan(8), PLAIN, scores)
    train(learner, tmp_path, Schedule(8, look_every=2))
    assert load_net(tmp_path / "net.pt").facts["steps"] == 8
    assert learner.idle == 1


def test_it_ends_when_the_validation_gains_no_more(tmp_path):
    scores = Scores([0.3, 0.6, 0.5, 0.55, 0.9])
    learner = CandidateLearner(TINY, TwoLesions(), Plan(100, patience=2), PLAIN, scores)
    events = train(learner, tmp_path, Schedule(100, look_every=2))
    assert learner.done == 8
    assert isinstance(events[-1], Done)
    assert events[-1].result["steps"] == 8
    assert load_net(tmp_path / "net.pt").facts["steps"] == 4
    again = CandidateLearner(TINY, TwoLesions(), Plan(100, patience=2), PLAIN, scores)
    events = train(again, tmp_path, Schedule(100, look_every=2))
    assert again.done == 8
    assert any("did not help" in event.text for event in events if isinstance(event, Log))


def test_without_patience_all_steps_are_done(tmp_path):
    learner = CandidateLearner(TINY, TwoLesions(), Plan(6), PLAIN, Scores([0.5] * 6))
    train(learner, tmp_path, Schedule(6, look_every=1))
    assert learner.done == 6


def test_a_validation_without_a_score_is_a_mistake_of_the_program(tmp_path):
    learner = CandidateLearner(TINY, TwoLesions(), Plan(1), PLAIN, lambda net: {"loss": 1.0})
    with pytest.raises(ValueError, match="score"):
        train(learner, tmp_path, Schedule(1))


def test_learning_leaves_the_global_generator_alone(tmp_path):
    before = torch.random.get_rng_state()
    for learner in (
        CandidateLearner(TINY, TwoLesions(), Plan(2), PLAIN),
        VerifierLearner(spec_of("verifier", width=4), Crops(16, 32, 32), Plan(2), PLAIN),
    ):
        train(learner, tmp_path / learner.spec.role, Schedule(2))
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA GPU here")
@pytest.mark.parametrize("half", [torch.bfloat16, torch.float16, None])
def test_on_a_gpu_it_finds_the_two_lesions_too(tmp_path, half):
    compute = Compute(torch.device("cuda"), half, True, 1)
    plan = Plan(80, rate=4e-3, warm_up=5, mean=0.9)
    learner = CandidateLearner(SMALL, TwoLesions(), plan, compute)
    train(learner, tmp_path, Schedule(80))
    assert len(found(tmp_path, TwoLesions().batch(1000))) == len(CENTERS)
