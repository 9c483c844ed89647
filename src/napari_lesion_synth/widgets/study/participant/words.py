"""What the participant's window says, in the participant's language."""

from __future__ import annotations

from dataclasses import dataclass

from napari_lesion_synth.perception.design.sections import Language

__all__ = ["WORDS", "Words"]


@dataclass(frozen=True, slots=True)
class Words:
    """Texts of the window.

    Braces hold what is filled in: ``{seconds}``, ``{low}``, ``{high}``, ``{points}``.
    """

    agree: str
    decline: str
    declined: str
    about_you: str
    hunger: str
    hunger_ends: tuple[str, str]
    minutes_since_meal: str
    age_band: str
    age_not_told: str
    missing: str
    go_on: str
    start: str
    practice: str
    practice_over: str
    rest: str
    rest_wait: str
    rest_over: str
    paused: str
    resume: str
    time_up: str
    done: str
    withdrawn: str
    close: str
    withdraw: str
    withdraw_sure: str
    withdraw_no: str
    escape: str
    pair_keys: str
    tie: str
    vas_help: str
    confirm: str
    likert_help: str
    best: str
    worst: str
    best_mark: str
    worst_mark: str
    view_next: str
    dots: str
    dot: str
    gaze_poor: str
    dots_again: str
    gaze_anyway: str
    wait: str
    aperture: str
    bubbles: str
    trouble: str
    again: str


_ENGLISH = Words(
    agree="I agree",
    decline="I do not agree",
    declined="You did not agree, so nothing was asked. Thank you for your time.",
    about_you="Before we begin",
    hunger="How hungry are you now?",
    hunger_ends=("not at all hungry", "extremely hungry"),
    minutes_since_meal="How many minutes ago was your last meal?",
    age_band="How old are you?",
    age_not_told="I would rather not say",
    missing="Please answer all questions.",
    go_on="Continue",
    start="Start (Space)",
    practice="First, some questions for practice. They do not count.",
    practice_over="That was the practice. From now on, your answers count.",
    rest="Time for a break. Look into the distance for a while.",
    rest_wait="You can go on in {seconds} s.",
    rest_over="You can go on whenever you like.",
    paused="Paused. Your question waits for you.",
    resume="Go on (Space)",
    time_up="That is enough for this time. Please come back another day.\nYour answers are kept.",
    done="That was the last question. Thank you very much!",
    withdrawn="You have stopped. Thank you for your time.",
    close="Close",
    withdraw="Stop for good",
    withdraw_sure="Do you want to stop for good? Your answers so far are kept, unless you ask "
    "for them to be deleted.",
    withdraw_no="No, go on",
    escape="Esc: pause",
    pair_keys="F or ← : left        J or → : right",
    tie="Space: no difference",
    vas_help="Click on the line, or use ← and →. Enter confirms.",
    confirm="Confirm (Enter)",
    likert_help="Click on a number, or press its key.",
    best="Click on the photo that looks the most delicious.",
    worst="Now click on the one that looks the least delicious.",
    best_mark="most",
    worst_mark="least",
    view_next="Next (Space)",
    dots="Dots will appear one after the other. Please look at each until it vanishes.",
    dot="A dot will appear in the middle. Please look at it until it vanishes.",
    gaze_poor="The tracker does not follow your eyes well enough. Please call the person "
    "in charge.",
    dots_again="Show the dots again (Space)",
    gaze_anyway="Go on all the same",
    wait="Please look.",
    aperture="The photos are blurred. What you point at with the mouse becomes sharp.",
    bubbles="The photos are blurred. Click to make a place sharp.",
    trouble="Something went wrong. Nothing is lost. Please call the person in charge.",
    again="Try again",
)

_JAPANESE = Words(
    agree="同意します",
    decline="同意しません",
    declined="同意されなかったため、質問は行いません。お時間をいただきありがとうございました。",
    about_you="はじめる前に",
    hunger="今、どのくらいおなかがすいていますか。",
    hunger_ends=("まったくすいていない", "非常にすいている"),
    minutes_since_meal="最後の食事は何分前ですか。",
    age_band="年齢を教えてください。",
    age_not_told="答えたくない",
    missing="すべての質問にお答えください。",
    go_on="次へ",
    start="はじめる（スペース）",
    practice="はじめに練習を行います。練習の回答は記録に含まれません。",
    practice_over="練習は終わりです。ここからが本番です。",
    rest="休憩です。しばらく遠くを見て目を休めてください。",
    rest_wait="あと{seconds}秒で再開できます。",
    rest_over="いつでも再開できます。",
    paused="一時停止中です。質問はそのまま残っています。",
    resume="再開する（スペース）",
    time_up="今回はここまでです。続きは別の日にお願いします。\n回答は保存されています。",
    done="質問はこれで終わりです。ご協力ありがとうございました。",
    withdrawn="中止しました。ご協力ありがとうございました。",
    close="閉じる",
    withdraw="参加をやめる",
    withdraw_sure="参加をやめますか。これまでの回答は、削除を希望されない限り保存されます。",
    withdraw_no="いいえ、続けます",
    escape="Esc：一時停止",
    pair_keys="F または ← ：左        J または → ：右",
    tie="スペース：差がない",
    vas_help="線の上をクリックするか、← と → で選び、Enter で決定してください。",
    confirm="決定（Enter）",
    likert_help="数字をクリックするか、そのキーを押してください。",
    best="いちばんおいしそうに見える写真をクリックしてください。",
    worst="次に、いちばんそう見えない写真をクリックしてください。",
    best_mark="最も",
    worst_mark="最も違う",
    view_next="次へ（スペース）",
    dots="点が順番に表示されます。消えるまで、それぞれの点を見てください。",
    dot="中央に点が表示されます。消えるまで、その点を見てください。",
    gaze_poor="視線を十分な精度で測定できていません。担当者をお呼びください。",
    dots_again="点をもう一度表示する（スペース）",
    gaze_anyway="このまま続ける",
    wait="写真を見てください。",
    aperture="写真はぼかしてあります。マウスで指したところがはっきり見えます。",
    bubbles="写真はぼかしてあります。クリックしたところがはっきり見えます。",
    trouble="問題が起きました。回答は失われていません。担当者をお呼びください。",
    again="もう一度",
)

WORDS: dict[Language, Words] = {"en": _ENGLISH, "ja": _JAPANESE}
"""By language."""
