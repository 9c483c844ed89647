"""The parts of a design: what is asked, how photos are viewed, how many trials, in which order."""

from __future__ import annotations

from typing import Annotated, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from napari_lesion_synth.perception.gaze.samples import SourceName

__all__ = [
    "CatchKind",
    "Checks",
    "Covariates",
    "GazeSource",
    "Judgement",
    "JudgementKind",
    "Language",
    "Order",
    "Selection",
    "Texts",
    "TrialCounts",
    "Viewing",
]

Language: TypeAlias = Literal["ja", "en"]
JudgementKind: TypeAlias = Literal["paired", "vas", "likert", "best-worst", "view", "mixed"]
GazeSource: TypeAlias = Literal["none", SourceName]
CatchKind: TypeAlias = Literal["obvious", "instructed"]

Share = Annotated[float, Field(ge=0, le=0.5)]
_STEP: JsonDict = {"step": 0.01}


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Judgement(_Section):
    """What participants are asked."""

    kind: JudgementKind = Field(
        "paired",
        title="Judgement",
        description="paired: which of two looks more delicious; vas: a mark on a line; likert: "
        "one of some steps; best-worst: the best and the worst of several; view: only looked at; "
        "mixed: pairs and marks on a line, whichever is expected to tell more for each second.",
    )
    ties: bool = Field(
        False, title="Ties", description="In pairs, let people say that both are equal."
    )
    points: int = Field(
        7, ge=2, le=11, title="Steps", description="Number of steps of the Likert scale."
    )
    per_screen: int = Field(
        4, ge=3, le=6, title="Photos a screen", description="How many photos best-worst shows."
    )
    question_ja: str = Field(
        "",
        title="Question (Japanese)",
        description="Where kinds are mixed, that of pairs. Empty: the usual one.",
    )
    question_en: str = Field(
        "",
        title="Question (English)",
        description="Where kinds are mixed, that of pairs. Empty: the usual one.",
    )


class Viewing(_Section):
    """How photos are seen, and what records the gaze."""

    mode: Literal["self-paced", "fixed"] = Field(
        "self-paced",
        title="Viewing",
        description="self-paced: as long as people like; fixed: for the seconds below. Longer "
        "viewing means something else in each, so the two are never pooled.",
    )
    seconds: float = Field(
        3.0,
        ge=0.1,
        le=120,
        title="Seconds",
        description="How long photos are seen when the viewing time is fixed.",
    )
    gaze_source: GazeSource = Field(
        "none", title="Gaze", description="What records where people look; stays with each trial."
    )
    distance_mm: float = Field(
        600, ge=200, le=3000, title="Viewing distance (mm)", description="From eye to screen."
    )
    screen_mm: tuple[
        Annotated[float, Field(ge=50, le=5000)], Annotated[float, Field(ge=50, le=5000)]
    ] = Field(
        (531.0, 299.0),
        title="Screen (mm)",
        description="Width and height of the screen's picture in mm.",
        json_schema_extra={"parts": ["width", "height"]},
    )


class TrialCounts(_Section):
    """How much is asked."""

    participants: int = Field(
        12, ge=1, le=10_000, title="Participants", description="How many are planned."
    )
    trials: int = Field(
        60,
        ge=1,
        le=5000,
        title="Trials",
        description="Trials a participant, catch trials and hidden repeats among them, practice "
        "not.",
    )
    practice: int = Field(
        4, ge=0, le=50, title="Practice trials", description="Trials before it counts."
    )
    block_size: int = Field(
        30, ge=1, le=1000, title="Trials to a break", description="Trials between two breaks."
    )
    break_s: float = Field(
        20, ge=0, le=3600, title="Break (s)", description="How long a break lasts at least."
    )
    session_minutes: float = Field(
        30,
        ge=1,
        le=240,
        title="Longest sitting (min)",
        description="After it, participants are asked to come back another time.",
    )


