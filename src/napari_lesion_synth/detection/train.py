"""Training a detector: candidates, what they teach, the net that verifies, and the scores."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from napari_lesion_synth.detection.batch_picture import save_picture
from napari_lesion_synth.detection.calibration import Coefficients
from napari_lesion_synth.detection.candidate_learner import CandidateLearner
from napari_lesion_synth.detection.candidates import candidate_heat
from napari_lesion_synth.detection.crop_source import CropSource
from napari_lesion_synth.detection.crops import SHAPES
from napari_lesion_synth.detection.data_settings import DataSettings
from napari_lesion_synth.detection.detector_settings import DetectorSettings
from napari_lesion_synth.detection.exam import CandidateExam, Question, VerifierExam
from napari_lesion_synth.detection.facts import DetectorFacts
from napari_lesion_synth.detection.frame import Frame
from napari_lesion_synth.detection.lessons import Lessons
from napari_lesion_synth.detection.loader import BatchStream
from napari_lesion_synth.detection.mining import MINING, Mined, mine, pooled
from napari_lesion_synth.detection.mixture import mixture_for
from napari_lesion_synth.detection.model import DetectorModel
from napari_lesion_synth.detection.net_file import load_net
from napari_lesion_synth.detection.net_learner import Plan
from napari_lesion_synth.detection.nets.registry import build, compute_for, spec_of
from napari_lesion_synth.detection.nets.spec import NetSpec
from napari_lesion_synth.detection.pool import mine_scenes, scene_count
from napari_lesion_synth.detection.questions import questions_of, words_of
from napari_lesion_synth.detection.scoring import CalibrationBasis, calibrate, figures_of
from napari_lesion_synth.detection.single_stage import WINDOW, sliding_heat
from napari_lesion_synth.detection.stages import stage
from napari_lesion_synth.detection.verifier_learner import VerifierLearner
from napari_lesion_synth.events import (
    Artifact,
    Done,
    Event,
    EventStream,
    Log,
    Metric,
    Progress,
    Started,
    StopToken,
)
from napari_lesion_synth.training.device import Compute, choose_compute, deterministic
from napari_lesion_synth.training.loop import Schedule, learn
from napari_lesion_synth.training.run_folder import RunFolder
from napari_lesion_synth.training.seeds import initial_weights

__all__ = ["DETECTOR_PT", "train_detector"]

DETECTOR_PT = "detector.pt"
"""The product, in the training's folder."""

_JOB = "Train detector"
_SCENES = {2: 400, 3: 80}
_SCORE = 0.5


def train_detector(
    lessons: Lessons,
    settings: DetectorSettings,
    data: DataSettings,
    folder: Path,
    token: StopToken,
) -> EventStream:
    """Train a detector, or go on with a training that was interrupted.

    Parameters
    ----------
    lessons : Lessons
        From what.
    settings : DetectorSettings
        How.
    data : DataSettings
        The mixture.
    folder : Path
        Where its state and its product, ``detector.pt``, are kept.
    token : StopToken
        Checked at every step; the state is kept before the training stops.

    Yields
    ------
    Event
        Log, Started, Progress over all stages, Metric (``candidates/...``, ``verifier/...``),
        Artifact (pictures of batches), Done.

    Raises
    ------
    Stopped
        If the token was set.
    ParameterError
        If the mixture cannot be made or does not fit the kind of detector, there is no such
        device, or a net needs what is not installed.
    TrainingError
        As `training.loop.learn`.
    """
    mixture = mixture_for(lessons.grid.dims, settings, data)
    lessons.materials.check(mixture)
    training = _Training(lessons, settings, mixture, folder, token)
    facts = {**lessons.facts, **training.asked}
    with RunFolder.opened(folder, _JOB, facts), deterministic(settings.deterministic):
        yield from training.run()


_ASIDE = {"device", "threads", "workers", "tensorboard"}
"""Settings that do not change what is learnt."""


