"""From whom everything descends: a graph of what was made from what.

It leads from patients over their CTs to donors, statistics, generators and auto-encoders, on to
lesions and sets, and to what is tested in the end: a training, a detector, its findings. An edge
means "made from"; being chosen, selected or calibrated on something counts as being made from it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

__all__ = ["Ct", "Fold", "Kind", "LineageGraph", "Node"]

_HASH = 64
"""Hexadecimal digits of a `Volume.sha256`."""

_SHORT = 12


class Kind(StrEnum):
    """What a node of the graph is."""

    PATIENT = "patient"
    CT = "CT"
    DONOR = "donor"
    STATISTICS = "statistics"
    GENERATOR = "generator"
    AUTOENCODER = "auto-encoder"
    LESION = "lesion"
    SET = "set"
    VALIDATION = "validation"
    TRAINING = "training"
    THRESHOLD = "threshold"
    DETECTOR = "detector"
    FINDINGS = "findings"


@dataclass(frozen=True, slots=True, order=True)
class Node:
    """One thing in the graph.

    Parameters
    ----------
    kind : Kind
        What it is.
    name : str
        Tells it from all others of its kind: a patient's pseudonym, the hash of a CT, the id of
        a donor or of weights, the path of a set, the name of a fold.
    label : str
        For people, where the name is not; two nodes that differ in it alone are the same.
    """

    kind: Kind
    name: str
    label: str = field(default="", compare=False)

    def __str__(self) -> str:
        long = len(self.name) == _HASH and self.kind is Kind.CT
        return f"{self.kind} {self.label or (self.name[:_SHORT] if long else self.name)}"


@dataclass(frozen=True, slots=True)
class Ct:
    """What identifies a CT.

    Parameters
    ----------
    patient : str
        Whose it is.
    sha256 : str
        `Volume.sha256`; empty where unknown: then the patient's name is all there is.
    name : str
        For people.
    """

    patient: str
    sha256: str = ""
    name: str = ""

    @property
    def owner(self) -> Node:
        """The patient."""
        return Node(Kind.PATIENT, self.patient)

    @property
    def node(self) -> Node:
        """The CT; without a hash, its patient."""
        return Node(Kind.CT, self.sha256, self.name) if self.sha256 else self.owner


@dataclass(frozen=True, slots=True)
class Fold:
    """One test.

    Parameters
    ----------
    name : str
        For people, as in ``"fold 2"``.
    product : Node
        What is tested.
    tested : tuple of Ct
        On what.
    """

    name: str
    product: Node
    tested: tuple[Ct, ...]


@dataclass(frozen=True)
class LineageGraph:
    """What is made from what.

    Graphs are joined by ``|``: the same thing may be described in several places, and what any
    of them says of it holds.

    Parameters
    ----------
    made_from : mapping of Node to tuple of Node
        What each thing was made from. A thing that is only mentioned, patients excepted, is one
        of which that is unknown.
    unknown : frozenset of Node
        Things that may have been made from more than is written here.
    """

    made_from: Mapping[Node, tuple[Node, ...]] = field(default_factory=dict)
    unknown: frozenset[Node] = frozenset()

    @classmethod
    def of(cls, node: Node, parents: Iterable[Node] = (), *, known: bool = True) -> LineageGraph:
        """One thing, and what it was made from.

        Parameters
        ----------
        node : Node
            The thing.
        parents : iterable of Node
            All that it was made from or chosen by; none for something made from no patient.
        known : bool
            Whether that is all.
        """
        unknown = frozenset() if known else frozenset({node})
        return cls({node: tuple(dict.fromkeys(parents))}, unknown)

    @classmethod
    def of_cts(cls, cts: Iterable[Ct]) -> LineageGraph:
        """CTs and whose they are; those without a hash add nothing."""
        return cls.joined(cls.of(ct.node, [ct.owner]) for ct in cts if ct.sha256)

    @classmethod
    def joined(cls, graphs: Iterable[LineageGraph]) -> LineageGraph:
        """All of them in one."""
        parents: dict[Node, dict[Node, None]] = {}
        doubted: set[Node] = set()
        vouched: set[Node] = set()
        labels: dict[Node, Node] = {}
        for graph in graphs:
            for node, made_from in graph.made_from.items():
                parents.setdefault(node, {}).update(dict.fromkeys(made_from))
                for each in (node, *made_from):
                    if each.label or each not in labels:
                        labels[each] = each
            doubted |= graph.unknown
            vouched |= graph.made_from.keys() - graph.unknown
        return cls(
            {labels[k]: tuple(labels[each] for each in of) for k, of in parents.items()},
            frozenset(doubted - vouched),
        )

    def __or__(self, other: LineageGraph) -> LineageGraph:
        return LineageGraph.joined([self, other])

    @cached_property
    def nodes(self) -> frozenset[Node]:
        """Everything that is described or mentioned."""
        return frozenset(self.made_from).union(*self.made_from.values())

    def is_known(self, node: Node) -> bool:
        """Whether all that it was made from is written here; its parents may be unknown."""
        if node.kind is Kind.PATIENT:
            return True
        return node in self.made_from and node not in self.unknown

    def ancestors(self, *nodes: Node) -> frozenset[Node]:
        """All that stands behind some things, themselves excepted."""
        return frozenset(_reached(nodes, self.made_from)) - frozenset(nodes)

    def path(self, start: Node, end: Node) -> tuple[Node, ...]:
        """The shortest way from one thing to another that was made from it, both included.

        Returns
        -------
        tuple of Node
            Each was made from the one before; empty where there is no way.
        """
        came = _reached([end], self.made_from)
        if start not in came:
            return ()
        way = [start]
        while way[-1] != end:
            following = came[way[-1]]
            assert following is not None  # only the end has nothing after it
            way.append(following)
        return tuple(way)

    def cts_of(self, people: Collection[Node]) -> frozenset[Node]:
        """The CTs of some patients."""
        wanted = frozenset(people)
        return frozenset(
            node
            for node, parents in self.made_from.items()
            if node.kind is Kind.CT and wanted.intersection(parents)
        )

    def same_person(self, patient: Node) -> frozenset[Node]:
        """All names of a patient: those who share a CT, and who share one with these."""
        names = frozenset({patient})
        while True:
            more = names.union(*(self.made_from[ct] for ct in self.cts_of(names)))
            if more == names:
                return names
            names = more


def _reached(
    starts: Sequence[Node], links: Mapping[Node, tuple[Node, ...]]
) -> dict[Node, Node | None]:
    """Everything behind the starts, nearest first, each with what it was reached from."""
    came: dict[Node, Node | None] = dict.fromkeys(starts)
    waiting = deque(starts)
    while waiting:
        node = waiting.popleft()
        for parent in sorted(links.get(node, ())):
            if parent not in came:
                came[parent] = node
                waiting.append(parent)
    return came
