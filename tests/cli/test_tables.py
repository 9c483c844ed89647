"""What a judged set got, as a person reads it in a terminal."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from napari_lesion_synth.cli.output import perform
from napari_lesion_synth.cli.tables import shown_results
from napari_lesion_synth.events import Done, to_json
from napari_lesion_synth.intervals import wilson

ACCEPTANCE = [
    {
        "zone": zone,
        "method": method,
        "n": 30,
        "in_band": 22,
        "passed": 20,
        "share": 2 / 3,
        "low": wilson(20, 30).low,
        "high": wilson(20, 30).high,
    }
    for zone, method in (("", ""), ("rim", ""), ("", "cgan"), ("rim", "cgan"))
]
COUNTS = [
    {"zone": "rim", "method": "cgan", "n": 9, "accept": 6, "reject": 2, "open": 1, "person": 3},
    {
        "zone": "interior",
        "method": "cgan",
        "n": 2,
        "accept": 0,
        "reject": 0,
        "open": 2,
        "person": 0,
    },
]


def group(method, zone, **figures):
    given = {
        name: {"value": value, "low": low, "high": high, "reference": reference}
        for name, (value, low, high, reference) in figures.items()
    }
    missing = {"memorised": "no training lesions were given"}
    return {"method": method, "zone": zone, "n": 40, "figures": given, "missing": missing}


QUALITY = {
    "all": {
        "groups": [
            group(
                None, None, auc_logistic=(0.554, 0.41, 0.69, 0.5), mmd_p=(0.0042, None, None, None)
            ),
            group("cgan", None, auc_logistic=(0.61, None, None, 0.5)),
            group("sigmoid", None, auc_logistic=(0.77, 0.63, 0.9, 0.5)),
            group(None, "rim"),
        ],
        "notes": ["few patients"],
    },
    "passed": {
        "groups": [group(None, None, hu_wasserstein=(12.34, 9.0, 15.01, None))],
        "notes": ["few patients"],
    },
}


def written(result, width=80):
    """The tables as lines of a terminal of some width, with single blanks."""
    file = io.StringIO()
    console = Console(file=file, width=width)
    for part in shown_results(result):
        console.print(part)
    return [re.sub(" +", " ", line.strip()) for line in file.getvalue().splitlines()]


def test_acceptance_is_shown_by_zone_and_method_with_number_and_interval():
    lines = written({"acceptance": ACCEPTANCE})
    for kind in ("all all", "rim all", "all cgan", "rim cgan"):
        assert f"{kind} 30 22 20 67 % (49 to 81)" in lines


def test_verdicts_have_the_share_of_those_judged_and_a_total():
    lines = written({"counts": COUNTS})
    assert "rim cgan 9 6 75 % (41 to 93) 2 1 3" in lines
    assert "interior cgan 2 0 0 2 0" in lines
    assert "all all 11 6 75 % (41 to 93) 2 3 3" in lines


def test_figures_have_their_intervals_and_what_real_lesions_get():
    lines = written({"quality": QUALITY})
    assert "auc_logistic 0.55 (0.41 to 0.69) 0.50" in lines
    assert "hu_wasserstein (HU) 12.3 (9.00 to 15.0)" in lines
    assert "mmd_p 0.0042" in lines


def test_methods_are_compared_and_what_is_missing_is_told():
    lines = written({"quality": QUALITY})
    assert "figure cgan, n 40 sigmoid, n 40" in lines
    assert "auc_logistic 0.61 0.77 (0.63 to 0.90)" in lines
    assert "not computed: memorised (all, n 40): no training lesions were given" in lines
    assert lines.count("note: few patients") == 1


def test_an_open_band_and_a_name_in_brackets_are_shown_as_they_are():
    band = {"low": 9.96, "high": None, "note": "64 lesions [of 16]", "errors": [1.0] * 64}
    lines = written({"bands": {"rim": band}, "set": "a [bold] name"})
    assert "rim 9.96 no end 64 lesions [of 16]" in lines
    assert "a [bold] name" in lines[-1]


@pytest.mark.parametrize("width", [60, 80])
def test_no_figure_is_cut_off(width):
    text = " ".join(written({"acceptance": ACCEPTANCE, "counts": COUNTS}, width))
    assert "…" not in text
    for number in ("49", "81", "93"):
        assert number in text


def test_scripts_get_the_result_as_it_was(capsys):
    done = Done({"acceptance": ACCEPTANCE, "counts": COUNTS})
    perform(lambda _: iter([done]), as_json=True)
    assert capsys.readouterr().out == to_json(done) + "\n"


def test_a_terminal_gets_tables(capsys):
    perform(lambda _: iter([Done({"counts": COUNTS, "set": "s"})]), as_json=False)
    out = capsys.readouterr().out
    assert "Verdicts" in out
    assert "{" not in out
    assert out.splitlines()[-1] == "set: s"


def test_a_reason_for_no_lesion_is_refused(generate, cli, files):
    assert generate(n=2).code == 0
    refused = cli("review", files["out"], "--reason", "seam")
    assert refused.code == 2
    assert "a reason belongs to lesions" in refused.err
    counted = cli("review", files["out"], "--reject", "lesion_000000", "--reason", "seam")
    assert counted.code == 0
    assert "reject: 1 lesion\n" in counted.err
    assert "Verdicts" in counted.out
