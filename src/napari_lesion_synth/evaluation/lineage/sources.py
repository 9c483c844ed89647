"""What the program's own things say of their descent, as graphs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from napari_lesion_synth.dataset.lineage import needs_model
from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.detection.facts import DetectorFacts
from napari_lesion_synth.detection.known_lesions import accepted_ids
from napari_lesion_synth.evaluation.lineage.graph import Ct, Kind, LineageGraph, Node
from napari_lesion_synth.selection.scores_file import read_summary
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.library import DonorEntry
from napari_lesion_synth.synthesis.statistics import LesionStatistics

if TYPE_CHECKING:
    from napari_lesion_synth.selection.autoencoder import AutoEncoder
    from napari_lesion_synth.synthesis.cgan.model import GeneratorModel

__all__ = [
    "of_autoencoder",
    "of_detection",
    "of_detector",
    "of_donors",
    "of_external",
    "of_generator",
    "of_set",
    "of_statistics",
    "set_node",
]

_ID = 16
"""Digits of a hash that tell weights apart."""


def of_donors(donors: Iterable[Donor | DonorEntry]) -> LineageGraph:
    """Donors, in memory or in the index of a library: from their CTs where these are known."""
    graphs = []
    for donor in donors:
        ct = Ct(donor.patient, donor.source)
        graphs += [
            LineageGraph.of(Node(Kind.DONOR, donor.id), [ct.node]),
            LineageGraph.of_cts([ct]),
        ]
    return LineageGraph.joined(graphs)


def of_statistics(statistics: LesionStatistics, name: str) -> LineageGraph:
    """A fit of lesions, from the donors and the outlines that went in.

    Parameters
    ----------
    statistics : LesionStatistics
        The fit; the literature's alone descends from nobody.
    name : str
        Tells it from others.
    """
    records = {each.id: each.patient for each in statistics.lesions}
    records |= {each.id: each.patient for each in statistics.outlines}
    return _made(Node(Kind.STATISTICS, name), records)


def of_generator(model: GeneratorModel) -> LineageGraph:
    """A generator, from the donors and the patients that it has seen."""
    facts = model.facts
    records = {
        **_owners(facts.donors, facts.patients),
        **{each.id: each.patient for each in facts.statistics.lesions},
    }
    return _made(
        Node(Kind.GENERATOR, model.id), records, facts.patients, known=bool(facts.patients)
    )


def of_autoencoder(model: AutoEncoder) -> LineageGraph:
    """An auto-encoder, from the lesions that trained its folds, and those that set its bands."""
    records = {item.id: item.patient for item in model.held_out}
    trained = sorted({name for fold in model.folds for name in fold.trained_on})
    return _made(_autoencoder(model.sha256), records, trained, known=bool(records))


def set_node(generated: GeneratedSet) -> Node:
    """A set, told from others by its folder."""
    return Node(Kind.SET, str(generated.folder.resolve()), generated.folder.name)


def of_set(generated: GeneratedSet, ids: Sequence[str] | None = None) -> LineageGraph:
    """A set, lesion by lesion: from its host, and from its donor, the statistics or a generator.

    A set that was scored was selected by an auto-encoder, and descends from it too.

    Parameters
    ----------
    generated : GeneratedSet
        The set.
    ids : sequence of str, optional
        Those of its lesions that are used; default: the accepted ones.

    Raises
    ------
    DatasetError
        If none is accepted, or the set is damaged.
    """
    info, whole = generated.info, set_node(generated)
    used = accepted_ids(generated) if ids is None else list(ids)
    teachers = {str(each["id"]): str(each["patient"]) for each in info["donors"]["lesions"]}
    fit = Node(Kind.STATISTICS, whole.name, f"of the set {whole.label}")
    learnt, graph = _model_of(info, whole)
    graphs = [graph, _made(fit, teachers)]
    lesions = []
    table = generated.table.set_index("id").loc[used]
    for name, row in zip(used, table.to_dict("records"), strict=True):
        host = Ct(str(row["patient"]), generated.recipes[name].host, str(row["case"]))
        lesion = Node(Kind.LESION, f"{whole.name}/{name}", name)
        if row["donor"]:
            donor = Node(Kind.DONOR, str(row["donor"]))
            made_from = [donor]
            graphs.append(LineageGraph.of(donor, _people([str(row["donor_patient"])])))
        else:
            made_from = [fit, *([learnt] if needs_model(str(row["method"])) else [])]
        graphs += [LineageGraph.of(lesion, [host.node, *made_from]), LineageGraph.of_cts([host])]
        lesions.append(lesion)
    judge = _judge_of(generated)
    graphs += [judge, LineageGraph.of(whole, [*lesions, *judge.made_from])]
    return LineageGraph.joined(graphs)


def of_detector(facts: DetectorFacts, name: str) -> LineageGraph:
    """A detector, from the CTs that trained it and chose its weights, and from its donors.

    Parameters
    ----------
    facts : DetectorFacts
        What its file says. CTs of which it keeps no hash are known by their patient; a file that
        names nobody tells nothing.
    name : str
        `Detector.id`.
    """
    patients = tuple(dict.fromkeys((*facts.patients, *facts.lineage)))
    owners = _owners(facts.donors, patients)
    return _detector(Node(Kind.DETECTOR, name), patients, owners, facts.hosts)


def of_detection(content: Mapping[str, Any], name: str) -> LineageGraph:
    """The findings that `detect` wrote, from their detector.

    Parameters
    ----------
    content : mapping
        Of ``findings.json``. It says whom the detector has learnt from, unless an older version
        wrote it or the findings are those of another program.
    name : str
        Tells the findings from others.
    """
    facts = content.get("facts")
    facts = facts if isinstance(facts, Mapping) else {}
    detector = Node(Kind.DETECTOR, str(content.get("detector", name)))
    patients = tuple(str(each) for each in facts.get("patients", ()))
    return LineageGraph.of(Node(Kind.FINDINGS, name), [detector]) | _detector(
        detector, patients, {}, facts.get("hosts"), known=facts.get("kind") != "external"
    )


def of_external(name: str, patients: Sequence[str] = ()) -> LineageGraph:
    """Findings of another program, of which nothing is known but patients that it has seen."""
    return LineageGraph.of(Node(Kind.FINDINGS, name), _people(patients), known=False)


def _detector(
    node: Node,
    patients: Sequence[str],
    donors: Mapping[str, str],
    hosts: object,
    *,
    known: bool = True,
) -> LineageGraph:
    """From CTs where their hashes are kept, and from patients where only names are."""
    hashes = hosts if isinstance(hosts, Mapping) else {}
    seen = [Ct(str(patient), str(sha256)) for sha256, patient in hashes.items()]
    rest = [name for name in patients if name not in {ct.patient for ct in seen}]
    return LineageGraph.joined(
        [
            LineageGraph.of_cts(seen),
            LineageGraph.of(node, [ct.node for ct in seen], known=known and bool(patients)),
            _made(node, donors, rest, known=known and bool(patients)),
        ]
    )


def _made(
    node: Node, donors: Mapping[str, str], patients: Iterable[str] = (), *, known: bool = True
) -> LineageGraph:
    """Something made from donors, named with their patients, and from further patients."""
    rest = [name for name in patients if name not in set(donors.values())]
    parents = [*(Node(Kind.DONOR, donor) for donor in donors), *_people(rest)]
    owned = (LineageGraph.of(Node(Kind.DONOR, d), _people([owner])) for d, owner in donors.items())
    return LineageGraph.joined([LineageGraph.of(node, parents, known=known), *owned])


def _owners(donors: Iterable[str], patients: Iterable[str]) -> dict[str, str]:
    """Donors by id with their patients, whose name an id begins with; others are left out."""
    known = set(patients)
    pairs = ((donor, donor.rpartition("-")[0]) for donor in donors)
    return {donor: patient for donor, patient in pairs if patient in known}


def _people(names: Iterable[str]) -> list[Node]:
    return [Node(Kind.PATIENT, name) for name in names]


def _autoencoder(sha256: str) -> Node:
    return Node(Kind.AUTOENCODER, sha256[:_ID])


def _model_of(info: Mapping[str, Any], whole: Node) -> tuple[Node, LineageGraph]:
    """The generator that a set was made with; unknown where the set does not name it."""
    told = info.get("model", {})
    patients = [str(name) for name in told.get("patients", ())]
    if "id" not in told:
        return Node(Kind.GENERATOR, whole.name, f"of the set {whole.label}"), LineageGraph()
    node = Node(Kind.GENERATOR, str(told["id"]))
    return node, LineageGraph.of(node, _people(patients), known=bool(patients))


def _judge_of(generated: GeneratedSet) -> LineageGraph:
    """The auto-encoder that judged a set; nothing where none did."""
    summary = read_summary(generated.folder)
    if summary is None:
        return LineageGraph()
    told = summary.get("autoencoder")
    if not isinstance(told, Mapping):
        return LineageGraph.of(_autoencoder("unnamed"), known=False)
    patients = [str(name) for name in told.get("patients", ())]
    return LineageGraph.of(
        _autoencoder(str(told.get("sha256", ""))), _people(patients), known=bool(patients)
    )
