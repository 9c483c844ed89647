"""The consent text: what a participant agrees to, word for word.

The text that a participant saw is known by its hash. A study comes with a text for each of its
languages; researchers may change the files, and have them approved, before the study is frozen.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.files import write_atomic, writing
from napari_lesion_synth.perception.design.layout import consent_path
from napari_lesion_synth.perception.design.sections import GazeSource, Language
from napari_lesion_synth.perception.design.settings import StudyDesign

__all__ = ["VERSION", "ConsentText", "consent_text", "read_consent", "write_consent"]

VERSION = "1"
"""Of the text that the program proposes; a changed file says its own in its first line."""

_FIRST_LINE = re.compile(r"<!-- version: (?P<version>[^\n]*?) -->\n")


@dataclass(frozen=True, slots=True)
class ConsentText:
    """A text to agree to.

    Parameters
    ----------
    language : str
        ``"ja"`` or ``"en"``.
    version : str
        As its first line says.
    body : str
        Markdown.
    """

    language: Language
    version: str
    body: str

    @property
    def text(self) -> str:
        """The whole file, with the line that tells the version."""
        return f"<!-- version: {self.version} -->\n{self.body}"

    @property
    def sha256(self) -> str:
        """Hash of the whole file in UTF-8."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def record(self) -> dict[str, str]:
        """What is kept of it: language, version, hash."""
        return {"language": self.language, "version": self.version, "sha256": self.sha256}


def consent_text(design: StudyDesign, language: Language) -> ConsentText:
    """The text that the program proposes for a study."""
    parts = _PARTS[language]
    source = design.viewing.gaze_source
    paragraphs = [
        parts["title"].format(name=design.name),
        parts["task"].format(minutes=round(design.counts.session_minutes)),
        parts["voluntary"],
        parts["recorded"],
        *([parts[_GAZE[source]]] if source in _GAZE else []),
        parts["privacy"],
        parts["deletion"],
        parts["food"],
        parts["eyes"],
        parts["age"],
        parts["contact"].format(contact=design.texts.contact or parts["nobody"]),
        *([parts["ethics"].format(ethics=design.texts.ethics)] if design.texts.ethics else []),
        parts["agreement"],
    ]
    return ConsentText(language, VERSION, "\n\n".join(paragraphs) + "\n")


def write_consent(folder: Path, design: StudyDesign) -> None:
    """Put the proposed texts into a study's folder; texts that are there stay.

    Raises
    ------
    StorageError
        If they cannot be written.
    """
    for language in design.languages:
        path = consent_path(folder, language)
        if path.exists():
            continue
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, consent_text(design, language).text.encode(), durable=True)


def read_consent(folder: Path, language: Language) -> ConsentText:
    """The text of a study in one language.

    Raises
    ------
    InputError
        If it is not there, is empty, or does not say its version.
    """
    path = consent_path(folder, language)
    try:
        text = path.read_bytes().decode().replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError) as cause:
        raise InputError(
            "the consent text cannot be read", where=path, remedy="Save it as text in UTF-8"
        ) from cause
    first = _FIRST_LINE.match(text)
    body = text[first.end() :] if first else text
    if first is None or not body.strip():
        raise InputError(
            "the consent text is empty, or does not say its version",
            where=path,
            remedy="Its first line reads: <!-- version: 1 -->",
        )
    return ConsentText(language, first["version"], body)


_GAZE: dict[GazeSource, str] = {
    "tracker": "tracker",
    "mouse_aperture": "mouse",
    "bubble_click": "mouse",
}

