"""The leak guard: every planted leak is found with a real path, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.evaluation.lineage.guard import (
    NEAR_DUPLICATES,
    Ct,
    Fold,
    Kind,
    LineageGraph,
    Node,
    contaminations,
    inspect,
    require_clean,
)

TRAINING = Node(Kind.TRAINING, "fold 2", "of fold 2")
DETECTOR = Node(Kind.DETECTOR, "d00d")
THRESHOLD = Node(Kind.THRESHOLD, "fold 2", "of fold 2")
VALIDATION = Node(Kind.VALIDATION, "fold 2", "of fold 2")
GAN, AUTOENCODER = Node(Kind.GENERATOR, "ab12"), Node(Kind.AUTOENCODER, "cd34")
FIT, SET = Node(Kind.STATISTICS, "fit"), Node(Kind.SET, "/sets/accepted", "accepted")
OTHER_GAN = Node(Kind.GENERATOR, "0ff0")


def ct(patient: str, number: int = 0) -> Ct:
    return Ct(patient, f"{patient}-{number}".encode().hex().ljust(64, "0"), f"ct{number}{patient}")


def donor(patient: str, number: int = 0) -> Node:
    return Node(Kind.DONOR, f"{patient}-d{number}")


def lesion(name: str) -> Node:
    return Node(Kind.LESION, f"accepted/{name}", name)


def of_donor(patient: str, number: int = 0) -> LineageGraph:
    own = ct(patient)
    return LineageGraph.of(donor(patient, number), [own.node]) | LineageGraph.of_cts([own])


@st.composite
def worlds(draw) -> tuple[LineageGraph, Fold]:
    """A fold that does not leak, in which everything there can be is made from some patients.

    The tested patients have donors, and stand behind a generator, which nobody uses.
    """
    learnt = [f"a{k}" for k in range(draw(st.integers(1, 5)))]
    tested = [f"t{k}" for k in range(draw(st.integers(1, 4)))]

    def some(items, least=1):
        return draw(st.lists(st.sampled_from(items), min_size=least, max_size=4, unique=True))

    cts = [ct(name, k) for name in learnt for k in range(draw(st.integers(1, 2)))]
    donors = [donor(name, k) for name in learnt for k in range(draw(st.integers(1, 2)))]
    graphs = [LineageGraph.of_cts(cts)]
    graphs += [of_donor(each.name.split("-")[0], int(each.name[-1])) for each in donors]
    graphs += [of_donor(name) for name in tested]
    graphs.append(LineageGraph.of(OTHER_GAN, [donor(name) for name in (*learnt, *tested)][:50]))
    graphs.append(LineageGraph.of(FIT, some(donors)))
    graphs.append(LineageGraph.of(GAN, [*some(donors), *(c.node for c in some(cts)), FIT]))
    graphs.append(LineageGraph.of(AUTOENCODER, some(donors)))
    lesions = [lesion(f"l{k}") for k in range(draw(st.integers(1, 4)))]
    for each in lesions:
        maker = draw(st.sampled_from([FIT, GAN, *donors]))
        graphs.append(LineageGraph.of(each, [draw(st.sampled_from(cts)).node, maker]))
    graphs.append(LineageGraph.of(SET, [*lesions, AUTOENCODER]))
    graphs.append(LineageGraph.of(VALIDATION, [c.node for c in some(cts)]))
    graphs.append(LineageGraph.of(THRESHOLD, [VALIDATION]))
    made = [SET, GAN, VALIDATION, *(c.node for c in some(cts)), *some(donors)]
    graphs.append(LineageGraph.of(TRAINING, made))
    graphs.append(LineageGraph.of(DETECTOR, [TRAINING, THRESHOLD]))
    order = draw(st.permutations(range(len(graphs))))
    graph = LineageGraph.joined(graphs[k] for k in order)
    return graph, Fold("fold 2", DETECTOR, tuple(ct(name) for name in tested))


def planted(kind: str, patient: str) -> LineageGraph:
    """What makes a clean fold leak the patient."""
    own, made = ct(patient), LineageGraph.of_cts([ct(patient)])
    extra = lesion("planted")
    alias = Ct("renamed", own.sha256)
    plants = {
        "CT": [LineageGraph.of(TRAINING, [own.node])],
        "CT without a hash": [LineageGraph.of(TRAINING, [Ct(patient).node])],
        "renamed CT": [LineageGraph.of(TRAINING, [alias.node]), LineageGraph.of_cts([alias])],
        "another CT of the renamed patient": [
            LineageGraph.of_cts([alias, ct("renamed", 7)]),
            LineageGraph.of(TRAINING, [ct("renamed", 7).node]),
        ],
        "donor": [LineageGraph.of(TRAINING, [donor(patient)])],
        "statistics": [LineageGraph.of(FIT, [donor(patient)]), LineageGraph.of(SET, [FIT])],
        "generator": [LineageGraph.of(GAN, [donor(patient)])],
        "auto-encoder": [LineageGraph.of(AUTOENCODER, [donor(patient)])],
        "set host": [LineageGraph.of(extra, [own.node, FIT]), LineageGraph.of(SET, [extra])],
        "set donor": [
            LineageGraph.of(extra, [ct("a0").node, donor(patient)]),
            LineageGraph.of(SET, [extra]),
        ],
        "threshold": [LineageGraph.of(THRESHOLD, [own.node])],
        "validation": [LineageGraph.of(VALIDATION, [own.node])],
    }
    # A plant may come without what says whose the CT is: the fold itself tells that.
    known = [] if kind in ("CT", "set host") else [made]
    return LineageGraph.joined([*plants[kind], *known, of_donor(patient)])


LEAKS = {
    "CT": {Kind.TRAINING},
    "CT without a hash": {Kind.TRAINING},
    "renamed CT": {Kind.TRAINING},
    "another CT of the renamed patient": {Kind.TRAINING},
    "donor": {Kind.DONOR, Kind.TRAINING},
    "statistics": {Kind.DONOR, Kind.STATISTICS},
    "generator": {Kind.DONOR, Kind.GENERATOR, Kind.TRAINING},
    "auto-encoder": {Kind.DONOR, Kind.AUTOENCODER, Kind.SET, Kind.TRAINING},
    "set host": {Kind.CT, Kind.LESION, Kind.SET, Kind.TRAINING},
    "set donor": {Kind.DONOR, Kind.LESION, Kind.SET, Kind.TRAINING},
    "threshold": {Kind.CT, Kind.THRESHOLD},
    "validation": {Kind.CT, Kind.VALIDATION},
}


@given(worlds())
def test_a_clean_fold_passes(world):
    graph, fold = world
    found = require_clean(graph, [fold])
    assert (found.leaks, found.gaps, found.verdict) == ((), (), "clean")


@given(worlds(), st.sampled_from(sorted(LEAKS)), st.data())
def test_a_planted_leak_is_found_with_a_path_that_is_there(world, kind, data):
    graph, fold = world
    patient = data.draw(st.sampled_from(fold.tested)).patient
    whole = graph | planted(kind, patient)
    leaks = contaminations(whole, [fold])
    assert {leak.patient for leak in leaks} == {patient}
    seen = whole | LineageGraph.of_cts(fold.tested)
    for leak in leaks:
        assert leak.path[0] in seen.same_person(Node(Kind.PATIENT, patient))
        assert leak.path[-1] == DETECTOR
        for made_from, thing in zip(leak.path, leak.path[1:], strict=False):
            assert made_from in seen.made_from[thing]
            assert str(thing) in str(leak)
    assert any(LEAKS[kind] <= {node.kind for node in leak.path} for leak in leaks)
    with pytest.raises(ParameterError, match=f"patient {patient}"):
        require_clean(whole, [fold])


def test_the_path_is_told_in_words():
    own = ct("p7")
    graph = LineageGraph.joined(
        [
            LineageGraph.of_cts([own]),
            LineageGraph.of(Node(Kind.DONOR, "p7-d3"), [own.node]),
            LineageGraph.of(GAN, [Node(Kind.DONOR, "p7-d3")]),
            LineageGraph.of(SET, [GAN]),
            LineageGraph.of(TRAINING, [SET]),
        ]
    )
    with pytest.raises(ParameterError) as refused:
        require_clean(graph, [Fold("fold 2", TRAINING, (own,))])
    assert (
        "patient p7 is tested on in fold 2, and stands behind: CT ct0p7 -> donor p7-d3 -> "
        "generator ab12 -> set accepted -> training of fold 2"
    ) in refused.value.what
    assert "Leave the set accepted out" in refused.value.remedy


def test_ways_that_differ_in_the_donor_alone_are_told_once():
    donors = [donor("p7", k) for k in range(4)]
    graph = LineageGraph.joined(
        [
            *(of_donor("p7", k) for k in range(4)),
            LineageGraph.of(GAN, donors[:3]),
            LineageGraph.of(FIT, donors[3:]),
            LineageGraph.of(TRAINING, [GAN, FIT]),
        ]
    )
    one, other = contaminations(graph, [Fold("fold 1", TRAINING, (ct("p7"),))])
    assert {GAN, FIT} == {one.path[-2], other.path[-2]}
    assert sorted([one.more, other.more]) == [0, 2]


def test_a_renamed_patient_is_called_by_both_names():
    own = ct("p7")
    alias = Ct("anon-3", own.sha256, "scan")
    graph = LineageGraph.of_cts([alias]) | LineageGraph.of(TRAINING, [alias.node])
    (leak,) = contaminations(graph, [Fold("fold 1", TRAINING, (own,))])
    assert "patient p7 (by the same CT: anon-3)" in str(leak)


def test_the_same_ct_under_two_names_in_two_folds_is_one_person():
    """Only the other fold tells that the two are one."""
    first, second = ct("p7"), Ct("anon-3", ct("p7").sha256)
    graph = LineageGraph.of(TRAINING, [ct("anon-3", 5).node]) | LineageGraph.of_cts(
        [ct("anon-3", 5)]
    )
    one = Fold("fold 1", TRAINING, (first,))
    two = Fold("fold 2", Node(Kind.TRAINING, "other"), (second,))
    assert contaminations(graph, [one]) == ()
    assert [leak.fold for leak in contaminations(graph, [one, two])] == ["fold 1"]


def test_what_is_made_from_something_unrecorded_is_unknown_and_never_clean():
    graph = LineageGraph.of(DETECTOR, [Node(Kind.SET, "old")])
    found = require_clean(graph, [Fold("fold 1", DETECTOR, (ct("p7"),))])
    assert found.verdict == "unknown"
    assert (
        "It is not known what set old was made from, which stands behind fold 1: "
        "set old -> detector d00d."
    ) in found.words
    nothing = require_clean(LineageGraph(), [Fold("fold 1", DETECTOR, (ct("p7"),))])
    assert nothing.verdict == "unknown"


def test_what_may_be_made_from_more_is_unknown_and_its_leaks_are_told():
    known = LineageGraph.of(DETECTOR, [Node(Kind.PATIENT, "p1")], known=False)
    found = inspect(known, [Fold("fold 1", DETECTOR, (ct("p7"),))])
    assert found.verdict == "unknown"
    found = inspect(known, [Fold("fold 1", DETECTOR, (ct("p1"),))])
    assert found.verdict == "contaminated"
    assert len(found.gaps) == 1


def test_one_description_that_is_whole_makes_up_for_one_that_is_not():
    doubt = LineageGraph.of(DETECTOR, known=False)
    sure = LineageGraph.of(DETECTOR, [Node(Kind.PATIENT, "p1")])
    fold = Fold("fold 1", DETECTOR, (ct("p7"),))
    assert inspect(doubt | sure, [fold]).verdict == "clean"
    assert inspect(sure | doubt, [fold]).verdict == "clean"


def test_patients_known_by_name_alone_are_told_and_so_are_near_duplicates():
    graph = LineageGraph.of(DETECTOR, [Node(Kind.PATIENT, "p1"), ct("p2").node])
    found = inspect(graph | LineageGraph.of_cts([ct("p2")]), [Fold("it", DETECTOR, (ct("p7"),))])
    assert [node.name for node in found.by_name] == ["p1"]
    assert "1 patient behind it (p1): known by name alone" in found.words[1]
    assert found.words[-1] == NEAR_DUPLICATES


def test_a_path_is_the_shortest_and_empty_where_there_is_none():
    a, b, c = (Node(Kind.SET, name) for name in "abc")
    graph = LineageGraph.of(b, [a]) | LineageGraph.of(c, [a, b])
    assert graph.path(a, c) == (a, c)
    assert graph.path(c, a) == ()
    assert graph.path(a, a) == (a,)
    assert graph.ancestors(c) == {a, b}


def test_things_that_were_made_from_each_other_do_not_hang_the_guard():
    a, b = Node(Kind.SET, "a"), Node(Kind.SET, "b")
    graph = LineageGraph.of(a, [b]) | LineageGraph.of(b, [a, ct("p7").node])
    assert [str(leak) for leak in contaminations(graph, [Fold("it", a, (ct("p7"),))])] == [
        "patient p7 is tested on in it, and stands behind: CT ct0p7 -> set b -> set a"
    ]


def test_a_name_for_people_is_kept_whoever_gives_it():
    bare, named = Node(Kind.SET, "/x/y"), Node(Kind.SET, "/x/y", "y")
    for graph in (
        LineageGraph.of(TRAINING, [bare]) | LineageGraph.of(named),
        LineageGraph.of(named) | LineageGraph.of(TRAINING, [bare]),
    ):
        assert str(graph.made_from[TRAINING][0]) == "set y"
