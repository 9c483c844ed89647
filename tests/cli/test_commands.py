from __future__ import annotations

import json
import subprocess
import sys

import pytest

from napari_lesion_synth import __version__
from napari_lesion_synth.dataset.layout import SAMPLES_CSV
from napari_lesion_synth.dataset.reader import GeneratedSet

COMMANDS = (
    "generate", "extract-donors", "place", "replay", "export", "sheet", "blind-sheet", "doctor",
    "demo",
)  # fmt: skip


def test_the_version_is_printed(cli):
    run = cli("--version")
    assert (run.code, run.out.strip()) == (0, f"napari-lesion-synth {__version__}")


def test_the_help_lists_all_commands(cli):
    run = cli("--help")
    assert run.code == 0
    assert all(name in run.out for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_help_and_json(cli, name):
    run = cli(name, "--help")
    assert run.code == 0
    assert "--json" in run.out


def test_no_arguments_show_the_help_and_are_bad_usage(cli):
    run = cli()
    assert run.code == 2
    assert "generate" in run.out + run.err


def test_the_command_line_knows_no_windows_and_is_quick_to_import():
    script = (
        "import sys, napari_lesion_synth.cli as c; "
        "loaded = [m for m in ('napari', 'qtpy', 'magicgui', 'torch', 'SimpleITK', 'pandas') "
        "if m in sys.modules]; print(loaded)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, encoding="utf-8"
    )
    assert done.stdout.strip() == "[]"


def test_generate_makes_the_set(generate, files):
    run = generate()
    assert run.code == 0, run.err
    assert len(GeneratedSet.open(files["out"]).table) == 4
    assert f"set: {files['out']}" in run.out
    assert "lesions: 4" in run.out


def test_every_option_of_generate_reaches_the_set(generate, files):
    run = generate(
        *("--lesions", files["lesions"], "--rim", 0, "--seed", 5, "--per-scene", 2),
        *("--context", 3, "--set", "sigmoid.delta_hu=-30", "--patient", "p7", "--volumes"),
        *("--units", "hu", "--organ-label", 1, "--lesion-label", 1),
        method="poisson:3,sigmoid",
    )
    assert run.code == 0, run.err
    opened = GeneratedSet.open(files["out"])
    assert list(opened.table["method"]).count("poisson") == 3
    assert set(opened.table["zone"]) == {"interior"}
    assert set(opened.table["patient"]) == {"p7"}
    assert opened.table["scene"].nunique() == 2
    info = opened.info
    assert (info["seed"], info["per_scene"], info["context_mm"]) == (5, 2, 3)
    assert info["fixed"] == {"sigmoid": {"delta_hu": -30}}
    assert info["cases"][0]["inputs"]["organ_label"] == 1
    assert info["cases"][0]["inputs"]["lesion_label"] == 1
    assert info["cases"][0]["inputs"]["units"] == "hu"
    assert len(list((files["out"] / "imagesTr").glob("*.nii.gz"))) == 2


def test_events_are_json_lines_and_nothing_else(generate):
    run = generate("--json")
    kinds = [event["event"] for event in run.events]
    assert run.code == 0
    assert kinds[0] == "started"
    assert kinds[-1] == "done"
    assert "progress" in kinds
    assert run.err == ""


def test_bad_usage_is_2_and_says_what_and_the_remedy(generate):
    run = generate(method="magic")
    assert run.code == 2
    assert "no synthesis method 'magic'" in run.err
    assert "Use one of" in run.err
    assert "Traceback" not in run.err


def test_bad_usage_is_an_event_in_json(generate):
    run = generate("--json", method="poisson")
    assert run.code == 2
    failed = run.events[-1]
    assert failed["event"] == "failed"
    assert "there are none" in failed["what"]
    assert "--donors" in failed["remedy"]


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [("--rim", "1.5", "rim"), ("--n", "0", "n: "), ("--workers", "0", "workers")],
)
def test_values_out_of_range_are_bad_usage(generate, option, value, words):
    run = generate(option, value)
    assert run.code == 2
    assert words in run.err


def test_an_unknown_option_is_bad_usage(generate):
    assert generate("--colour", "blue").code == 2


def test_failing_on_the_work_is_1(generate, files):
    files["organ"].write_bytes(files["organ"].read_bytes()[:100])
    run = generate()
    assert run.code == 1
    assert "liver.nii.gz" in run.err
    assert "Traceback" not in run.err


def test_another_set_in_the_folder_is_1_with_the_difference(generate):
    generate()
    run = generate("--seed", 1)
    assert run.code == 1
    assert "seed is 0 there and 1 here" in run.err


def test_a_defect_of_the_program_is_not_swallowed(cli, monkeypatch, tmp_path):
    from napari_lesion_synth.jobs import replay

    def broken(*_):
        raise RuntimeError("a bug")

    monkeypatch.setattr(replay, "replay", broken)
    run = cli("replay", tmp_path)
    assert run.code == 1
    assert isinstance(run.error, RuntimeError)


def test_donors_are_collected_and_used(cli, generate, files, tmp_path):
    run = cli(
        *("extract-donors", files["ct"], "--organ", files["organ"]),
        *("--lesions", files["lesions"], "--out", tmp_path / "donors"),
    )
    assert run.code == 0, run.err
    assert "held: 1" in run.out
    assert generate("--donors", tmp_path / "donors", method="poisson").code == 0
    donors = GeneratedSet.open(files["out"]).info["donors"]
    assert donors["source"] == str(tmp_path / "donors")


def test_replay_agrees_and_then_notices_a_difference(cli, generate, files):
    generate()
    run = cli("replay", files["out"])
    assert run.code == 0
    assert "all 4 lesions come out with the same bytes" in run.err
    table = files["out"] / SAMPLES_CSV
    digest = GeneratedSet.open(files["out"]).table["sha256"][2]
    table.write_text(table.read_text(encoding="utf-8").replace(digest, "0" * 64), encoding="utf-8")
    run = cli("replay", files["out"])
    assert run.code == 1
    assert "1 of 4 lesions come out differently: lesion_000002" in run.err


def test_export_writes_a_dataset(cli, generate, files, tmp_path):
    generate()
    run = cli("export", files["out"], "--to", "nnunet", "--out", tmp_path / "raw", "--no-hosts")
    assert run.code == 0, run.err
    target = tmp_path / "raw" / "Dataset501_LesionSynth"
    assert json.loads((target / "dataset.json").read_text(encoding="utf-8"))["numTraining"] == 1


def test_export_refuses_a_format_it_does_not_know(cli, tmp_path):
    assert cli("export", tmp_path, "--to", "coco", "--out", tmp_path).code == 2


def test_a_folder_that_is_no_set_is_1(cli, tmp_path):
    run = cli("replay", tmp_path, "--json")
    assert run.code == 1
    assert "not a generated set" in run.events[-1]["what"]


def test_the_sheet_is_drawn(cli, generate, files, tmp_path):
    generate()
    assert cli("sheet", files["out"], "--out", tmp_path / "sheet.png", "--n", 2).code == 0
    assert (tmp_path / "sheet.png").read_bytes()[:4] == b"\x89PNG"


def test_doctor_prints_text_or_json(cli, monkeypatch):
    from napari_lesion_synth.jobs import doctor

    monkeypatch.setattr(doctor, "diagnose", lambda: {"Python": "3.99"})
    assert "3.99" in cli("doctor").out
    assert json.loads(cli("doctor", "--json").out) == {"Python": "3.99"}
