"""The leak guard: whether a test is fair, and if not, by which way it leaks.

A test is contaminated if anything of a patient who is tested on stands behind what is tested: a
CT learnt from, a donor, the statistics of a donor, a generator or an auto-encoder that has seen
it, a threshold chosen on it, and also a CT that was the healthy host of somebody else's lesions.

Two names are one person if a CT of both has the same voxels (`Volume.sha256`), so that a patient
who was renamed is found. Nothing else is known of CTs: another reconstruction, a crop, a
resampled or a compressed copy has another hash, and passes for another person's. Where only names
were kept, names are all that is compared.

What was made from something unrecorded is *unknown*. That is told, and is never called clean.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.evaluation.lineage.graph import Ct, Fold, Kind, LineageGraph, Node
from napari_lesion_synth.wording import counted

__all__ = [
    "NEAR_DUPLICATES",
    "Contamination",
    "Ct",
    "Fold",
    "Gap",
    "Inspection",
    "Kind",
    "LineageGraph",
    "Node",
    "contaminations",
    "inspect",
    "require_clean",
]

NEAR_DUPLICATES = (
    "CTs are compared by the hash of their voxels: a copy that was cropped, resampled, compressed "
    "or reconstructed anew is not recognised."
)
"""What the guard cannot see."""

Verdict = Literal["clean", "unknown", "contaminated"]

_SMALL = frozenset({Kind.PATIENT, Kind.CT, Kind.DONOR, Kind.LESION})
"""Of these there are many, and ways that differ in them alone are told once."""

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Contamination:
    """A patient who is tested on, and the way to what is tested.

    Parameters
    ----------
    fold, patient : str
        Which test, and whom it tests on.
    path : tuple of Node
        From the patient to what is tested; each was made from the one before.
    more : int
        Ways that differ in the CT, the donor or the lesion alone.
    aliases : tuple of str
        Other names of the patient, known by a CT that bears both.
    """

    fold: str
    patient: str
    path: tuple[Node, ...]
    more: int = 0
    aliases: tuple[str, ...] = ()

    def __str__(self) -> str:
        also = f" (by the same CT: {', '.join(self.aliases)})" if self.aliases else ""
        others = f", and {counted(self.more, 'way')} like it" if self.more else ""
        return (
            f"patient {self.patient}{also} is tested on in {self.fold}, and stands behind: "
            f"{_in_words(self.path[1:])}{others}"
        )


@dataclass(frozen=True, slots=True)
class Gap:
    """Something behind a test of which it is not known what it was made from.

    Parameters
    ----------
    fold : str
        Which test.
    path : tuple of Node
        From what is unknown to what is tested.
    """

    fold: str
    path: tuple[Node, ...]

    def __str__(self) -> str:
        way = f": {_in_words(self.path)}" if len(self.path) > 1 else ""
        return (
            f"it is not known what {self.path[0]} was made from, which stands behind "
            f"{self.fold}{way}"
        )


@dataclass(frozen=True, slots=True)
class Inspection:
    """What the guard found.

    Parameters
    ----------
    leaks : tuple of Contamination
        Ways by which patients who are tested on stand behind what is tested.
    gaps : tuple of Gap
        What is unknown.
    by_name : tuple of Node
        Patients behind the tests of whom no CT is known: they are compared by name alone.
    """

    leaks: tuple[Contamination, ...]
    gaps: tuple[Gap, ...]
    by_name: tuple[Node, ...]

    @property
    def verdict(self) -> Verdict:
        """``"clean"`` only where everything behind the tests is known, and no leak was found."""
        if self.leaks:
            return "contaminated"
        return "unknown" if self.gaps else "clean"

    @property
    def words(self) -> tuple[str, ...]:
        """All that has to be said, in sentences."""
        said = [f"{_sentence(str(each))}." for each in (*self.leaks, *self.gaps)]
        if not said:
            said.append("Nothing of the tested patients stands behind what was tested.")
        if self.by_name:
            names = ", ".join(node.name for node in self.by_name[:_SHOWN])
            others = ", ..." if len(self.by_name) > _SHOWN else ""
            said.append(
                f"{counted(len(self.by_name), 'patient')} behind it ({names}{others}): known by "
                "name alone, so that one who was renamed would not be noticed."
            )
        return (*said, NEAR_DUPLICATES)


def contaminations(graph: LineageGraph, folds: Sequence[Fold]) -> tuple[Contamination, ...]:
    """Every leak of a tested patient, fold by fold, with the shortest way that it takes.

    Parameters
    ----------
    graph : LineageGraph
        What was made from what; the tested CTs need not be in it.
    folds : sequence of Fold
        The tests.

    Returns
    -------
    tuple of Contamination
        Whether a patient leaks is exact; of the ways there is at least one for everything that
        was made directly from the patient or a CT of the patient.
    """
    return inspect(graph, folds).leaks


def require_clean(graph: LineageGraph, folds: Sequence[Fold]) -> Inspection:
    """Refuse tests that leak.

    Returns
    -------
    Inspection
        Without leaks. It may have gaps: whoever asks has to tell them.

    Raises
    ------
    ParameterError
        With the way of the first leak, and the number of the others.
    """
    found = inspect(graph, folds)
    if found.leaks:
        first, *others = found.leaks
        more = f"; and {counted(len(others), 'further leak')}" if others else ""
        raise ParameterError(
            f"the figures would be too good: {first}{more}",
            remedy=f"Leave {_avoidable(first)} out, make it from other patients, or do not test "
            f"on {first.patient}",
        )
    return found


def inspect(graph: LineageGraph, folds: Sequence[Fold]) -> Inspection:
    """Look for leaks and for gaps, without refusing anything; parameters as `contaminations`."""
    tested = LineageGraph.of_cts(ct for fold in folds for ct in fold.tested)
    whole = graph | tested
    leaks: list[Contamination] = []
    gaps: list[Gap] = []
    by_name: set[Node] = set()
    for fold in folds:
        behind = whole.ancestors(fold.product) | {fold.product}
        for patient in sorted({ct.owner for ct in fold.tested}):
            leaks += _ways(whole, fold, patient, behind)
        gaps += [
            Gap(fold.name, whole.path(node, fold.product))
            for node in sorted(behind)
            if not whole.is_known(node)
        ]
        by_name |= _nameless(whole, behind)
    return Inspection(tuple(leaks), tuple(gaps), tuple(sorted(by_name)))


def _ways(
    graph: LineageGraph, fold: Fold, patient: Node, behind: frozenset[Node]
) -> Iterator[Contamination]:
    """The leaks of one patient, ways of one kind taken together."""
    names = graph.same_person(patient)
    cts = graph.cts_of(names)
    ways: dict[tuple[Node, ...], list[tuple[Node, ...]]] = {}
    for entry in sorted(behind - names - cts):
        parents = graph.made_from.get(entry, ())
        start = next((each for each in parents if each in cts), None)
        if start is None:
            start = next((each for each in parents if each in names), None)
        if start is None:
            continue
        way = (*_from_patient(graph, start, patient, names), *graph.path(entry, fold.product))
        ways.setdefault(tuple(n for n in way if n.kind not in _SMALL), []).append(way)
    aliases = tuple(sorted(each.name for each in names - {patient}))
    for alike in ways.values():
        shortest = min(alike, key=len)
        yield Contamination(fold.name, patient.name, shortest, len(alike) - 1, aliases)


def _from_patient(
    graph: LineageGraph, start: Node, patient: Node, names: frozenset[Node]
) -> tuple[Node, ...]:
    """The patient, by the name that is tested on if the CT bears it, and the CT if it is one."""
    if start in names:
        return (start,)
    owners = [each for each in graph.made_from[start] if each in names]
    return (patient if patient in owners else owners[0], start)


def _nameless(graph: LineageGraph, behind: frozenset[Node]) -> frozenset[Node]:
    """Patients of whom no CT is among these."""
    cts = (node for node in behind if node.kind is Kind.CT)
    owners = {owner for ct in cts for owner in graph.made_from.get(ct, ())}
    return frozenset(node for node in behind if node.kind is Kind.PATIENT) - owners


def _avoidable(leak: Contamination) -> str:
    """What to leave out: the last thing before what is tested, if there is one."""
    before = [node for node in leak.path[:-1] if node.kind not in (Kind.PATIENT, Kind.CT)]
    return f"the {before[-1]}" if before else "the patient's CTs"


def _in_words(path: Sequence[Node]) -> str:
    return " -> ".join(str(node) for node in path)


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
