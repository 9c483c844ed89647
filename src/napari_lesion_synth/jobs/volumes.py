"""Writing whole volumes, several at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from napari_lesion_synth.dataset.layout import patch_path
from napari_lesion_synth.dataset.nnunet import scene_pairs
from napari_lesion_synth.dataset.patch import Patch
from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.dataset.volumes import Pair, prepare_folders, write_pair
from napari_lesion_synth.events import EventStream, Log, Progress, StopToken
from napari_lesion_synth.jobs.materials import Materials
from napari_lesion_synth.jobs.runner import Place, run_jobs

__all__ = ["PairJob", "make_pair", "write_pairs", "write_volumes"]


@dataclass(frozen=True, slots=True)
class PairJob:
    """One image and its labels.

    Parameters
    ----------
    pair : Pair
        Names and facts.
    source : Path
        The set that the patches are in.
    folder : Path
        Where the volumes go.
    """

    pair: Pair
    source: Path
    folder: Path


def make_pair(materials: Materials, job: PairJob) -> str:
    """Paste the lesions of one pair into their host and write it; gives its name."""
    patches = [Patch.load(patch_path(job.source, name)) for name in job.pair.lesions]
    write_pair(materials.case(job.pair.case), patches, job.pair, job.folder)
    return job.pair.name


def write_pairs(
    source: Path,
    folder: Path,
    pairs: Sequence[Pair],
    materials: Materials,
    workers: int,
    token: StopToken,
) -> EventStream:
    """Write those pairs that are not there yet; each is an independent file, written whole.

    They are always written by processes of this machine: those of a cluster may not see its
    disk.
    """
    prepare_folders(folder)
    missing = [PairJob(pair, source, folder) for pair in pairs if not pair.finished(folder)]
    missing.sort(key=lambda job: job.pair.case)
    done = len(pairs) - len(missing)
    if done:
        yield Log(f"{done} of {len(pairs)} volumes are there already")
    yield Progress(done, len(pairs), "volumes")
    for _ in run_jobs(make_pair, materials, missing, Place(workers), token):
        done += 1
        yield Progress(done, len(pairs), "volumes")


def write_volumes(
    folder: Path, materials: Materials, workers: int, token: StopToken
) -> EventStream:
    """Write the scenes of a finished set as whole volumes into the set itself."""
    opened = GeneratedSet.open(folder)
    pairs = scene_pairs(opened, opened.ids)
    yield from write_pairs(folder, folder, pairs, materials, workers, token)
