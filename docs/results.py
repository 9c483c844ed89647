"""Remake the pages of docs/results from the finished runs that lie there.

    python -m docs.results                        all pages
    python -m docs.results --only phantom         one experiment's, and the first page
    python -m docs.results --take slices=OUT      first copy what is finished of the one in OUT

Of each experiment, docs/results/NAME holds the plan and the runs: what was found and missed in
every test CT, as `experiment run` left it. Everything else there, and the pages, come out of this
script. But for what `REMARKS` tells of trials beforehand, no figure on them is written by hand. Run
it from the project's folder.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from napari_lesion_synth.dataset.report import Section, paragraph
from napari_lesion_synth.errors import LesionSynthError, ParameterError
from napari_lesion_synth.evaluation.drawing.svg import free_standing
from napari_lesion_synth.evaluation.experiment.comparison import Comparison, compare
from napari_lesion_synth.evaluation.experiment.plan import plan_differences
from napari_lesion_synth.evaluation.experiment.run_result import RUNS, read_runs
from napari_lesion_synth.evaluation.experiment.trainings import Harvest, gather
from napari_lesion_synth.evaluation.report.asked import goals_section
from napari_lesion_synth.evaluation.report.page import (
    DISCLAIMER,
    experiment_figures,
    experiment_sections,
)
from napari_lesion_synth.evaluation.report.prose import prose
from napari_lesion_synth.evaluation.report.tables import experiment_tables
from napari_lesion_synth.files import write_atomic
from napari_lesion_synth.jobs.experiment_plan import PLAN_YAML, read_plan
from napari_lesion_synth.wording import counted

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "docs" / "results"
PLANS = ROOT / "examples" / "plans"
EXPERIMENTS = {"slices": "msd_slices", "phantom": "phantom", "phantom-small": "phantom-small"}
"""Names of the experiments that are published, and of their plans; in the order of the page."""

SEEN_BEFORE = (
    "The patients who test are those of earlier figures of development ([Detection]"
    "(../detection.md#how-good-it-is)): they were looked at more than once while the detector was "
    "built. Plan, arms and goals were written after that: this is no test on patients whom nobody "
    "had seen."
)
TRIED = (
    "What was tried to come nearer to the goals, among the patients who train and choose alone, "
    "divided anew (`benchmarks/inner_choice.py`; one training each, 16 to 35 lesions, so that only "
    "large effects would show): fainter candidates (`--lowest 0.003`) gave 26 in place of 25 of 35 "
    "lesions any candidate, at 5 false alarms a slice in place of 0.6, and no more of them within "
    "2; three times the learning rate (`--change training.rate=0.003`) found as many at 1/2 false "
    "alarm, 0.69 of 16; stronger changes of the examples (`--change mixture.zoom=0.3`, "
    "`mixture.gain=0.25`, `mixture.noise_hu=15`, `mixture.shift_hu=15`) fewer, 0.56 in place of "
    "0.75. The last two with 50 steps of the second net; where it learnt for 400, it changed "
    "nothing at this rate. Neither net nor plan was changed."
)
REMARKS = {"slices": f"{SEEN_BEFORE}\n\n{TRIED}"}
"""What the runs do not know, and whoever reads their figures should."""

TABLES = ("arms.csv", "differences.csv", "strata.csv", "goals.csv", "cost.csv")
"""Those that are kept; the others are long, and made again by `experiment report`."""

LARGE = 200_000
MADE = "<!-- Made by `python -m docs.results`: what is changed here by hand is lost. -->"
FIRST = """\
# Results

