"""Reading what a set is made from, and remembering it."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.errors import DonorError, ParameterError
from napari_lesion_synth.events import Event, EventStream, Log, StopToken
from napari_lesion_synth.jobs.hearing import tell
from napari_lesion_synth.jobs.materials import (
    CaseFacts,
    Materials,
    facts_of,
    inputs_key,
    load_case,
)
from napari_lesion_synth.jobs.models import model_facts
from napari_lesion_synth.jobs.record import inputs_record
from napari_lesion_synth.jobs.runner import Place, run_jobs
from napari_lesion_synth.jobs.settings import CaseFiles, GenerateSettings, plain_name
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.extraction import extract_donors
from napari_lesion_synth.synthesis.fit import SigmoidFit, fit_sigmoid
from napari_lesion_synth.synthesis.library import load_donors
from napari_lesion_synth.synthesis.parameters import check_parameters
from napari_lesion_synth.synthesis.registry import get_method
from napari_lesion_synth.synthesis.statistics import LesionStatistics

__all__ = ["Inputs", "check_methods", "gather"]

_FEW_DONORS = 8
"""So many are measured sooner than processes are started."""


@dataclass(frozen=True, eq=False)
class Inputs:
    """What a set is made from.

    Parameters
    ----------
    materials : Materials
        For the scenes.
    donor_source : str
        Where the donors came from, for the record: a folder, or words.
    """

    materials: Materials
    donor_source: str

    def facts(self) -> dict[str, Any]:
        """The record, as JSON types."""
        materials = self.materials
        return inputs_record(materials.facts, materials.donors, self.donor_source, materials.model)


@dataclass
class _Found:
    """Cases and donors while they are gathered."""

    cases: list[str | Case] = field(default_factory=list)
    facts: list[CaseFacts] = field(default_factory=list)
    donors: list[Donor] = field(default_factory=list)


def check_methods(settings: GenerateSettings) -> None:
    """Make sure that the methods and the parameters fixed for them exist.

    Raises
    ------
    ParameterError
        If not, or a value is out of its range.
    """
    for name in settings.methods:
        check_parameters(get_method(name).Params, settings.fixed.get(name, {}), name)


def gather(
    settings: GenerateSettings,
    cases: Sequence[Case],
    donors: Sequence[Donor],
    token: StopToken,
) -> Generator[Event, None, Inputs]:
    """Read the cases and donors of a set.

    Cases are read one after the other and let go again, so that memory holds one.

    Parameters
    ----------
    settings : GenerateSettings
        Files to read.
    cases : sequence of Case
        Cases that are in memory already, used in place of files.
    donors : sequence of Donor
        Donors that are in memory already, used in place of a library.
    token : StopToken
        Checked at each case.

    Yields
    ------
    Event
        Logs.

    Returns
    -------
    Inputs

    Raises
    ------
    ParameterError
        If there is no case, or a method needs donors and there are none.
    LesionSynthError
        If an input cannot be used.
    """
    check_methods(settings)
    sources: tuple[Case | CaseFiles, ...] = tuple(cases) or settings.cases
    if not sources:
        raise ParameterError("no CT was given", remedy="Give at least one, with its organ's mask")
    given, origin = _given_donors(settings, donors)
    if not given:
        _require_lesions(settings, sources)
    found = _Found(donors=given)
    for source in sources:
        token.check()
        yield from _look_at(source, found, settings, extract=not given)
    unique = {donor.id: donor for donor in sorted(found.donors, key=lambda d: d.id)}
    chosen, statistics = yield from _measured(tuple(unique.values()), settings, token)
    materials = Materials(
        cases=tuple(found.cases),
        facts=tuple(found.facts),
        donors=chosen,
        statistics=statistics,
        diameter_mm=settings.diameter_mm,
        context_mm=settings.context_mm,
        fixed=settings.fixed,
        model=model_facts(settings.methods, settings.model),
    )
    return Inputs(materials, origin if chosen else "none")


def _measured(
    donors: tuple[Donor, ...], settings: GenerateSettings, token: StopToken
) -> Generator[Event, None, tuple[tuple[Donor, ...], LesionStatistics | None]]:
    """The donors to transplant, and their statistics.

    A lesion that cannot be told from the noise is not transplanted where there are others: its
    label would mark what nobody can see.
    """
    if not donors:
        return donors, None
    yield Log(f"measuring {len(donors)} donors")
    workers = settings.workers if len(donors) > _FEW_DONORS else 1
    found = dict(run_jobs(_measure, donors, range(len(donors)), Place(workers), token))
    for number, fit in sorted(found.items()):
        if isinstance(fit, str):
            yield Log(f"{donors[number].id} is left out: {fit}", "warning")
    fits = [fit for _, fit in sorted(found.items()) if not isinstance(fit, str)]
    if not fits:
        raise DonorError(
            "none of the donors can be measured",
            remedy="Extract them with a larger margin, or check the organ's mask",
        )
    statistics = yield from tell(partial(LesionStatistics.fit, fits))
    chosen = tuple(donor for donor in donors if donor.id in statistics.ids)
    if len(chosen) < len(donors):
        yield Log(f"{len(chosen)} of {len(donors)} donors are used", "warning")
    return chosen, statistics


def _measure(donors: tuple[Donor, ...], number: int) -> tuple[int, SigmoidFit | str]:
    """The fit of a donor, or why there is none."""
    try:
        return number, fit_sigmoid(donors[number])
    except DonorError as error:
        return number, error.what


def _look_at(
    source: Case | CaseFiles, found: _Found, settings: GenerateSettings, *, extract: bool
) -> EventStream:
    """Read one case, and note what is to be remembered of it."""
    if isinstance(source, Case):
        case = source
        found.cases.append(case)
    else:
        yield Log(f"reading {source.ct}")
        case = yield from tell(partial(load_case, source))
        found.cases.append(inputs_key(source.inputs()))
    taken = [facts.name for facts in found.facts]
    found.facts.append(facts_of(case, _free_name(plain_name(case.patient), taken)))
    if extract and case.lesions is not None and case.lesions.any():
        found.donors += yield from _extracted(case, settings)


def _given_donors(settings: GenerateSettings, donors: Sequence[Donor]) -> tuple[list[Donor], str]:
    if donors:
        return list(donors), "given"
    if settings.donors is not None:
        return list(load_donors(settings.donors)), str(settings.donors)
    return [], "lesions of the cases"


def _donor_methods(settings: GenerateSettings) -> list[str]:
    return [name for name in settings.methods if get_method(name).needs_donor]


def _require_lesions(settings: GenerateSettings, sources: Sequence[Case | CaseFiles]) -> None:
    """Refuse methods that need donors where no case has labelled lesions."""
    needy = _donor_methods(settings)
    if needy and all(source.lesions is None for source in sources):
        raise ParameterError(
            f"method {needy[0]!r} transplants real lesions, and there are none",
            remedy="Give a donor library (--donors DIR, made by extract-donors) or the CTs' "
            f"lesion labels (--lesions FILE), or leave out {needy[0]!r} (--method)",
        )


def _extracted(case: Case, settings: GenerateSettings) -> Generator[Event, None, list[Donor]]:
    """Donors of a case; none, with a warning, where nothing needs them."""
    try:
        found = yield from tell(partial(extract_donors, case))
    except DonorError as error:
        if _donor_methods(settings):
            raise
        yield Log(f"{error} Typical lesions of the literature are used instead.", "warning")
        return []
    yield Log(f"{len(found)} donors from {case.patient}")
    return list(found)


def _free_name(name: str, taken: Sequence[str]) -> str:
    """`name`, with a number behind it where another case has it."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    return free