class _Training:
    """One training."""

    def __init__(
        self,
        lessons: Lessons,
        settings: DetectorSettings,
        data: DataSettings,
        folder: Path,
        token: StopToken,
    ) -> None:
        self.lessons, self.settings, self.data = lessons, settings, data
        self.folder, self.token = folder, token
        self.dims = lessons.grid.dims
        self.compute = choose_compute(settings.device, settings.threads)
        self.cascade = settings.kind == "cascade"
        self.spec = self._spec()
        with initial_weights(settings.seed):
            build(self.spec)  # what cannot be built is refused before a folder is begun
        self.scenes, second = 0, 0
        if self.cascade:
            asked = settings.scenes or _SCENES[self.dims]
            self.scenes = scene_count(lessons.materials, data, asked)
            second = settings.verifier_steps
        self.total = settings.steps + self.scenes + second
        self.questions: list[Question] = []
        self.basis = CalibrationBasis()

    @property
    def asked(self) -> dict[str, Any]:
        """Settings on which it depends what is learnt, as JSON types."""
        return {
            "settings": self.settings.model_dump(mode="json", exclude=_ASIDE),
            "data": self.data.model_dump(mode="json"),
        }

    def run(self) -> EventStream:
        """All stages."""
        yield Log(f"training on {self.compute.text}; {self._whom()}")
        yield Started(_JOB, self.total)
        self.questions = questions_of(self.lessons, self.settings.seed)
        if self.questions:
            yield Log(words_of(self.questions, self.lessons))
        first = yield from self._first()
        answers = self._answers(first)
        weights, steps = {first.spec.role: first.tensors}, {first.spec.role: _steps(first.facts)}
        specs = [first.spec]
        verifier, own = None, self.compute
        pool: list[Mined] = []
        if self.cascade:
            pool = yield from self._mined(first)
            second = yield from self._second(pool, answers)
            weights["verifier"], steps["verifier"] = second.tensors, _steps(second.facts)
            specs.append(second.spec)
            own = self._own(second.spec)
            verifier = own.place(second.net())
        calibration = calibrate(answers or pool, verifier, own)
        self.basis = CalibrationBasis.of(answers, pool)
        figures = figures_of(answers, verifier, own)
        yield from self._told(figures)
        model = DetectorModel.of(self._facts(tuple(specs), steps, calibration, figures), weights)
        path = self.folder / DETECTOR_PT
        model.save(path)
        yield Progress(self.total, self.total, "finished")
        yield Done({"product": str(path), "id": model.id, **figures})

    def _whom(self) -> str:
        seen = len({host.patient for host in self.lessons.materials.hosts})
        held = len({host.patient for host in self.lessons.exam})
        held_text = f"{held} choose" if held != 1 else "1 chooses"
        return (
            f"{seen} patients train, {held_text}" if seen != 1 else f"1 patient trains, {held_text}"
        )

    # Stages

    def _first(self) -> Generator[Event, None, Any]:
        settings = self.settings
        exam = CandidateExam(self.questions, self._heat) if self.questions else None
        with BatchStream(
            self.lessons.materials, self.data, 1, settings.workers, seed=settings.seed
        ) as source:
            learner = CandidateLearner(
                self.spec, source, self._plan(settings.steps, 1), self.compute, exam
            )

            def looked(step: int) -> Iterator[Artifact]:
                path = self.folder / f"batch_{step:06d}.png"
                save_picture(path, source.batch(step), learner.mean, learner.compute)
                yield Artifact("batch", str(path))

            yield from stage(
                self._learn(learner, "candidates", settings.steps),
                "candidates",
                0,
                self.total,
                looked=looked,
                every=settings.look_every,
            )
            waited, spent = source.waited_s, source.started_s
        if waited or spent:
            yield Log(f"the net waited {waited:.1f} s for examples ({spent:.1f} s for the first)")
        return load_net(self.folder / "candidates" / "candidates.pt")

    def _mined(self, first: Any) -> Generator[Event, None, list[Mined]]:
        net = self._own(first.spec).place(first.net())
        stream = mine_scenes(
            net,
            self._heat,
            self.lessons.materials,
            self.data,
            count=self.scenes,
            seed=self.settings.seed,
            folder=self.folder,
            token=self.token,
        )
        with closing(stream):
            while True:
                try:
                    event = next(stream)
                except StopIteration as end:
                    found: list[Mined] = end.value
                    break
                if isinstance(event, Progress):
                    done = self.settings.steps + event.done
                    yield Progress(done, self.total, event.text)
        real = sum(int((~part.lesion & part.candidates).sum()) for part in found)
        hit = sum(int((part.lesion & part.candidates).sum()) for part in found)
        yield Log(
            f"in {len(found)} scenes with {sum(p.lesions for p in found)} lesions the first net "
            f"has {hit} candidates that are lesions and {real} that are not"
        )
        return found

    def _second(
        self, pool: Sequence[Mined], answers: Sequence[Mined]
    ) -> Generator[Event, None, Any]:
        settings = self.settings
        spec = spec_of("verifier", dims=self.dims)
        exam = VerifierExam(answers, self._own(spec)) if answers else None
        learner = VerifierLearner(
            spec,
            CropSource(pooled(pool), settings.seed),
            self._plan(settings.verifier_steps, 2),
            self.compute,
            exam,
        )
        yield from stage(
            self._learn(learner, "verifier", settings.verifier_steps),
            "verifier",
            settings.steps + self.scenes,
            self.total,
        )
        return load_net(self.folder / "verifier" / "verifier.pt")

    def _learn(self, learner: Any, name: str, steps: int) -> EventStream:
        settings = self.settings
        return learn(
            learner,
            self.folder / name,
            Schedule(steps, look_every=settings.look_every),
            self.token,
            job=f"{_JOB}: {name}",
            product=f"{name}.pt",
            facts={"net": learner.spec.to_json(), "steps": steps, "seed": settings.seed},
            tensorboard=settings.tensorboard,
        )

    # Parts

    def _spec(self) -> NetSpec:
        settings = self.settings
        if not self.cascade:
            return spec_of("single", width=settings.width)
        name: str = settings.net
        if name == "auto":
            lite = self.dims == 2 and find_spec("efficientnet_lite_pytorch") is not None
            name = "lite" if lite else "small"
        return spec_of("candidate", name, settings.width)

    def _plan(self, steps: int, branch: int) -> Plan:
        settings = self.settings
        seed = int(np.random.SeedSequence([settings.seed, branch]).generate_state(1)[0])
        return Plan(steps, settings.rate, patience=settings.patience or 0, seed=seed)

    def _heat(self, net: nn.Module, frame: Frame) -> NDArray[np.float32]:
        if self.cascade:
            return candidate_heat(net, frame, self.compute, token=self.token)
        return sliding_heat(net, frame, self._own(self.spec), token=self.token)

    def _own(self, spec: NetSpec) -> Compute:
        """How a net is computed on what it sees."""
        slices = {"candidate": 1, "verifier": SHAPES[self.dims][0], "single": WINDOW[0]}
        return compute_for(spec, self.compute, slices[spec.role])

    def _answers(self, first: Any) -> list[Mined]:
        """What the first net finds in the validation patients' CTs."""
        net = self._own(first.spec).place(first.net())
        return [
            mine(
                q.frame,
                self._heat(net, q.frame),
                q.labels,
                np.random.default_rng([self.settings.seed, 41, number]),
                strict=True,
            )
            for number, q in enumerate(self.questions)
        ]

    def _told(self, figures: Mapping[str, float]) -> Iterator[Event]:
        for name, value in figures.items():
            yield Metric(name.replace("_", "/", 1), value, self.total)
        if not self.questions:
            yield Log(
                "no patient with lesions was kept for validation: the last weights are the product",
                "warning",
            )
        if self.basis.doubt:
            yield Log(self.basis.doubt, "warning")

    def _facts(
        self,
        specs: tuple[NetSpec, ...],
        steps: dict[str, int],
        calibration: Coefficients,
        figures: dict[str, float],
    ) -> DetectorFacts:
        facts = self.lessons.facts
        hosts = (*self.lessons.materials.hosts, *self.lessons.exam)
        return DetectorFacts(
            kind=self.settings.kind,
            grid=self.lessons.grid,
            nets=specs,
            patients=tuple(sorted({host.patient for host in hosts})),
            donors=tuple(donor.id for donor in self.lessons.materials.donors),
            lineage=tuple(facts.get("lineage", ())),
            steps=steps,
            calibration=calibration,
            thresholds={"candidate": MINING.lowest, "score": _SCORE},
            validation=figures,
            training={**self.asked, "calibration": self.basis.to_json()},
            hosts={host.sha256: host.patient for host in hosts},
        )


def _steps(facts: Mapping[str, Any]) -> int:
    return int(facts.get("steps", 0))
