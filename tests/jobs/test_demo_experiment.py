"""The experiment at the end of the demo: what is said of it, and that it goes on where it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.jobs.experiments import plan_file

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.evaluation.experiment.plan import plan_differences
from napari_lesion_synth.events import Artifact, Log, Stopped, StopToken
from napari_lesion_synth.jobs.demo_experiment import ask_whether_it_helps
from napari_lesion_synth.jobs.experiment_plan import read_plan
from napari_lesion_synth.sample_data import demo_plan


def ask(plan, out, token=None):
    """Its events, and the HTML of its section."""
    stream = ask_whether_it_helps(plan, out, token or StopToken())
    events = []
    while True:
        try:
            events.append(next(stream))
        except StopIteration as end:
            return events, "\n".join(end.value.parts)


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    plan = plan_file(folder / "plan")
    return plan, folder / "experiment", ask(plan, folder / "experiment")


def test_the_section_holds_figures_with_intervals_prose_curves_and_limits(asked):
    _, _, (_, text) = asked
    assert "<td>augmented</td>" in text
    assert "<td>sigmoid</td>" in text
    assert "2 arms with 1 training each looked for" in text
    assert "<svg" in text
    assert "What this does not show" in text
    assert "whether another training would show it" in text or "Each arm was trained once" in text


def test_it_leads_to_the_whole_report(asked):
    _, out, (_, text) = asked
    assert 'href="experiment/report.html"' in text
    assert "Toy slices" in (out / "report.html").read_text(encoding="utf-8")


def test_it_says_beforehand_what_can_be_seen_and_leaves_progress_to_the_demo(asked):
    _, _, (events, text) = asked
    assert {type(event) for event in events} == {Log, Artifact}
    assert any("test lesions, 0.65 against" in getattr(event, "text", "") for event in events)
    assert "What an experiment of this size can see" in text


def test_asked_again_it_trains_nothing_and_says_the_same(asked):
    plan, out, (_, text) = asked
    before = {path: path.stat().st_mtime_ns for path in (out / "runs").iterdir()}
    assert len(before) == 2
    assert ask(plan, out)[1] == text
    assert {path: path.stat().st_mtime_ns for path in (out / "runs").iterdir()} == before


def test_another_plan_in_the_same_folder_is_refused(asked):
    plan, out, _ = asked
    with pytest.raises(ParameterError, match="another plan"):
        ask(plan_file(plan.parent, "other.yaml", rate=1), out)


def test_a_stop_is_heard(asked, tmp_path):
    token = StopToken()
    token.stop()
    with pytest.raises(Stopped):
        ask(asked[0], tmp_path / "experiment", token)


def test_the_plan_that_is_shipped_is_that_of_the_examples():
    examples = Path(__file__).parents[2] / "examples" / "plans"
    assert (
        plan_differences(read_plan(demo_plan()), read_plan(examples / "phantom-small.yaml")) == []
    )