Does a detector find more lesions when it also learns from synthetic ones? These pages hold what
was measured with the plans that come with the program, whatever came out. They are made by one
command, `python -m docs.results`, from the runs that lie beside them.
[Does it help?](../experiments.md) tells how to read them, and how to repeat them on your own CTs.
What was measured of the other half, the food study, has [a page of its own](people.md).
"""


@dataclass(frozen=True)
class Published:
    """An experiment of these pages."""

    name: str
    plan: Path
    results: Path

    @property
    def folder(self) -> Path:
        """Its plan and its runs."""
        return self.results / self.name

    @property
    def begun(self) -> bool:
        """Whether there is a run."""
        return any((self.folder / RUNS).glob("*.json"))

    @property
    def command(self) -> str:
        """What makes it."""
        plan = f"examples/plans/{self.plan.name}"
        return f"napari-lesion-synth experiment run {plan} --out {self.name}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Take runs in, make the pages; return the exit code."""
    asked = parser().parse_args(arguments)
    known = published_in(asked.out)
    try:
        for entry in asked.take:
            name, _, folder = entry.partition("=")
            take_in(one_of(known, name), Path(folder))
        wanted = {one_of(known, name).name for name in asked.only or EXPERIMENTS}
        asked.out.mkdir(parents=True, exist_ok=True)
        compared = {each.name: compared_runs(each) for each in known if each.begun}
        for each in known:
            if each.name in wanted:
                make(each, compared.get(each.name))
        text = first_page(known, compared)
        write_atomic(asked.out / "index.md", text.encode())
    except LesionSynthError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = argparse.ArgumentParser(prog="python -m docs.results", description=__doc__)
    made.formatter_class = argparse.RawDescriptionHelpFormatter
    made.add_argument("--only", metavar="NAME", action="append", help="make this page alone")
    made.add_argument(
        "--take", metavar="NAME=OUT", action="append", default=[],
        help="copy plan and finished runs of the experiment in OUT first",
    )  # fmt: skip
    made.add_argument("--out", metavar="DIR", type=Path, default=RESULTS, help="where to write")
    return made


def published_in(results: Path) -> list[Published]:
    """All experiments of these pages."""
    return [Published(name, PLANS / f"{plan}.yaml", results) for name, plan in EXPERIMENTS.items()]


def one_of(known: Sequence[Published], name: str) -> Published:
    """The experiment of a name."""
    for each in known:
        if each.name == name:
            return each
    raise ParameterError(
        f"there is no experiment {name!r}", remedy=f"There are: {', '.join(EXPERIMENTS)}"
    )


def take_in(published: Published, source: Path) -> None:
    """Copy the plan and the finished runs of an experiment's folder; others are refused."""
    plan = read_plan(source / PLAN_YAML)
    gather(plan, read_runs(source))
    kept = published.folder / PLAN_YAML
    if kept.exists() and plan_differences(read_plan(kept), plan):
        raise ParameterError(
            "the runs that are there are of another plan", where=published.folder,
            remedy="Delete that folder first, if they are to be replaced",
        )  # fmt: skip
    runs = published.folder / RUNS
    runs.mkdir(parents=True, exist_ok=True)
    write_atomic(kept, (source / PLAN_YAML).read_bytes())
    for path in sorted((source / RUNS).glob("*.json")):
        data = path.read_bytes()
        if len(data) > LARGE:
            print(f"{path.name} is large: {len(data) / 1000:.0f} kB")
        write_atomic(runs / path.name, data)
    size = sum(path.stat().st_size for path in runs.glob("*.json"))
    print(f"{published.name}: {counted(len(list(runs.iterdir())), 'run')}, {size / 1e6:.1f} MB")


def compared_runs(published: Published) -> Comparison:
    """All figures of an experiment, from its runs."""
    plan = read_plan(published.folder / PLAN_YAML)
    return compare(gather(plan, read_runs(published.folder)))


def make(published: Published, comparison: Comparison | None) -> None:
    """Tables, drawings and the page of one experiment."""
    page = published.results / f"{published.name}.md"
    if comparison is None:
        write_atomic(page, not_begun(published).encode())
        print(page)
        return
    figures = experiment_figures(comparison)
    tables = experiment_tables(comparison)
    drawings = {f"{name}.svg": free_standing(svg) for name, svg in figures.items()}
    fill(published.folder / "figures", drawings)
    fill(published.folder / "tables", {name: tables[name].encode() for name in TABLES})
    write_atomic(page, page_of(published, comparison, list(figures)).encode())
    print(page)


