"""Whether a fold's test is fair: who stands behind what its arms learn from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.evaluation.experiment.arms import Arm
from napari_lesion_synth.evaluation.experiment.division import Fold as Division
from napari_lesion_synth.evaluation.lineage.guard import (
    Ct,
    Fold,
    Inspection,
    Kind,
    LineageGraph,
    Node,
    require_clean,
)
from napari_lesion_synth.evaluation.lineage.sources import (
    of_autoencoder,
    of_donors,
    of_generator,
    of_set,
    set_node,
)
from napari_lesion_synth.jobs.experiment_cts import facts_of
from napari_lesion_synth.jobs.experiment_model import Experiment
from napari_lesion_synth.jobs.experiment_prepare import files_of
from napari_lesion_synth.synthesis.library import list_donors

__all__ = ["check_fold"]


def check_fold(experiment: Experiment, fold: Division, arms: Sequence[Arm]) -> Inspection:
    """Refuse a fold in which a patient stands behind what is to be tested on that patient.

    What is made before the trainings must know neither the patients who test nor those who
    choose: weights and thresholds are chosen on patients as strange as those of the test.

    Parameters
    ----------
    experiment : Experiment
        Its fold is prepared.
    fold : Fold
        Which one.
    arms : sequence of Arm
        Those that are trained.

    Raises
    ------
    ParameterError
        With the way of the first leak.
    LesionSynthError
        If something that was made cannot be read.
    """
    name = f"fold {fold.number}"
    prepared = Node(Kind.TRAINING, f"{name}, prepared", f"prepared for {name}")
    training = Node(Kind.TRAINING, name)
    graph, parents = _sources(experiment, fold, arms)
    train, choose, test = (
        _cts(experiment, patients) for patients in (fold.train, fold.choose, fold.test)
    )
    graph = LineageGraph.joined(
        [
            graph,
            LineageGraph.of_cts([*train, *choose]),
            LineageGraph.of(prepared, parents),
            LineageGraph.of(training, [prepared, *(ct.node for ct in (*train, *choose))]),
        ]
    )
    return require_clean(
        graph,
        [
            Fold(name, training, test),
            *([Fold(f"{name} (choice)", prepared, choose)] * bool(choose)),
        ],
    )


def _cts(experiment: Experiment, patients: Iterable[str]) -> tuple[Ct, ...]:
    return tuple(
        Ct(ct.patient, facts_of(experiment, ct.name).sha256, ct.name)
        for ct in experiment.of(tuple(patients))
    )


def _sources(
    experiment: Experiment, fold: Division, arms: Sequence[Arm]
) -> tuple[LineageGraph, list[Node]]:
    """What arms learn from besides CTs, and what that was made from."""
    files = files_of(experiment, fold.number)
    donors = list_donors(files.donors)
    graphs = [of_donors(donors)]
    parents = [Node(Kind.DONOR, donor.id) for donor in donors]
    if experiment.needs_generator(arms):
        from napari_lesion_synth.synthesis.cgan.model import GeneratorModel

        generator = GeneratorModel.load(files.generator)
        graphs.append(of_generator(generator))
        parents.append(Node(Kind.GENERATOR, generator.id))
    if any(arm.made and arm.selected for arm in arms):
        from napari_lesion_synth.selection.autoencoder import AutoEncoder

        graphs.append(of_autoencoder(AutoEncoder.load(files.autoencoder)))
    for name in sorted({arm.set_name for arm in arms if arm.made}):
        made = GeneratedSet.open(files.sets / name)
        graphs.append(of_set(made))
        parents.append(set_node(made))
    return LineageGraph.joined(graphs), parents
