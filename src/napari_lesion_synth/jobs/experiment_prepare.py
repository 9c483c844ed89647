"""What the arms of a fold learn from besides its CTs, each made once, from training patients."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.detection.known_lesions import accepted_ids
from napari_lesion_synth.errors import DatasetError, DonorError
from napari_lesion_synth.evaluation.experiment.arms import Arm
from napari_lesion_synth.evaluation.experiment.division import Fold
from napari_lesion_synth.evaluation.experiment.plan import FOLD
from napari_lesion_synth.events import Done, Event, EventStream, Log, StopToken
from napari_lesion_synth.files import write_atomic, writing
from napari_lesion_synth.jobs.experiment_clock import Clock
from napari_lesion_synth.jobs.experiment_model import Experiment, PlannedCt, open_ct
from napari_lesion_synth.jobs.experiment_wanted import waiting_for
from napari_lesion_synth.jobs.generate import generate
from napari_lesion_synth.jobs.hearing import tell
from napari_lesion_synth.jobs.judging_settings import ScoreSettings
from napari_lesion_synth.jobs.learning_settings import AutoEncoderJob, GanJob, LessonFiles
from napari_lesion_synth.jobs.score import score
from napari_lesion_synth.jobs.settings import GenerateSettings
from napari_lesion_synth.jobs.train_autoencoder import learn_autoencoder
from napari_lesion_synth.jobs.train_gan import learn_gan
from napari_lesion_synth.sample_data import sample_autoencoder, sample_generator
from napari_lesion_synth.selection.review import Ledger
from napari_lesion_synth.synthesis.extraction import extract_donors
from napari_lesion_synth.synthesis.library import list_donors, save_donors

__all__ = ["FoldFiles", "files_of", "prepare_fold", "prepared_facts", "prepared_seconds"]

_SHIPPED = "shipped"
_GENERATOR, _AUTOENCODER, _DONORS, _SETS = "generator", "autoencoder", "donors", "sets"
_REVIEWER = "experiment"

Facts = dict[str, Any]
Making = Generator[Event, None, Facts]


@dataclass(frozen=True, slots=True)
class FoldFiles:
    """Where what was made for a fold lies.

    Parameters
    ----------
    donors : Path
        Library of the training patients' lesions.
    generator, autoencoder : Path
        Weights; there if an arm needs them.
    sets : Path
        Folder of generated sets.
    """

    donors: Path
    generator: Path
    autoencoder: Path
    sets: Path


def files_of(experiment: Experiment, fold: int) -> FoldFiles:
    """Where what is made for a fold lies."""
    folder = experiment.fold_folder(fold)
    plan = experiment.plan
    return FoldFiles(
        folder / _DONORS,
        _weights(
            experiment, plan.generator, folder / _GENERATOR / "generator.pt", sample_generator
        ),
        _weights(
            experiment, plan.selector, folder / _AUTOENCODER / "autoencoder.pt", sample_autoencoder
        ),
        folder / _SETS,
    )


def _weights(experiment: Experiment, named: str, own: Path, shipped: Callable[[], Path]) -> Path:
    if named == FOLD:
        return own
    return shipped() if named == _SHIPPED else (experiment.base / named).resolve()


def prepare_fold(
    experiment: Experiment, fold: Fold, arms: Sequence[Arm], token: StopToken
) -> EventStream:
    """Make what some arms need in a fold; what is there is not made again.

    Parameters
    ----------
    experiment : Experiment
        Whose.
    fold : Fold
        Its training patients' CTs and lesions are all that is looked at.
    arms : sequence of Arm
        For which.
    token : StopToken
        Checked at every step.

    Yields
    ------
    Event
        Of the parts.

    Raises
    ------
    Stopped
        If the token was set.
    LesionSynthError
        If a part cannot be made, as with too few lesions.
    """
    folder = experiment.fold_folder(fold.number)
    making = _Making(experiment, fold, token)
    with waiting_for(folder / "fold.lock", token):
        yield from _once(folder, _DONORS, making.donors)
        if experiment.needs_generator(arms) and experiment.plan.generator == FOLD:
            yield from _once(folder, _GENERATOR, making.generator)
        if any(arm.made and arm.selected for arm in arms) and experiment.plan.selector == FOLD:
            yield from _once(folder, _AUTOENCODER, making.autoencoder)
        for name, arm in {arm.set_name: arm for arm in arms if arm.made}.items():
            yield from _once(folder, f"set-{name}", partial(making.generated, arm))


def prepared_facts(experiment: Experiment, fold: int, arm: Arm) -> dict[str, Facts]:
    """What is known of the parts that an arm learns from, by name."""
    folder = experiment.fold_folder(fold)
    return {name: _facts(folder, name) for name in _parts(experiment, arm)}


def prepared_seconds(experiment: Experiment, fold: int, arm: Arm) -> dict[str, float]:
    """Time that it took to make what an arm learns from: once a fold, for all arms and seeds."""
    folder = experiment.fold_folder(fold)
    total = {"prepare": 0.0, "prepare_cpu": 0.0}
    for part in _parts(experiment, arm):
        seconds = Clock(folder / f"{part}.seconds.json").seconds
        for name in total:
            total[name] += seconds.get(name, 0.0)
    return total


def _parts(experiment: Experiment, arm: Arm) -> list[str]:
    names = [_DONORS]
    if arm.needs_generator(experiment.plan.mixture) and experiment.plan.generator == FOLD:
        names.append(_GENERATOR)
    if arm.made:
        if arm.selected and experiment.plan.selector == FOLD:
            names.append(_AUTOENCODER)
        names.append(f"set-{arm.set_name}")
    return names


class _Making:
    """The parts of one fold."""

    def __init__(self, experiment: Experiment, fold: Fold, token: StopToken) -> None:
        self.experiment, self.fold, self.token = experiment, fold, token
        self.plan = experiment.plan
        self.cts = experiment.of(fold.train)
        self.folder = experiment.fold_folder(fold.number)
        self.files = files_of(experiment, fold.number)

    def donors(self) -> Making:
        """Lesions of the training patients."""
        for ct in self.cts:
            self.token.check()
            if ct.files.lesions is not None:
                yield from self._donors_of(ct)
        if not self.files.donors.exists():
            raise DonorError(
                f"no lesion of the training patients of fold {self.fold.number} can be used",
                remedy="Ask for more patients to learn from",
            )
        entries = list_donors(self.files.donors)
        return {
            "donors": [entry.id for entry in entries],
            "patients": sorted({entry.patient for entry in entries}),
        }

    def _donors_of(self, ct: PlannedCt) -> EventStream:
        case = open_ct(ct)
        try:
            found = yield from tell(partial(extract_donors, case))
        except DonorError as error:
            yield Log(str(error), "warning")
            return
        yield from tell(partial(save_donors, found, self.files.donors))

    def generator(self) -> Making:
        """The generator, trained on them."""
        from napari_lesion_synth.synthesis.cgan.model import GeneratorModel

        asked = self.plan.gan.model_copy(
            update={
                "fold": self.plan.gan.fold or f"fold-{self.fold.number}",
                **self.experiment.here(self.plan.gan),
            }
        )
        job = GanJob(lessons=self._lessons(), out=self.folder / _GENERATOR, settings=asked)
        yield from _result_of(learn_gan(job, self.token))
        return {"id": GeneratorModel.load(self.files.generator).id, "steps": asked.steps}

    def autoencoder(self) -> Making:
        """The auto-encoder that selects, trained on them."""
        asked = self.plan.autoencoder.model_copy(update=self.experiment.here(self.plan.autoencoder))
        job = AutoEncoderJob(
            lessons=self._lessons(), out=self.folder / _AUTOENCODER, settings=asked
        )
        result = yield from _result_of(learn_autoencoder(job, self.token))
        return {"lesions": int(result["lesions"]), "steps": asked.steps * asked.folds}

    def generated(self, arm: Arm) -> Making:
        """A set in the training CTs, and the verdict on each of its lesions."""
        out = self.files.sets / arm.set_name
        with writing(out):
            out.parent.mkdir(parents=True, exist_ok=True)
        needs = arm.needs_generator(self.plan.mixture)
        asked = GenerateSettings(
            cases=tuple(ct.files for ct in self.cts),
            out=out,
            methods=dict(arm.made),
            donors=self.files.donors,
            model=self.files.generator if needs else None,
            **self.plan.sets.model_dump(),
        )
        yield from _result_of(generate(asked, self.token))
        made = GeneratedSet.open(out)
        if arm.selected:
            judging = ScoreSettings(
                folder=out, autoencoder=self.files.autoencoder, band=self.plan.band
            )
            result = yield from _result_of(score(judging, self.token))
            acceptance = result["acceptance"]
        else:
            Ledger.open(out, _REVIEWER).decide(made.ids, "accept", "not selected")
            acceptance = []
        try:
            accepted = accepted_ids(GeneratedSet.open(out))
        except DatasetError as error:
            raise DatasetError(
                f"the selection left none of {len(made.ids)} lesions for fold {self.fold.number}",
                where=out,
                remedy="Look at the reasons in scores.csv; ask for more lesions (sets), or train "
                "the auto-encoder longer",
            ) from error
        return {"made": len(made.ids), "accepted": len(accepted), "acceptance": acceptance}

    def _lessons(self) -> LessonFiles:
        return LessonFiles(cases=tuple(ct.files for ct in self.cts), donors=self.files.donors)


def _once(folder: Path, name: str, make: Callable[[], Making]) -> EventStream:
    """Make a part, and note that it is there."""
    path = folder / f"{name}.json"
    if path.exists():
        return
    clock = Clock(folder / f"{name}.seconds.json")
    yield Log(f"{folder.name}: {name}")
    with clock.of("prepare") as tick:
        making = make()
        while True:
            try:
                event = next(making)
            except StopIteration as end:
                facts = end.value
                break
            tick()
            if not isinstance(event, Log) or event.level != "info":
                yield event  # of what is read and measured there is too much to tell
    text = json.dumps(facts, indent=1, ensure_ascii=False)
    write_atomic(path, (text + "\n").encode(), durable=True)


def _facts(folder: Path, name: str) -> Facts:
    path = folder / f"{name}.json"
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as cause:
        raise DatasetError(
            f"what was noted of {name} cannot be read ({cause})",
            where=path,
            remedy="Delete the file and run the experiment again",
        ) from cause
    return dict(facts)


def _result_of(stream: EventStream) -> Generator[Event, None, dict[str, Any]]:
    """The events of a job but its last, whose result is returned."""
    result: dict[str, Any] = {}
    with closing(stream):
        for event in stream:
            if isinstance(event, Done):
                result = event.result
            else:
                yield event
    return result
