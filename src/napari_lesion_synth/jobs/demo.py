"""The whole engine at once, on data that come with the package: no display, no network.

A simulated patient lends the donors; lesions then go into that patient's CT and into the real
CT crop, by every method and in both zones. A detector looks for the patient's own lesions, and
a small experiment asks whether detectors gain from synthetic ones. What is left behind is what a
user's own run leaves: donor library, generated sets, contact sheets, findings, an experiment, and
a report that opens offline.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from napari_lesion_synth import __version__
from napari_lesion_synth.dataset.report import Section, page, paragraph, preformatted
from napari_lesion_synth.detection.detector import Detector
from napari_lesion_synth.events import (
    Artifact,
    Done,
    EventStream,
    Log,
    Progress,
    Started,
    StopToken,
)
from napari_lesion_synth.files import write_atomic, writing
from napari_lesion_synth.jobs.demo_detection import detect_and_judge
from napari_lesion_synth.jobs.demo_experiment import ask_whether_it_helps, left_out
from napari_lesion_synth.jobs.demo_sets import make_and_look, simulate
from napari_lesion_synth.jobs.detectors import open_detector
from napari_lesion_synth.jobs.settings import CaseFiles, GenerateSettings
from napari_lesion_synth.sample_data import PATIENT, demo_plan, sample_files
from napari_lesion_synth.synthesis.extraction import extract_donors
from napari_lesion_synth.synthesis.library import save_donors

__all__ = ["DemoSettings", "demo"]

_STEPS = 7


class DemoSettings(BaseModel):
    """What the demo makes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    out: Path = Field(Path("demo-output"), description="output folder")
    n: int = Field(24, ge=4, le=10_000, description="lesions for each of the two CTs")
    seed: int = Field(0, ge=0, description="root of all random choices")
    workers: int = Field(2, ge=1, le=1024, description="processes on this machine")
    experiment: bool = Field(
        True, description="end with a small experiment: whether detectors gain; takes minutes"
    )


def demo(
    settings: DemoSettings,
    token: StopToken,
    *,
    detector: Detector | None = None,
    plan: Path | None = None,
) -> EventStream:
    """Run the demo.

    Parameters
    ----------
    settings : DemoSettings
        What it makes.
    token : StopToken
        Checked by each step.
    detector : Detector, optional
        For volumes; default: the one that comes with the program.
    plan : Path, optional
        Of the experiment; default: the small one that comes with the program.

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
    simulated, case = simulate(settings.seed, out / "phantom")
    token.check()

    yield Progress(1, _STEPS, "cutting the donors out")
    library = save_donors(extract_donors(case), out / "donors")
    yield Artifact("donors", str(library))
    token.check()

    learnt = _can_learn()
    if not learnt:
        yield Log(
            "torch is not installed: the learnt generator, the selection and the detector are "
            "left out (pip install 'napari-lesion-synth[learn]')",
            "warning",
        )
    ct, organ = map(str, sample_files())
    real = CaseFiles(ct=ct, organ=organ, patient=PATIENT)
    sets = {"Real CT crop, 3 mm": (real, "real-ct"), "Phantom": (simulated, "phantom-set")}
    sections = []
    for step, (title, (files, name)) in enumerate(sets.items()):
        yield Progress(2 + step, _STEPS, f"making lesions: {title}")
        request = _request(settings, files, library, out / name, learnt=learnt)
        sections.append((yield from make_and_look(title, request, token)))

    if learnt:
        yield Progress(4, _STEPS, "finding lesions, in this CT and in others")
        # One thread: several wait for one another on a machine that has other work.
        finder = detector or open_detector(threads=1)
        sections.append((yield from detect_and_judge(case, out / "findings", token, finder)))

    if not settings.experiment:
        sections.append(left_out("it was not asked for"))
    elif learnt:
        yield Progress(5, _STEPS, "a small experiment: do detectors gain?")
        sections.append(
            (
                yield from ask_whether_it_helps(
                    plan or demo_plan(), out / "experiment", token, settings.workers
                )
            )
        )
    else:
        sections.append(left_out("it needs torch (pip install 'napari-lesion-synth[learn]')"))

    yield Progress(6, _STEPS, "writing the report")
    report = out / "report.html"
    write_atomic(report, _report(settings, sections).encode())
    yield Artifact("report", str(report))
    yield Progress(_STEPS, _STEPS, "done")
    yield Done({"report": str(report)})


def _can_learn() -> bool:
    """Whether the learnt generator, the selection and the detector can be shown."""
    return all(find_spec(name) is not None for name in ("torch", "sklearn"))


def _request(
    settings: DemoSettings, case: CaseFiles, library: Path, out: Path, *, learnt: bool
) -> GenerateSettings:
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


def _report(settings: DemoSettings, sections: list[Section]) -> str:
    start = Section(
        "What was done",
        (
            paragraph(
                "A simulated patient with eight lesions lent the donors for Poisson blending and "
                "the distribution for the sigmoid model; the conditional GAN learnt from other "
                "simulated patients. Lesions were then made at the rim and in the interior of the "
                "liver of two CTs, and an auto-encoder selected those that look like the lesions "
                "that it knows. Every lesion can be remade from its recipe in samples.csv. Then "
                "a detector looked for the simulated patient's own lesions."
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
                "That the lesions look real, or that a detector for patients gains from them. Look "
                "at the sheets with your own eyes. Donors, generator, auto-encoder and detectors "
                "here are of simulated patients, so that the selection on the real CT says little."
            ),
        ),
    )
    lead = f"napari-lesion-synth {__version__}, seed {settings.seed}"
    return page("Synthetic lesions: the demo", lead, [start, *sections, limits])
