"""Exporting a set to the formats of training frameworks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.dataset.decisions import Keep
from napari_lesion_synth.dataset.layout import DATASET_JSON, SPLITS
from napari_lesion_synth.dataset.nnunet import (
    as_json,
    chosen_ids,
    header_of_export,
    host_pairs,
    scene_pairs,
    splits,
)
from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.dataset.volumes import Pair
from napari_lesion_synth.errors import DatasetError
from napari_lesion_synth.events import Artifact, Done, EventStream, Log, Started, StopToken
from napari_lesion_synth.files import write_atomic, writing
from napari_lesion_synth.jobs.reopen import reopen
from napari_lesion_synth.jobs.volumes import write_pairs

__all__ = ["ExportSettings", "export"]


class ExportSettings(BaseModel):
    """What to export, and how."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path = Field(description="the generated set")
    out: Path = Field(description="folder for the export; nnU-Net's is its nnUNet_raw")
    number: int = Field(501, ge=1, le=999, description="number of the nnU-Net dataset")
    name: str = Field(
        "LesionSynth", pattern=r"^[A-Za-z0-9]+$", description="name of the nnU-Net dataset"
    )
    keep: Keep = Field(
        Keep.AUTO,
        description="lesions to use: accepted, not-rejected or all; auto: the accepted ones "
        "where anything was decided, else all",
    )
    hosts: bool = Field(True, description="export the CTs as they are too")
    root: Path | None = Field(
        None, description="folder that the CTs and masks were moved into since"
    )
    workers: int = Field(1, ge=1, le=1024, description="processes on this machine")


def export(
    settings: ExportSettings, token: StopToken, *, cases: Sequence[Case] = ()
) -> EventStream:
    """Write a set as a raw dataset of nnU-Net: ``Dataset501_LesionSynth`` in ``out``.

    An export that was interrupted goes on where it was.

    Parameters
    ----------
    settings : ExportSettings
        What and where.
    token : StopToken
        Checked at every volume.
    cases : sequence of Case
        The set's hosts, where they were made from arrays.

    Yields
    ------
    Event
        Started, Log, Progress (in volumes), Artifact (the dataset), Done.

    Raises
    ------
    Stopped
        If the token was set.
    LesionSynthError
        If the set or its inputs cannot be used, or the folder cannot be written.
    """
    opened = GeneratedSet.open(settings.folder)
    pairs = scene_pairs(opened, chosen_ids(opened, settings.keep))
    lesions = sum(len(pair.lesions) for pair in pairs)
    if settings.hosts:
        pairs += host_pairs(opened)
    yield Started("export", len(pairs))
    if not opened.complete:
        yield Log(f"the set is unfinished: {len(opened.ids)} of {opened.info['n']}", "warning")
    for case in opened.info["cases"]:
        if not case["lesions"]:
            yield Log(f"{case['name']} has no lesion labels and is taken for healthy", "warning")
    target = settings.out / f"Dataset{settings.number:03d}_{settings.name}"
    _claim(target, as_json(header_of_export(opened, pairs)))
    materials = reopen(opened, root=settings.root, cases=cases)
    yield from write_pairs(settings.folder, target, pairs, materials, settings.workers, token)
    yield from _write_splits(target, pairs)
    yield Artifact("nnunet-dataset", str(target))
    yield Done({"dataset": str(target), "volumes": len(pairs), "lesions": lesions})


def _claim(target: Path, header: bytes) -> None:
    """Make the folder, or make sure that it holds this export."""
    path = target / DATASET_JSON
    if path.exists():
        if _comparable(path.read_bytes()) != _comparable(header):
            raise DatasetError(
                "the folder holds another dataset",
                where=target,
                remedy="Choose another --out, --number or --name, or remove the old dataset",
            )
    elif target.exists() and any(target.iterdir()):
        raise DatasetError(
            f"the folder holds other files and no {DATASET_JSON}",
            where=target,
            remedy="Choose another --out, --number or --name",
        )
    with writing(target):
        target.mkdir(parents=True, exist_ok=True)
    write_atomic(path, header)


def _comparable(header: bytes) -> object:
    try:
        return json.loads(header)
    except ValueError:
        return None


def _write_splits(target: Path, pairs: Sequence[Pair]) -> EventStream:
    folds = splits(pairs)
    if not folds:
        yield Log(
            "no splits are written: they need the hosts of two patients or more. Do not validate "
            "on lesions or patients that the training has seen",
            "warning",
        )
        return
    write_atomic(target / SPLITS, as_json(folds))
    yield Artifact("splits", str(target / SPLITS))
    synthetic = {pair.name for pair in pairs if pair.lesions}
    for number, fold in enumerate(folds):
        if not synthetic.intersection(fold["train"]):
            yield Log(
                f"fold {number} trains on no synthetic case: each descends from a patient that "
                "the fold validates on",
                "warning",
            )
