"""What the lesions of a detection-limit map, and of a reader's limit, are made from."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.evaluation.limits.making import LimitMaterials
from napari_lesion_synth.events import Event, StopToken
from napari_lesion_synth.jobs.inputs import gather
from napari_lesion_synth.jobs.limit_job import LimitJob
from napari_lesion_synth.jobs.materials import Materials
from napari_lesion_synth.jobs.reader_job import ReaderJob
from napari_lesion_synth.jobs.settings import GenerateSettings
from napari_lesion_synth.synthesis.donors import Donor

__all__ = ["gather_limits"]


def gather_limits(
    job: LimitJob | ReaderJob,
    methods: Sequence[str],
    cases: Sequence[Case],
    donors: Sequence[Donor],
    token: StopToken,
) -> Generator[Event, None, tuple[Materials, LimitMaterials]]:
    """Read the CTs, the donors and the generator.

    Parameters
    ----------
    job : LimitJob or ReaderJob
        Files to read.
    methods : sequence of str
        What the lesions are made by.
    cases, donors : sequence
        CTs and donors that are in memory already, in place of files.
    token : StopToken
        Checked at each CT.

    Yields
    ------
    Event
        Logs.

    Returns
    -------
    (Materials, LimitMaterials)

    Raises
    ------
    LesionSynthError
        If an input cannot be used, or a method lacks its donors.
    """
    sources = GenerateSettings(
        cases=job.cases,
        out=job.out,
        donors=job.donors,
        model=job.model,
        methods=dict.fromkeys(methods, 1.0),
    )
    materials = (yield from gather(sources, cases, donors, token)).materials
    statistics = materials.statistics
    contrasts = (
        {}
        if statistics is None
        else {record.id: record.values.delta_hu for record in statistics.lesions}
    )
    makings = LimitMaterials(materials.donors, contrasts, statistics, materials.generator())
    return materials, makings
