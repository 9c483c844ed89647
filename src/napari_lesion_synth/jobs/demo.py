"""The whole engine at once, on data that come with the package: no display, no network.

A simulated patient lends the donors; lesions then go into that patient's CT and into the real
CT crop, by every method and in both zones. What is left behind is what a user's own run leaves:
donor library, generated sets, contact sheets, and a report that opens offline.
"""

from __future__ import annotations

from collections.abc import Generator
from importlib.resources import as_file, files
from importlib.util import find_spec
from pathlib import Path

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from napari_lesion_synth import __version__
from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.cases import phantom
from napari_lesion_synth.ct.write import write_mask, write_volume
from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.dataset.report import (
    Section,
    figure,
    page,
    paragraph,
    preformatted,
    table,
)
from napari_lesion_synth.errors import DatasetError
from napari_lesion_synth.events import (
    Artifact,
    Done,
    Event,
    EventStream,
    Log,
    Progress,
    Started,
    StopToken,
)
from napari_lesion_synth.files import write_atomic, writing
from napari_lesion_synth.jobs.generate import generate
from napari_lesion_synth.jobs.replay import ReplaySettings, replay
from napari_lesion_synth.jobs.settings import CaseFiles, GenerateSettings
from napari_lesion_synth.jobs.sheets import SheetSettings, make_contact_sheet
from napari_lesion_synth.synthesis.extraction import extract_donors
from napari_lesion_synth.synthesis.library import save_donors

__all__ = ["DemoSettings", "demo"]

_STEPS = 6
_ON_A_SHEET = 8


class DemoSettings(BaseModel):
    """What the demo makes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    out: Path = Field(Path("demo-output"), description="output folder")
    n: int = Field(24, ge=4, le=10_000, description="lesions for each of the two CTs")
    seed: int = Field(0, ge=0, description="root of all random choices")
    workers: int = Field(2, ge=1, le=1024, description="processes on this machine")


def demo(settings: DemoSettings, token: StopToken) -> EventStream:
    """Run the demo.

    Yields
    ------
    Event
        Progress counts the demo's steps; the last event holds the report's path.
    """
    yield Started("demo", _STEPS)
    out = settings.out
    with writing(out):
        out.mkdir(parents=True, exist_ok=True)

    yield Progress(0, _STEPS, "simulating an abdomen with lesions")
    simulated = _simulate(settings.seed, out / "phantom")
    token.check()

    yield Progress(1, _STEPS, "cutting the donors out")
    library = save_donors(extract_donors(_read(simulated)), out / "donors")
    yield Artifact("donors", str(library))
    token.check()

    with as_file(files("napari_lesion_synth") / "data") as data:
        real = CaseFiles(
            ct=str(data / "real_ct_3mm.nii.gz"),
            organ=str(data / "real_ct_3mm_liver.nii.gz"),
            patient="sample",
        )
        sets = {"Real CT crop, 3 mm": (real, "real-ct"), "Phantom": (simulated, "phantom-set")}
        sections = []
        if not _can_learn():
            yield Log(
                "torch is not installed: the learnt generator and the selection are left out "
                "(pip install 'napari-lesion-synth[learn]')",
                "warning",
            )
        for step, (title, (case, name)) in enumerate(sets.items()):
            yield Progress(2 + step, _STEPS, f"making lesions: {title}")
            request = _request(settings, case, library, out / name)
            yield from _quietly(generate(request, token))
            sections.append((yield from _look_at(title, request, token)))

    yield Progress(_STEPS - 1, _STEPS, "writing the report")
    report = out / "report.html"
    write_atomic(report, _report(settings, sections).encode())
    yield Artifact("report", str(report))
    yield Progress(_STEPS, _STEPS, "done")
    yield Done({"report": str(report)})


def _simulate(seed: int, folder: Path) -> CaseFiles:
    """Write the simulated patient as a user would have a real one: three NIfTI files."""
    case = phantom(seed=seed, lesions=8)
    with writing(folder):
        folder.mkdir(exist_ok=True)
    ct, organ, lesions = (str(folder / f"{n}.nii.gz") for n in ("ct", "liver", "lesions"))
    write_volume(ct, case.volume, synthetic=True)
    write_mask(organ, case.require_organ().mask, case.volume)
    assert case.lesions is not None  # phantoms know their lesions
    write_mask(lesions, case.lesions, case.volume)
    return CaseFiles(ct=ct, organ=organ, lesions=lesions, patient=f"phantom-{seed}")


def _read(files_: CaseFiles) -> Case:
    from napari_lesion_synth.jobs.materials import load_case

    return load_case(files_)


def _can_learn() -> bool:
    """Whether the learnt generator and the selection can be shown."""
    return all(find_spec(name) is not None for name in ("torch", "sklearn"))


def _request(settings: DemoSettings, case: CaseFiles, library: Path, out: Path) -> GenerateSettings:
    learnt = _can_learn()
    names = ("cgan", "poisson", "sigmoid") if learnt else ("poisson", "sigmoid")
    return GenerateSettings(
        cases=(case,),
        out=out,
        methods=dict.fromkeys(names, 1.0),
        select=learnt,
        n=settings.n,
        seed=settings.seed,
        donors=library,
        diameter_mm=(10.0, 24.0),
        per_scene=4,
        workers=settings.workers,
    )


def _quietly(events: EventStream) -> Generator[Event, None, None]:
    """What a step says, without its start, end and progress, which are the demo's own."""
    for event in events:
        if isinstance(event, (Log, Artifact)):
            yield event