def fill(folder: Path, files: dict[str, bytes]) -> None:
    """Write the files of a folder, and take away what is no more made."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.name not in files:
            path.unlink()
    for name, data in files.items():
        write_atomic(folder / name, data)


def page_of(published: Published, comparison: Comparison, figures: Sequence[str]) -> str:
    """The page of one experiment, as Markdown with the report's own sections."""
    name = published.name
    shown = {
        figure: f'<img src="{name}/figures/{figure}.svg" alt="{figure.replace("_", " ")}">'
        for figure in figures
    }
    links = ", ".join(f"[{table}]({name}/tables/{table})" for table in TABLES)
    ending = (
        f"The [plan]({name}/{PLAN_YAML}) as it was run; the figures as tables: {links}. The runs "
        f"lie in `docs/results/{name}/{RUNS}`; with a copy of that folder, `napari-lesion-synth "
        "experiment report` writes the whole report, and the tables that are not here."
    )
    parts = [
        MADE,
        f"# {comparison.plan.name}",
        *state(published, comparison.harvest),
        *([REMARKS[name]] if name in REMARKS else []),
        *written(experiment_sections(comparison, shown, {})),
        "## How it was made",
        f"```bash\n{published.command}\npython -m docs.results --take {name}={name}\n```",
        ending,
    ]
    return "\n\n".join(parts) + "\n"


def state(published: Published, harvest: Harvest) -> list[str]:
    """How far it is, and whether the plan is still the one that comes with the program."""
    lines = []
    if not harvest.complete:
        lines.append(
            f'!!! warning "Not finished"\n    {runs_of(harvest)}. Figures change until all are '
            "there, and nothing is concluded before."
        )
    lines.append(f"{runs_of(harvest)}; plan {harvest.plan.key}. {DISCLAIMER}")
    if plan_differences(harvest.plan, read_plan(published.plan)):
        lines.append(
            f"`examples/plans/{published.plan.name}` has changed since; the plan of these runs is "
            "the one below."
        )
    return lines


def runs_of(harvest: Harvest) -> str:
    """How many runs are finished."""
    return f"{len(harvest.finished)} of {counted(harvest.planned, 'run')}"


def written(sections: Sequence[Section]) -> list[str]:
    """Sections of a report as parts of a page."""
    return [
        text
        for section in sections
        for text in (f"## {section.title}", *(part for part in section.parts if part))
    ]


def not_begun(published: Published) -> str:
    """The page of an experiment without a run."""
    return "\n\n".join(
        [
            MADE,
            f"# {read_plan(published.plan).name}",
            '!!! warning "Not begun"\n    No run is finished: there is nothing to tell yet.',
            f"```bash\n{published.command}\n```\n",
        ]
    )


def first_page(known: Sequence[Published], compared: dict[str, Comparison]) -> str:
    """The page that leads to all others."""
    parts = [MADE, FIRST.rstrip()]
    for published in known:
        comparison = compared.get(published.name)
        if comparison is None:
            title, state_words = read_plan(published.plan).name, "No run is finished yet"
        else:
            title, state_words = comparison.plan.name, runs_of(comparison.harvest)
        parts.append(f"## [{title}]({published.name}.md)")
        if comparison is not None and not comparison.harvest.complete:
            state_words = f"**Not finished**: {state_words}. Nothing is concluded before"
        parts.append(f"{state_words}.")
        if comparison is not None and comparison.harvest.complete:
            parts += [paragraph(text) for text in prose(comparison)]
        if comparison is not None and comparison.plan.goals:
            parts += goals_section(comparison).parts
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    sys.exit(main())
