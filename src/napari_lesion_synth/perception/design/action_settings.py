"""What an action costs of a participant's time, and what its answer is worth, fixed in advance."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

__all__ = ["ActionSettings"]


_SECONDS: JsonDict = {"usual": [0.0, 20.0], "step": 0.1}
_NOISE: JsonDict = {"usual": [0.0, 5.0], "step": 0.05}
_SHARE: JsonDict = {"usual": [0.0, 0.5], "step": 0.01}


class ActionSettings(BaseModel):
    """Seconds of a participant's time, and what answers are worth."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    pair_s: float = Field(
        4.0,
        gt=0,
        title="Pair (s)",
        description="Seconds for a pair, pauses included.",
        json_schema_extra=_SECONDS,
    )
    rating_s: float = Field(
        5.0,
        gt=0,
        title="Rating (s)",
        description="Seconds for a rating, pauses included.",
        json_schema_extra=_SECONDS,
    )
    new_photo_s: float = Field(
        3.0,
        ge=0,
        title="New photo (s)",
        description="Seconds more for a photo that nobody has judged: it has to be looked at "
        "first.",
        json_schema_extra=_SECONDS,
    )
    gaze_s: float = Field(
        6.0,
        gt=0,
        title="Gaze (s)",
        description="Seconds for viewing a photo with the gaze recorded, the drift check included.",
        json_schema_extra=_SECONDS,
    )
    rating_noise: float = Field(
        1.0,
        gt=0,
        title="Noise of a rating",
        description="Standard deviation of a rating in units of utility: that of the ratings by "
        "their slope. Where a session chooses, it holds for the first 8 ratings, which tell their "
        "own.",
        json_schema_extra=_NOISE,
    )
    gaze_share: float = Field(
        0.0,
        ge=0,
        lt=1,
        title="Worth of gaze",
        description="Share of the variance left by image features that the fixation map of very "
        "many viewers explains, as shown by a regression with its controls. Above 0, a session "
        "whose gaze is recorded may ask to look at a photo alone.",
        json_schema_extra=_SHARE,
    )
    rating_question_ja: str = Field(
        "",
        title="Question of ratings (Japanese)",
        description="Where pairs and ratings are mixed. Empty: the usual question for ratings.",
    )
    rating_question_en: str = Field(
        "",
        title="Question of ratings (English)",
        description="Where pairs and ratings are mixed. Empty: the usual question for ratings.",
    )