class Checks(_Section):
    """How attention and reliability are measured; fixed in advance."""

    catch_share: Share = Field(
        0.08,
        title="Catch trials",
        description="Share of trials whose right answer is known.",
        json_schema_extra=_STEP,
    )
    catch_kinds: tuple[CatchKind, ...] = Field(
        ("obvious", "instructed"),
        title="Kinds of catch trials",
        description="obvious: one photo is spoiled; instructed: the question says what to answer.",
    )
    catch_pass: float = Field(
        0.75,
        ge=0,
        le=1,
        title="Pass rate",
        description="Participants below this share of right answers are excluded.",
        json_schema_extra=_STEP,
    )
    repeat_share: Share = Field(
        0.1,
        title="Hidden repeats",
        description="Share of trials that are shown a second time, to see how reliable answers "
        "are.",
        json_schema_extra=_STEP,
    )
    mirrored_share: float = Field(
        0.5,
        ge=0,
        le=1,
        title="Mirrored repeats",
        description="Share of the repeated pairs whose sides are swapped, to see how much the "
        "side counts.",
        json_schema_extra=_STEP,
    )


class Order(_Section):
    """In which order, and how often."""

    blocks: Literal["mixed", "category"] = Field(
        "mixed",
        title="Blocks",
        description="mixed: all photos together; category: one dish after the other, compared "
        "only with itself, in an order that is balanced over participants.",
    )
    spacing: int = Field(
        2,
        ge=0,
        le=100,
        title="Spacing",
        description="Trials that lie at least between two showings of a photo.",
    )
    most_exposures: int | None = Field(
        None,
        ge=1,
        le=1000,
        title="Most exposures",
        description="How often one participant sees a photo at most, practice and catch trials "
        "not counted. Empty: no limit.",
    )


class Selection(_Section):
    """How the next photos are chosen, and when it is enough."""

    rule: Literal["random", "gain"] = Field(
        "random",
        title="Choice",
        description="random: a balanced random design; gain: what is learnt most from.",
    )
    feature_prior: bool = Field(
        False,
        title="Prior from features",
        description="With gain: photos that look alike are expected to be alike.",
    )
    random_share: float = Field(
        0.1,
        ge=0,
        le=1,
        title="Random share",
        description="With gain: share of trials chosen at random, as an unbiased check.",
        json_schema_extra=_STEP,
    )
    stop_at: Literal["trials", "width", "gain"] = Field(
        "trials",
        title="Stop",
        description="trials: when all are done; width: when the median width of the intervals is "
        "below the value; gain: when no trial would tell more than the value.",
    )
    stop_value: float = Field(
        0.0, ge=0, le=100, title="Stop below", description="Value of the stopping rule."
    )

    @model_validator(mode="after")
    def _rule_has_a_value(self) -> Self:
        if self.stop_at != "trials" and self.stop_value <= 0:
            raise ValueError(f"to stop at a {self.stop_at}, give a stop_value above 0")
        return self


class Covariates(_Section):
    """What is asked before the trials."""

    hunger: bool = Field(
        True, title="Hunger", description="Ask how hungry people are, from 0 to 100."
    )
    minutes_since_meal: bool = Field(
        True, title="Last meal", description="Ask how many minutes ago the last meal was."
    )
    age_band: bool = Field(
        False, title="Age", description="Ask for the age in bands of ten years; may be left out."
    )


class Texts(_Section):
    """What is written down before the first participant."""

    hypotheses: str = Field("", title="Hypotheses", description="What is expected, and why.")
    exclusions: str = Field(
        "",
        title="Exclusions",
        description="Whose data, and which trials, are left out; besides the catch trials' rate.",
    )
    analysis: str = Field("", title="Analysis", description="What will be computed.")
    contact: str = Field(
        "", title="Contact", description="Whom participants can ask; stands in the consent text."
    )
    ethics: str = Field(
        "", title="Approval", description="Ethics committee and number; in the consent text."
    )