_ENGLISH = {
    "title": "# {name}: information and consent",
    "task": "**What you will do.** You will see photos of food on a screen and say what you think "
    "of them. There are no right or wrong answers. A sitting takes up to {minutes} minutes, with "
    "breaks. You can pause whenever you like.",
    "voluntary": "**It is up to you.** Taking part is voluntary. You may stop at any time, without "
    "giving a reason and without any disadvantage. You may leave questions about yourself "
    "unanswered by stopping there.",
    "recorded": "**What is recorded.** Your answers, how long you took, the time of day, and what "
    "you tell us beforehand (such as how hungry you are). Some questions check whether photos are "
    "being looked at, and some are asked twice.",
    "tracker": "**Where you look.** A device records where on the screen you look, and the size of "
    "your pupils. No picture of your face or eyes is kept. Gaze data are personal data: they can "
    "be as individual as a fingerprint, and may hint at your health. They are used for this study "
    "alone.",
    "mouse": "**Where you look.** The photos are blurred, and you uncover parts of them with the "
    "mouse. The positions of the mouse are recorded. No camera is used.",
    "privacy": "**How it is kept.** Your data are kept under a code, not under your name, on the "
    "researchers' own computers. Nothing is sent over the network. Results are published in a form "
    "in which nobody can be recognised.",
    "deletion": "**Your right to deletion.** Tell the researchers your code, and all data kept "
    "under it are deleted. Once results have been published without codes, your part in them can "
    "no longer be taken out.",
    "food": "**Pictures of food.** All photos show food, and may show meat and fish. If you have "
    "or had an eating disorder, are on a strict diet, or find pictures of food distressing, please "
    "do not take part; if it becomes unpleasant, please stop.",
    "eyes": "**Your wellbeing.** Looking at a screen can be tiring. If your eyes hurt or you feel "
    "unwell, please take a break or stop.",
    "age": "**Who can take part.** People aged 18 or over. Younger people need the consent of a "
    "parent or guardian as well.",
    "contact": "**Questions.** Please ask: {contact}.",
    "nobody": "the person who invited you",
    "ethics": "**Approval.** {ethics}",
    "agreement": "By choosing *I agree* I confirm that I have read and understood this, could ask "
    "questions, and take part of my own free will.",
}

_JAPANESE = {
    "title": "# {name}：説明と同意",
    "task": "**していただくこと** 画面に表示される料理の写真を見て、感じたことをお答えください。"
    "正解や不正解はありません。1回の所要時間は休憩を含めて最長{minutes}分です。"
    "いつでも一時停止できます。",
    "voluntary": "**参加は自由です** 参加するかどうかはご自身でお決めください。"
    "理由を述べることなく、いつでもやめることができ、それによって不利益を受けることはありません。"
    "ご自身に関する質問に答えたくない場合は、そこで参加をやめることができます。",
    "recorded": "**記録する内容** 回答、回答にかかった時間、日時、および開始前にお答えいただく内容"
    "（空腹の程度など）を記録します。写真を見ていただけているかを確認する質問や、"
    "2回お尋ねする質問が含まれます。",
    "tracker": "**視線の記録** 画面のどこを見ているか、および瞳孔の大きさを装置で記録します。"
    "顔や目の画像は保存しません。視線データは個人情報です。指紋のように個人に固有であることがあり、"
    "健康状態を示すこともあります。この研究のためだけに使用します。",
    "mouse": "**見ている場所の記録** 写真はぼかして表示され、マウスで一部をはっきり表示させて"
    "見ていただきます。マウスの位置を記録します。カメラは使用しません。",
    "privacy": "**データの保管** データはお名前ではなく符号を付けて、研究者が管理するコンピュータに"
    "保管します。ネットワークを通じて送信することはありません。"
    "結果は個人を特定できない形で公表します。",
    "deletion": "**データの削除** 符号を研究者にお伝えいただければ、その符号で保管している"
    "すべてのデータを削除します。符号を含まない形で結果が公表された後は、"
    "その結果からご自身の分を取り除くことはできません。",
    "food": "**料理の写真について** 写真はすべて料理で、肉や魚を含むことがあります。"
    "摂食障害の経験がある方、"
    "厳しい食事制限をしている方、料理の写真を見るとつらくなる方は、参加をお控えください。"
    "途中で不快に感じた場合は、中止してください。",
    "eyes": "**体調について** 画面を見続けると疲れることがあります。"
    "目の痛みや体調の変化を感じたら、休憩するか中止してください。",
    "age": "**参加できる方** 18歳以上の方です。18歳未満の方は、保護者の同意も必要です。",
    "contact": "**お問い合わせ** ご質問はこちらへどうぞ：{contact}",
    "nobody": "この研究にご案内した担当者",
    "ethics": "**承認** {ethics}",
    "agreement": "「同意します」を選ぶことにより、以上の説明を読んで理解し、質問する機会があり、"
    "自分の意思で参加することを確認します。",
}

_PARTS: dict[Language, dict[str, str]] = {"en": _ENGLISH, "ja": _JAPANESE}
