"""What the reader's window says, in the reader's language; the rest is as in a food study."""

from __future__ import annotations

from dataclasses import dataclass

from napari_lesion_synth.perception.design.sections import Language
from napari_lesion_synth.perception.limits.visibility_settings import VisibilitySettings

__all__ = ["READER_WORDS", "ReaderWords", "question_of"]


@dataclass(frozen=True, slots=True)
class ReaderWords:
    """Texts of the window."""

    which: str
    is_it_there: str
    in_the_middle: str
    yes: str
    no: str
    yes_no_keys: str
    far: str
    done: str


READER_WORDS: dict[Language, ReaderWords] = {
    "en": ReaderWords(
        which="Which picture has the {shade} lesion?",
        is_it_there="Is there a {shade} lesion?",
        in_the_middle="It lies in the middle, if it is there. Some cannot be seen: guess then. "
        "Take your time.",
        yes="yes",
        no="no",
        yes_no_keys="F or ←: no        J or →: yes",
        far="{done} of {of} questions are answered.",
        done="All questions are answered. Thank you.",
    ),
    "ja": ReaderWords(
        which="{shade}病変があるのは、どちらの画像ですか。",
        is_it_there="{shade}病変がありますか。",
        in_the_middle="病変がある場合は、画像の中央にあります。見えないものもあります。"
        "そのときは勘で答えてください。時間の制限はありません。",
        yes="はい",
        no="いいえ",
        yes_no_keys="F または ← ：いいえ        J または → ：はい",
        far="{of}問中{done}問に回答しました。",
        done="質問はこれで終わりです。ありがとうございました。",
    ),
}
"""By language."""

_SHADES: dict[Language, tuple[str, str]] = {"en": ("dark", "bright"), "ja": ("暗い", "明るい")}


def question_of(settings: VisibilitySettings, language: Language) -> str:
    """The question that stands above the pictures."""
    words, (dark, bright) = READER_WORDS[language], _SHADES[language]
    asked = words.which if settings.task == "2afc" else words.is_it_there
    return asked.format(shade=dark if settings.dark else bright)
