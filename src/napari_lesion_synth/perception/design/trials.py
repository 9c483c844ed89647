"""A question and its answer, as they are kept."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeAlias

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.design.sections import GazeSource, JudgementKind

__all__ = [
    "KIND_OF",
    "LEFT",
    "MIXED_KINDS",
    "RIGHT",
    "TIE",
    "Answer",
    "Response",
    "Trial",
    "TrialKind",
    "check_response",
    "possible_responses",
    "preferred",
]

TrialKind: TypeAlias = Literal["pair", "vas", "likert", "best_worst", "view", "twoafc"]
Response: TypeAlias = str | float | int | dict[str, str] | None
"""``"left"``, ``"right"`` or ``"tie"``; a float from 0 to 1; a step from 1; ``{"best": id,
"worst": id}``; None for what was only looked at."""

LEFT, RIGHT, TIE = "left", "right", "tie"

KIND_OF: dict[JudgementKind, TrialKind] = {
    "paired": "pair",
    "vas": "vas",
    "likert": "likert",
    "best-worst": "best_worst",
    "view": "view",
}
"""The kind of trial that a judgement asks for; a mixed one asks for several."""

MIXED_KINDS: tuple[TrialKind, TrialKind] = ("pair", "vas")
"""What a mixed judgement asks for, beside looking alone."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One question.

    Parameters
    ----------
    number : int
        From 0, in the order in which they are asked; practice counts.
    block : str
        Trials between two breaks, or of one category, have the same.
    kind : str
        ``"pair"``, ``"vas"``, ``"likert"``, ``"best_worst"``, ``"view"`` or ``"twoafc"``.
    stimuli : tuple of str
        Ids of the photos, from left to right.
    question : str
        As the participant reads it.
    mode : str
        ``"self-paced"`` or ``"fixed"``.
    seconds : float or None
        How long the photos are seen; None: as long as the participant likes.
    practice : bool
        Left out of every analysis.
    catch : str or None
        Kind of the catch trial; None: no catch trial.
    repeat_of : int or None
        Number of the trial that is asked again.
    chosen_by : str
        ``"random"``, ``"gain"``, ``"repeat"``, ``"catch"``, ``"practice"`` or another chooser's
        name.
    facts : dict
        What else belongs to it, of JSON types: ``ties``, ``points``, ``expect``, ``spoiled``, a
        transform and its magnitude.
    """

    number: int
    block: str
    kind: TrialKind
    stimuli: tuple[str, ...]
    question: str
    mode: Literal["self-paced", "fixed"] = "self-paced"
    seconds: float | None = None
    practice: bool = False
    catch: str | None = None
    repeat_of: int | None = None
    chosen_by: str = "random"
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def counts(self) -> bool:
        """Whether it is a judgement of the study: neither practice nor a catch trial."""
        return not self.practice and self.catch is None

    def to_json(self) -> dict[str, Any]:
        """The trial as JSON types."""
        return {**asdict(self), "stimuli": list(self.stimuli)}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Trial:
        """Read back what `to_json` made."""
        return cls(**{**content, "stimuli": tuple(content["stimuli"])})


@dataclass(frozen=True, slots=True)
class Answer:
    """What a participant answered, and how the photos were shown.

    Parameters
    ----------
    trial : int
        Number of the trial.
    response : str, float, int, dict or None
        See `Response`.
    response_time_s : float
        From the photos' first appearance to the answer.
    onset_utc : str
        When they appeared.
    shown : dict
        Rectangles on the screen, device pixel ratio, frame intervals.
    gaze_source : str
        What recorded the gaze; ``"none"`` where nothing did.
    quality : dict
        Of the gaze: accuracy, precision, data loss.
    marks : tuple of str
        What a reader of the data has to know: ``"paused"``, ``"reopened"``, ``"tracker lost"``.
    """

    trial: int
    response: Response
    response_time_s: float
    onset_utc: str = ""
    shown: dict[str, Any] = field(default_factory=dict)
    gaze_source: GazeSource = "none"
    quality: dict[str, Any] = field(default_factory=dict)
    marks: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The answer as JSON types."""
        return {**asdict(self), "marks": list(self.marks)}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Answer:
        """Read back what `to_json` made."""
        return cls(**{**content, "marks": tuple(content["marks"])})


def possible_responses(trial: Trial) -> tuple[Response, ...]:
    """The answers that can be given, where there are few; none where there is a continuum."""
    if trial.kind in ("pair", "twoafc"):
        return (LEFT, RIGHT, TIE) if trial.facts.get("ties") else (LEFT, RIGHT)
    if trial.kind == "likert":
        return tuple(range(1, int(trial.facts["points"]) + 1))
    if trial.kind == "best_worst":
        names = trial.stimuli
        return tuple({"best": a, "worst": b} for a in names for b in names if a != b)
    return (None,) if trial.kind == "view" else ()


def check_response(trial: Trial, response: Response) -> None:
    """See that a response answers the question.

    Raises
    ------
    ParameterError
        If it does not.
    """
    fits: Callable[[Response], bool] = _on_line if trial.kind == "vas" else _among(trial)
    if not fits(response):
        choices = ", ".join(str(r) for r in possible_responses(trial)[:11])
        raise ParameterError(
            f"{response!r} is no answer to trial {trial.number} ({trial.kind})",
            remedy=f"Answer with {choices or 'a number from 0 to 1'}",
        )


def preferred(trial: Trial, response: Response) -> str | None:
    """Id of the photo that was preferred in a pair; None for a tie."""
    return {LEFT: trial.stimuli[0], RIGHT: trial.stimuli[-1]}.get(str(response))


def _on_line(response: Response) -> bool:
    if isinstance(response, bool) or not isinstance(response, int | float):
        return False
    return math.isfinite(response) and 0 <= response <= 1


def _among(trial: Trial) -> Callable[[Response], bool]:
    # True equals 1, and is no step of a scale.
    return lambda r: not isinstance(r, bool | float) and r in possible_responses(trial)