def _look_at(
    title: str, request: GenerateSettings, token: StopToken
) -> Generator[Event, None, Section]:
    """Draw the contact sheet, remake the set from its recipes, and describe both."""
    picture = request.out / "contact-sheet.png"
    yield from _quietly(
        make_contact_sheet(SheetSettings(folder=request.out, out=picture, n=_ON_A_SHEET), token)
    )
    same = total = 0
    for event in replay(ReplaySettings(folder=request.out), token):
        if isinstance(event, Done):
            same, total = int(event.result["same"]), int(event.result["total"])
    if same != total:
        raise DatasetError(
            f"only {same} of {total} lesions came out the same when they were made again",
            where=request.out,
            remedy="Please report this, with the output of `napari-lesion-synth doctor`",
        )
    generated = GeneratedSet.open(request.out)
    return Section(
        title,
        (
            table(_counts(generated)),
            paragraph(f"Remade from the recipes: {same} of {total} lesions are the same bytes."),
            figure(
                picture.read_bytes(),
                f"{title}: before, after, difference and label of {_ON_A_SHEET} lesions",
            ),
        ),
    )


def _counts(generated: GeneratedSet) -> list[dict[str, object]]:
    """Number, selection and median size of the lesions by method and zone."""
    lesions: pd.DataFrame = generated.table
    passed = generated.passed
    return [
        {
            "method": method,
            "zone": zone,
            "lesions": len(group),
            **({"selected": sum(passed[name] for name in group["id"])} if passed else {}),
            "median diameter, mm": float(group["diameter_mm"].median()),
            "median depth, mm": float(group["depth_mm"].median()),
        }
        for (method, zone), group in lesions.groupby(["method", "zone"])
    ]


def _report(settings: DemoSettings, sections: list[Section]) -> str:
    start = Section(
        "What was done",
        (
            paragraph(
                "A simulated patient with eight lesions lent the donors for Poisson blending and "
                "the distribution for the sigmoid model; the conditional GAN learnt from other "
                "simulated patients. Lesions were then made at the rim and in the interior of the "
                "liver of two CTs, and an auto-encoder selected those that look like the lesions "
                "that it knows. Every lesion can be remade from its recipe in samples.csv."
            ),
            preformatted(
                f"napari-lesion-synth demo --out {settings.out} --n {settings.n} "
                f"--seed {settings.seed}\n"
                f"napari-lesion-synth replay {settings.out / 'real-ct'}"
            ),
        ),
    )
    limits = Section(
        "What this does not show",
        (
            paragraph(
                "That the lesions look real, or that a detector gains from them. Look at the "
                "sheets with your own eyes. Donors, generator and auto-encoder here are of "
                "simulated patients, so that the selection on the real CT says little."
            ),
        ),
    )
    lead = f"napari-lesion-synth {__version__}, seed {settings.seed}"
    return page("Synthetic lesions: the demo", lead, [start, *sections, limits])
