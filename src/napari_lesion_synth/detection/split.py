"""Who is learnt from, who chooses, who tests: a division by patient that does not leak."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from napari_lesion_synth.errors import ParameterError

__all__ = ["Part", "PatientFacts", "Source", "divide", "require_clean"]

_FEWEST_TO_DIVIDE = 3


class Part(StrEnum):
    """What a patient is for."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class PatientFacts:
    """What is there of a patient.

    Parameters
    ----------
    patient : str
        Pseudonym.
    cts : int
        CTs or single slices.
    real_lesions : int
        Labelled in them.
    bound : bool
        Whether synthetic lesions that are learnt from lie in this patient's CTs or descend from
        this patient's lesions: then the patient can only be trained on.
    """

    patient: str
    cts: int
    real_lesions: int
    bound: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """Something that is learnt from besides the real lesions.

    Parameters
    ----------
    name : str
        For people, as in ``"the set lesions-1"``.
    patients : tuple of str
        Whose CTs or lesions it is made from.
    """

    name: str
    patients: tuple[str, ...]


def divide(
    patients: Sequence[PatientFacts],
    *,
    validation: Collection[str] = (),
    test: Collection[str] = (),
    holdout: float = 0.25,
    seed: int = 0,
) -> dict[str, Part]:
    """Give every patient a part.

    Parameters
    ----------
    patients : sequence of PatientFacts
        All of them.
    validation, test : collection of str
        Patients that are named. With none named for validation, a share of those with lesions
        and of those without is drawn by the seed, among the patients that nothing else is made
        from; fewer than three patients with lesions are all trained on.
    holdout : float
        That share.
    seed : int
        Of the draw.

    Returns
    -------
    dict of str to Part

    Raises
    ------
    ParameterError
        If a patient is named for two parts or is not there, or nobody with lesions is left to
        train on although there were some.
    """
    facts = {each.patient: each for each in sorted(patients, key=lambda p: p.patient)}
    both = sorted(set(validation) & set(test))
    if both:
        raise ParameterError(
            f"patient {both[0]!r} is named for validation and for test",
            remedy="Name each patient once",
        )
    unknown = sorted((set(validation) | set(test)) - facts.keys())
    if unknown:
        raise ParameterError(
            f"the patient {unknown[0]!r} is not there",
            remedy=f"There are: {', '.join(list(facts)[:20])}",
        )
    parts = dict.fromkeys(facts, Part.TRAIN)
    parts.update(dict.fromkeys(test, Part.TEST))
    if validation:
        parts.update(dict.fromkeys(validation, Part.VALIDATION))
    else:
        free = [f for f in facts.values() if parts[f.patient] is Part.TRAIN]
        parts.update(dict.fromkeys(_drawn(free, holdout, seed), Part.VALIDATION))
    left = [name for name, part in parts.items() if part is Part.TRAIN]
    if not left:
        raise ParameterError(
            "no patient is left to train on", remedy="Name fewer patients for validation and test"
        )
    return parts


def require_clean(parts: dict[str, Part], sources: Sequence[Source]) -> None:
    """Refuse what is made from a patient that validates or tests.

    Raises
    ------
    ParameterError
        With the source, the patient and the part.
    """
    for source in sources:
        for patient in source.patients:
            part = parts.get(patient, Part.TRAIN)
            if part is not Part.TRAIN:
                raise ParameterError(
                    f"{source.name} is made from patient {patient!r}, who is for {part.value}: "
                    "the figures would be too good",
                    remedy=f"Leave {source.name} out, make it from other patients, or train on "
                    f"{patient!r}",
                )


def _drawn(free: Sequence[PatientFacts], holdout: float, seed: int) -> list[str]:
    rng = np.random.default_rng([seed, 11])
    drawn: list[str] = []
    ill = [f for f in free if f.real_lesions]
    if len(ill) < _FEWEST_TO_DIVIDE:
        return drawn
    for group in (ill, [f for f in free if not f.real_lesions]):
        count = round(holdout * len(group))
        if group is ill and holdout > 0:
            count = max(1, count)
        names = [f.patient for f in group if not f.bound]
        drawn += [str(name) for name in rng.permutation(names)[:count]]
    return drawn
