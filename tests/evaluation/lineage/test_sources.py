"""What donors, fits, generators, sets and detectors say of their descent."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from napari_lesion_synth.dataset.decisions import append_decision
from napari_lesion_synth.dataset.layout import BLOCK
from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.detection.facts import DetectorFacts
from napari_lesion_synth.detection.grid import GridSettings
from napari_lesion_synth.detection.known_lesions import patients_behind
from napari_lesion_synth.evaluation.lineage.guard import (
    Ct,
    Fold,
    Kind,
    LineageGraph,
    Node,
    contaminations,
    inspect,
)
from napari_lesion_synth.evaluation.lineage.sources import (
    of_autoencoder,
    of_detection,
    of_detector,
    of_donors,
    of_external,
    of_generator,
    of_set,
    of_statistics,
    set_node,
)
from napari_lesion_synth.events import StopToken
from napari_lesion_synth.jobs.generate import generate
from napari_lesion_synth.jobs.settings import GenerateSettings
from napari_lesion_synth.sample_data import (
    sample_autoencoder,
    sample_detector,
    sample_generator,
)
from napari_lesion_synth.synthesis.library import list_donors, save_donors
from napari_lesion_synth.synthesis.statistics import LesionStatistics

HASH = "a" * 64


def people(graph: LineageGraph, node: Node) -> set[str]:
    return {each.name for each in graph.ancestors(node) if each.kind is Kind.PATIENT}


def fold_of(patient: str, product: Node, sha256: str = "") -> list[Fold]:
    return [Fold("this test", product, (Ct(patient, sha256),))]


@pytest.fixture
def donors(ball_donor):
    """Two lesions of one patient, whose CT is known of the first alone."""
    return [
        replace(ball_donor(seed=3), patient="p1", source=HASH),
        replace(ball_donor(seed=4), patient="p1"),
    ]


def test_donors_descend_from_their_cts_in_memory_and_in_a_library(donors, tmp_path):
    library = save_donors(donors, tmp_path / "library")
    for graph in (of_donors(donors), of_donors(list_donors(library))):
        first, second = (Node(Kind.DONOR, each.id) for each in donors)
        assert graph.made_from[first] == (Node(Kind.CT, HASH),)
        assert graph.made_from[second] == (Node(Kind.PATIENT, "p1"),)
        renamed = contaminations(graph, fold_of("p9", first, HASH))
        assert [leak.aliases for leak in renamed] == [("p1",)]


def test_a_fit_descends_from_its_donors_and_the_literature_from_nobody(donors):
    graph = of_statistics(LesionStatistics.fit(donors), "fit")
    node = Node(Kind.STATISTICS, "fit")
    assert people(graph, node) == {"p1"}
    assert any(each.kind is Kind.DONOR for each in graph.made_from[node])
    literature = of_statistics(LesionStatistics.default(), "fit")
    assert inspect(literature, fold_of("p1", node)).verdict == "clean"


def test_the_shipped_generator_descends_from_all_whom_it_has_seen():
    from napari_lesion_synth.synthesis.cgan.model import GeneratorModel

    model = GeneratorModel.load(sample_generator())
    graph, node = of_generator(model), Node(Kind.GENERATOR, model.id)
    assert people(graph, node) == set(model.facts.patients)
    (leak,) = contaminations(graph, fold_of("phantom-100", node))
    assert [each.kind for each in leak.path] == [Kind.PATIENT, Kind.DONOR, Kind.GENERATOR]


def test_the_shipped_auto_encoder_descends_from_the_lesions_of_all_folds():
    from napari_lesion_synth.selection.autoencoder import AutoEncoder

    model = AutoEncoder.load(sample_autoencoder())
    graph, node = of_autoencoder(model), Node(Kind.AUTOENCODER, model.sha256[:16])
    assert people(graph, node) == set(model.patients)
    assert inspect(graph, fold_of("p1", node)).verdict == "clean"


def test_the_shipped_detector_descends_from_all_whom_it_has_seen():
    from napari_lesion_synth.detection.model import DetectorModel

    model = DetectorModel.load(sample_detector())
    graph, node = of_detector(model.facts, model.id), Node(Kind.DETECTOR, model.id)
    assert people(graph, node) == set(model.patients)
    assert inspect(graph, fold_of("p1", node)).verdict == "clean"
    assert inspect(graph, fold_of("phantom-123", node)).verdict == "contaminated"


def facts(**more) -> DetectorFacts:
    return DetectorFacts("cascade", GridSettings(), (), **more)


def test_a_detector_that_keeps_hashes_knows_a_renamed_patient_again():
    graph = of_detector(facts(patients=("p1", "p2"), hosts={HASH: "p1"}), "d")
    node = Node(Kind.DETECTOR, "d")
    assert people(graph, node) == {"p1", "p2"}
    (leak,) = contaminations(graph, fold_of("anon", node, HASH))
    assert leak.patient == "anon"
    assert leak.aliases == ("p1",)
    assert [each.name for each in inspect(graph, fold_of("x", node)).by_name] == ["p2"]


def test_donors_of_a_detector_are_on_the_way_where_their_patient_is_known():
    graph = of_detector(facts(patients=("a-b",), donors=("a-b-0123", "x-4567")), "d")
    node = Node(Kind.DETECTOR, "d")
    assert graph.made_from[node] == (Node(Kind.DONOR, "a-b-0123"),)
    assert inspect(graph, fold_of("p", node)).verdict == "clean"


def test_a_detector_that_names_nobody_is_unknown():
    graph = of_detector(facts(), "d")
    assert inspect(graph, fold_of("p", Node(Kind.DETECTOR, "d"))).verdict == "unknown"


def test_findings_descend_from_their_detector():
    told = {"kind": "cascade", "detector": "d", "patients": ["p1", "p2"], "hosts": {HASH: "p2"}}
    graph, node = (
        of_detection({"detector": "d", "facts": told}, "found"),
        Node(Kind.FINDINGS, "found"),
    )
    assert people(graph, node) == {"p1", "p2"}
    assert inspect(graph, fold_of("p3", node)).verdict == "clean"
    assert inspect(graph, fold_of("p3", node, HASH)).verdict == "contaminated"


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"detector": "d", "facts": {"kind": "cascade", "detector": "d"}},
        {"detector": "theirs.csv", "facts": {"kind": "external", "detector": "theirs.csv"}},
        {"detector": "theirs.csv", "facts": {"kind": "external", "patients": ["p1"]}},
    ],
)
def test_findings_of_others_and_of_older_versions_are_unknown(content):
    graph = of_detection(content, "found")
    assert inspect(graph, fold_of("p3", Node(Kind.FINDINGS, "found"))).verdict == "unknown"


def test_the_file_of_the_detector_tells_what_its_older_findings_did_not():
    graph = of_detection({"detector": "d", "facts": {"kind": "cascade"}}, "found")
    graph |= of_detector(facts(patients=("p1",)), "d")
    assert inspect(graph, fold_of("p3", Node(Kind.FINDINGS, "found"))).verdict == "clean"
    assert inspect(graph, fold_of("p1", Node(Kind.FINDINGS, "found"))).verdict == "contaminated"


def test_another_program_is_unknown_and_what_is_known_of_it_counts():
    node = Node(Kind.FINDINGS, "theirs.csv")
    assert inspect(of_external("theirs.csv"), fold_of("p1", node)).verdict == "unknown"
    told = of_external("theirs.csv", ("p1",))
    assert inspect(told, fold_of("p1", node)).verdict == "contaminated"


@pytest.fixture
def generated(ball_case, donors, tmp_path) -> GeneratedSet:
    """Lesions by two methods in a CT of `host`, all accepted."""
    asked = GenerateSettings(
        out=tmp_path / "set",
        methods={"sigmoid": 1.0, "poisson": 1.0},
        n=4,
        per_scene=2,
        diameter_mm=(6.0, 9.0),
    )
    case = ball_case((24, 80, 80), patient="host")
    donor = replace(donors[0], id="p2-d", patient="p2")
    list(generate(asked, StopToken(), cases=(case,), donors=(donors[0], donor)))
    for name in GeneratedSet.open(asked.out).ids:
        append_decision(asked.out, name, "accept")
    return GeneratedSet.open(asked.out)


def test_a_set_descends_from_hosts_donors_and_statistics(generated):
    graph, node = of_set(generated), set_node(generated)
    assert people(graph, node) == set(patients_behind(generated)) == {"host", "p1", "p2"}
    assert inspect(graph, fold_of("p3", node)).verdict == "clean"
    (host,) = contaminations(graph, fold_of("host", node))
    assert [each.kind for each in host.path] == [Kind.PATIENT, Kind.CT, Kind.LESION, Kind.SET]
    assert host.more == 3
    assert str(node) == "set set"


def test_a_lesion_that_is_not_used_brings_nobody_along(generated):
    table = generated.table
    drawn = [str(name) for name in table["id"][table["donor"] == ""]]
    pasted = table[table["donor"] != ""]
    node = set_node(generated)
    one = str(pasted["id"].iloc[0])
    owner = str(pasted["donor_patient"].iloc[0])
    assert people(of_set(generated, [one]), node) == {"host", owner}
    assert people(of_set(generated, drawn), node) == {"host", "p1", "p2"}


def test_the_hosts_ct_is_known_by_its_voxels(generated):
    host = next(iter(generated.recipes.values())).host
    assert contaminations(of_set(generated), fold_of("renamed", set_node(generated), host))


@pytest.mark.parametrize(
    ("summary", "verdict"),
    [
        ({"autoencoder": {"sha256": "cd" * 32, "patients": ["q1"]}}, "contaminated"),
        ({"autoencoder": {"sha256": "cd" * 32}}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_a_set_that_was_scored_descends_from_the_auto_encoder(generated, summary, verdict):
    (generated.folder / "scores.json").write_text(json.dumps(summary), encoding="utf-8")
    found = inspect(of_set(generated), fold_of("q1", set_node(generated)))
    assert found.verdict == verdict


def with_generator(generated: GeneratedSet, **block) -> GeneratedSet:
    """The set as if its drawn lesions were those of a generator."""
    table = generated.table.copy()
    table.loc[table["donor"] == "", "method"] = "cgan"
    header = {**generated.header, BLOCK: {**generated.info, **block}}
    other = GeneratedSet(generated.folder, header)
    other.__dict__["table"] = table
    return other


def test_learnt_lesions_descend_from_all_whom_the_generator_has_seen(generated):
    told = {"id": "ab12", "patients": ["g1"], "source": "generator.pt"}
    made = with_generator(generated, model=told)
    graph, node = of_set(made), set_node(made)
    assert people(graph, node) == set(patients_behind(made)) == {"host", "p1", "p2", "g1"}
    (leak,) = contaminations(graph, fold_of("g1", node))
    assert Node(Kind.GENERATOR, "ab12") in leak.path


@pytest.mark.parametrize("block", [{}, {"model": {"id": "ab12", "patients": []}}])
def test_a_generator_that_does_not_say_whom_it_has_seen_is_unknown(generated, block):
    made = with_generator(generated, **block)
    assert inspect(of_set(made), fold_of("p9", set_node(made))).verdict == "unknown"
