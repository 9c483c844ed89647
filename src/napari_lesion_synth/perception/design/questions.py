"""What participants read: questions in their language."""

from __future__ import annotations

from collections.abc import Mapping

from napari_lesion_synth.perception.design.sections import JudgementKind, Language
from napari_lesion_synth.perception.design.settings import StudyDesign
from napari_lesion_synth.perception.design.trials import MIXED_KINDS, TrialKind

__all__ = ["SCALE_ENDS", "instruction", "question"]

_QUESTIONS: Mapping[Language, Mapping[JudgementKind, str]] = {
    "en": {
        "paired": "Which looks more delicious?",
        "vas": "How delicious does this look?",
        "likert": "How delicious does this look?",
        "best-worst": "Which looks the most delicious, and which the least?",
        "view": "Please look at the photo.",
    },
    "ja": {
        "paired": "どちらがおいしそうに見えますか。",
        "vas": "どのくらいおいしそうに見えますか。",
        "likert": "どのくらいおいしそうに見えますか。",
        "best-worst": "いちばんおいしそうに見えるものと、"
        "いちばんそう見えないものを選んでください。",
        "view": "写真を見てください。",
    },
}

SCALE_ENDS: dict[Language, tuple[str, str]] = {
    "en": ("not at all delicious", "extremely delicious"),
    "ja": ("まったくおいしそうでない", "非常においしそう"),
}
"""What stands at the ends of a scale, low and high."""

_INSTRUCTIONS: dict[Language, dict[str, str]] = {
    "en": {
        "left": "Attention check: please choose the photo on the left.",
        "right": "Attention check: please choose the photo on the right.",
        "low": "Attention check: please answer with the lowest value.",
        "high": "Attention check: please answer with the highest value.",
        "ends": "Attention check: please choose the first photo as the best and the last photo as "
        "the worst.",
    },
    "ja": {
        "left": "確認です。左の写真を選んでください。",
        "right": "確認です。右の写真を選んでください。",
        "low": "確認です。いちばん低い値を選んでください。",
        "high": "確認です。いちばん高い値を選んでください。",
        "ends": "確認です。最初の写真を「いちばん良い」、最後の写真を「いちばん悪い」として"
        "選んでください。",
    },
}


def question(design: StudyDesign, language: Language, kind: TrialKind | None = None) -> str:
    """The question of the study's judgement.

    Parameters
    ----------
    design : StudyDesign
        What is asked.
    language : str
        The participant's.
    kind : str, optional
        Of the trial, where kinds are mixed. Default: the questions of all kinds, a line each.
    """
    own = {"ja": design.judgement.question_ja, "en": design.judgement.question_en}[language]
    if design.judgement.kind != "mixed":
        return own or _QUESTIONS[language][design.judgement.kind]
    if kind is None:
        return "\n".join(question(design, language, each) for each in MIXED_KINDS)
    actions, usual = design.actions, _QUESTIONS[language]
    if kind == "view":
        return usual["view"]
    if kind == "vas":
        rated = {"ja": actions.rating_question_ja, "en": actions.rating_question_en}[language]
        return rated or usual["vas"]
    return own or usual["paired"]


def instruction(what: str, language: Language) -> str:
    """The question of a catch trial that says what to answer.

    Parameters
    ----------
    what : str
        ``"left"``, ``"right"``, ``"low"``, ``"high"`` or ``"ends"``.
    language : str
        The participant's.
    """
    return _INSTRUCTIONS[language][what]
