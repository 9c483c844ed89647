"""The pages of results come out of one script, from the runs that lie beside them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from tests.evaluation.simulated_runs import World, plan_of, simulate

from napari_lesion_synth.evaluation.experiment.plan import ExperimentPlan
from napari_lesion_synth.evaluation.experiment.run_result import write_run
from napari_lesion_synth.events import StopToken
from napari_lesion_synth.jobs.experiment_report import report_experiment
from napari_lesion_synth.jobs.experiment_report_settings import ReportSettings

RESULTS = Path(__file__).parents[2] / "docs" / "results"
GOALS = [{"arm": "poisson", "rate": 0.5, "at_least": 1.0}]


def experiment(folder: Path, seeds: range = range(2), **changes: object) -> Path:
    """The folder of a simulated experiment of two arms and two seeds, or of some of them."""
    plan = plan_of(**{"seeds": 2, "goals": GOALS, **changes})
    (folder / "runs").mkdir(parents=True)
    content = plan.model_dump(mode="json", exclude={"training": {"seed"}})
    (folder / "plan.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    for run in simulate(plan, World(patients=5, healthy=1, shams=2)):
        if run.seed in seeds:
            write_run(folder / "runs" / f"{run.name}.json", run)
    return folder


def make(out: Path, *arguments: str) -> int:
    from docs import results

    return results.main(["--out", str(out), *arguments])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("results")
    source = experiment(folder / "source")
    assert make(folder / "out", "--take", f"phantom={source}") == 0
    return folder / "out", source


def test_tables_and_drawings_are_those_of_the_report(made: tuple[Path, Path]) -> None:
    out, source = made
    list(report_experiment(ReportSettings(out=source, pictures=False), StopToken()))
    for kind, least in (("tables", 5), ("figures", 5)):
        files = list((out / "phantom" / kind).iterdir())
        assert len(files) >= least
        for file in files:
            assert file.read_bytes() == (source / kind / file.name).read_bytes()


def test_a_finished_experiment_is_told_with_its_goals_reached_or_missed(
    made: tuple[Path, Path],
) -> None:
    out, _ = made
    page, first = (
        (out / "phantom.md").read_text(encoding="utf-8"),
        (out / "index.md").read_text(encoding="utf-8"),
    )
    for text in (page, first):
        assert "4 of 4 runs" in text
        assert "Not finished" not in text
        assert "Goal missed" in text


def test_a_page_shows_drawings_and_tables_that_are_there(made: tuple[Path, Path]) -> None:
    out, _ = made
    page = (out / "phantom.md").read_text(encoding="utf-8")
    named = re.findall(r'src="([^"]+)"|\]\((phantom/[^)]+)\)', page)
    assert len(named) >= 10
    assert all((out / (one or other)).exists() for one, other in named)
    assert "<svg" not in page
    assert "data:" not in page


def test_the_first_page_tells_what_has_not_begun(made: tuple[Path, Path]) -> None:
    out, _ = made
    assert "Not begun" in (out / "slices.md").read_text(encoding="utf-8")
    assert (out / "index.md").read_text(encoding="utf-8").count("No run is finished yet.") == 2


def test_an_unfinished_experiment_says_so_first_and_goes_on_when_more_is_taken_in(
    tmp_path: Path,
) -> None:
    some, whole = experiment(tmp_path / "some", range(1)), experiment(tmp_path / "whole")
    out = tmp_path / "out"
    assert make(out, "--take", f"phantom={some}") == 0
    page = (out / "phantom.md").read_text(encoding="utf-8")
    assert page.index("Not finished") < page.index("## ")
    assert "Goal missed" not in page
    assert "**Not finished**: 2 of 4 runs" in (out / "index.md").read_text(encoding="utf-8")
    assert make(out, "--take", f"phantom={whole}") == 0
    assert "Not finished" not in (out / "phantom.md").read_text(encoding="utf-8")


def test_the_same_runs_make_the_same_pages(made: tuple[Path, Path]) -> None:
    out, _ = made
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert make(out) == 0
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before


def test_runs_of_another_plan_are_refused(
    made: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = experiment(tmp_path / "other", rate=1.0)
    assert make(made[0], "--take", f"phantom={other}") == 1
    assert "another plan" in capsys.readouterr().err
    assert make(made[0], "--take", f"nobody={other}") == 1
    assert "no experiment 'nobody'" in capsys.readouterr().err


def test_the_pages_that_are_kept_tell_of_all_runs_that_are_kept() -> None:
    from docs.results import EXPERIMENTS

    for name in EXPERIMENTS:
        runs = len(list((RESULTS / name / "runs").glob("*.json")))
        page = (RESULTS / f"{name}.md").read_text(encoding="utf-8")
        assert re.search(rf"^{runs} of \d+ runs; plan" if runs else "Not begun", page, re.MULTILINE)


def test_no_picture_is_kept_with_results() -> None:
    kept = {path.suffix for path in RESULTS.rglob("*") if path.is_file()}
    assert kept <= {".md", ".yaml", ".json", ".csv", ".svg"}


def test_the_plans_on_the_page_of_experiments_can_be_used() -> None:
    text = (RESULTS.parent / "experiments.md").read_text(encoding="utf-8")
    plans = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert plans
    for plan in plans:
        ExperimentPlan.model_validate(yaml.safe_load(plan))
