"""The paragraph of methods, with the figures of the data, and what a report still lacks.

The list of what to report follows the minimal reporting guideline for eye tracking [1]_ where gaze
was recorded, and what readers of rating studies expect.

References
----------
.. [1] M. J. Dunn et al., "Minimal reporting guideline for research involving eye tracking (2023
   edition)", Behav. Res. Methods 2023, doi 10.3758/s13428-023-02187-1.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version

from napari_lesion_synth.perception.design.program import PROGRAM
from napari_lesion_synth.perception.design.questions import question
from napari_lesion_synth.perception.design.settings import StudyDesign
from napari_lesion_synth.perception.design.study import Study, stimuli_sha256
from napari_lesion_synth.perception.export.figures import Figure
from napari_lesion_synth.perception.export.quality import DataQuality, GazeFigures
from napari_lesion_synth.perception.gaze.quality import POINTED
from napari_lesion_synth.wording import counted

__all__ = ["Item", "MethodsFacts", "methods_paragraph", "methods_text", "reporting_items"]


_TO_ADD = "**not recorded; to be added by the authors**"


@dataclass(frozen=True)
class MethodsFacts:
    """What the text is made of.

    Parameters
    ----------
    study : Study
        Design and photos.
    quality : DataQuality
        Of its data.
    frozen_sha256 : str
        Hash of the preregistration; empty where the design was not frozen.
    frozen_utc : str
        When it was frozen.
    amendments : tuple of str
        Reasons of later changes.
    scaling : str
        How answers became values, as sentences; empty where they did not yet.
    figures : tuple of Figure
        Agreement and reliability.
    """

    study: Study
    quality: DataQuality
    frozen_sha256: str = ""
    frozen_utc: str = ""
    amendments: tuple[str, ...] = ()
    scaling: str = ""
    figures: tuple[Figure, ...] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Item:
    """Something that a report is expected to have.

    Parameters
    ----------
    name : str
        What.
    text : str
        As it is known; empty: it was not recorded, and is the authors' to add.
    """

    name: str
    text: str


def methods_text(facts: MethodsFacts) -> str:
    """Paragraph and list, as Markdown."""
    lines = ["# Methods", "", methods_paragraph(facts), "", "# What a report should have", ""]
    lines += [f"- {item.name}: {item.text or _TO_ADD}" for item in reporting_items(facts)]
    lines += ["", "# Software", ""]
    lines += [f"- {name} {number}" for name, number in _versions().items()]
    return "\n".join(lines) + "\n"


def methods_paragraph(facts: MethodsFacts) -> str:
    """The paragraph."""
    design, quality = facts.study.design, facts.quality
    parts = [
        _registered(facts),
        _participants(quality),
        _stimuli(facts.study),
        _asked(design),
        _trials(design, quality),
        _attention(design, quality),
        _times(quality),
        *(_gaze(each, design) for each in quality.gaze),
        facts.scaling,
        _agreement(facts.figures),
        f"Data were collected with napari-lesion-synth {PROGRAM}.",
    ]
    return " ".join(part for part in parts if part)


def reporting_items(facts: MethodsFacts) -> tuple[Item, ...]:
    """What a report should have, and what of it is known."""
    design, quality = facts.study.design, facts.quality
    viewing = design.viewing
    screen = (
        f"{viewing.screen_mm[0]:g} x {viewing.screen_mm[1]:g} mm, {viewing.distance_mm:g} mm away"
    )
    items = [
        Item("Preregistration", _registered(facts) if facts.frozen_sha256 else ""),
        Item("Hypotheses", design.texts.hypotheses),
        Item("Exclusion criteria", _exclusions(design)),
        Item("Ethics approval", design.texts.ethics),
        Item("Recruitment, vision correction, payment", ""),
        Item("Question, word for word", "; ".join(_questions(design))),
        Item("Screen and viewing distance", screen),
        Item("Luminance, gamma and lighting of the room", ""),
        Item("Timing of the display", _frames(quality)),
        Item("Hunger and last meal", _covariates(design)),
    ]
    eyes = [each for each in quality.gaze if each.source not in POINTED]
    if eyes:
        items += [
            Item("Eye tracker: make, model, sampling rate, recorded eye", ""),
            Item("Calibration and validation", _validated(eyes[0])),
            Item("Accuracy, precision and data loss", " ".join(_measured(each) for each in eyes)),
            Item("Detection of fixations", "velocity (I-VT), settings as in the export's README"),
            Item("Head stabilisation, and how eyes were filtered or averaged", ""),
        ]
    return tuple(items)


def _registered(facts: MethodsFacts) -> str:
    if not facts.frozen_sha256:
        return "The design was not frozen before data collection."
    text = (
        f"Design, exclusions and stopping rule were frozen on {facts.frozen_utc[:10]} (SHA-256 "
        f"{facts.frozen_sha256[:16]})"
    )
    if not facts.amendments:
        return f"{text}, and not changed since."
    reasons = "; ".join(facts.amendments)
    return f"{text}; {counted(len(facts.amendments), 'amendment')} followed ({reasons})."


def _participants(quality: DataQuality) -> str:
    who = "simulated participant" if quality.simulated else "participant"
    text = f"{counted(quality.participants, who)} took part, {quality.finished} to the end"
    if not quality.left_out:
        return f"{text}; nobody was excluded."
    reasons = "; ".join(f"{count} {why}" for why, count in quality.left_out.items())
    excluded = quality.participants - quality.used
    return f"{text}; {excluded} {'was' if excluded == 1 else 'were'} excluded ({reasons})."


def _stimuli(study: Study) -> str:
    photos = study.stimuli
    sides = sorted({(photo.width, photo.height) for photo in photos})
    size = f"{sides[0][0]} x {sides[0][1]} px" if len(sides) == 1 else "of several sizes"
    return (
        f"{counted(len(photos), 'photo')} of {len(photos.categories)} "
        f"categor{'y' if len(photos.categories) == 1 else 'ies'} were shown ({size}; SHA-256 of "
        f"the set {stimuli_sha256(photos)[:16]})."
    )


def _asked(design: StudyDesign) -> str:
    kinds = {
        "paired": "compared photos in pairs",
        "vas": "rated photos on a visual analogue scale",
        "likert": f"rated photos on a scale of {design.judgement.points} steps",
        "best-worst": f"chose the best and the worst of {design.judgement.per_screen} photos",
        "view": "viewed photos",
    }
    seen = "as long as they liked"
    if design.viewing.mode == "fixed":
        seen = f"for {design.viewing.seconds:g} s"
    words = f"Participants {kinds[design.judgement.kind]}, {seen}"
    if design.judgement.kind == "paired":
        words += ", with ties" if design.judgement.ties else ", without ties"
    selection = design.selection
    if selection.rule == "random":
        return f"{words}; photos were chosen by a balanced random design (seed {design.seed})."
    prior = " with a prior from image features" if selection.feature_prior else ""
    stop = {
        "trials": "when all trials were done",
        "width": f"when the median 95 % interval was at most {selection.stop_value:g} wide",
        "gain": f"when no pair was expected to gain {selection.stop_value:g} bit",
    }[selection.stop_at]
    return (
        f"{words}; photos were chosen by expected gain{prior}, "
        f"{selection.random_share:.0%} of them at random, until {stop.removeprefix('when ')} "
        f"(seed {design.seed})."
    )


def _trials(design: StudyDesign, quality: DataQuality) -> str:
    return (
        f"{counted(quality.judgements, 'judgement')} count, {quality.repeats} of them hidden "
        f"repeats; {counted(quality.practice, 'practice trial')} do not. A break came after every "
        f"{design.counts.block_size} trials."
    )


def _attention(design: StudyDesign, quality: DataQuality) -> str:
    if quality.catch is None:
        return "There were no catch trials."
    low, high = quality.catch.low or 0.0, quality.catch.high or 0.0
    return (
        f"{quality.catch.value:.0%} of {counted(quality.catch_trials, 'catch trial')} were passed "
        f"(95 % interval {low:.0%} to {high:.0%}); participants below "
        f"{design.checks.catch_pass:.0%} were excluded, as fixed in advance."
    )


def _times(quality: DataQuality) -> str:
    text = ""
    if quality.response_s is not None:
        low, middle, high = quality.response_s
        text = f"The median response took {middle:.2f} s (quartiles {low:.2f} and {high:.2f} s)."
    if quality.marks:
        told = ", ".join(f"{mark}: {count}" for mark, count in sorted(quality.marks.items()))
        text += f" Marked trials ({told}) were kept."
    if quality.clock_jumps:
        text += f" The computer's clock was set {counted(quality.clock_jumps, 'time')} meanwhile."
    return text.strip()


def _gaze(each: GazeFigures, design: StudyDesign) -> str:
    trials = counted(each.trials, "judgement")
    if each.source in POINTED:
        how = "a mouse aperture" if each.source == "mouse_aperture" else "bubble clicks"
        return f"In {trials} attention was traced by {how} over blurred photos; that is no gaze."
    what = {
        "tracker": "Gaze was recorded",
        "simulated": "Gaze was simulated",
        "replay": "Gaze was played back from a recording",
    }.get(each.source, "Gaze was recorded")
    distance = f"at {design.viewing.distance_mm:g} mm"
    return f"{what} in {trials}, {distance}. {_measured(each)} {_validated(each)}".strip()


def _measured(each: GazeFigures) -> str:
    if each.accuracy_deg is None:
        return "Its accuracy was not validated."
    text = f"Accuracy was {each.accuracy_deg:.2f}° on average"
    if each.worst_deg is not None:
        text += f" ({each.worst_deg:.2f}° at worst)"
    if each.rms_s2s_deg is not None:
        text += f", precision {each.rms_s2s_deg:.2f}° RMS from sample to sample"
    if each.data_loss is not None:
        text += f", data loss {each.data_loss:.1%}"
    return f"{text}."


def _validated(each: GazeFigures) -> str:
    if not each.validations:
        return ""
    return f"There were {counted(each.validations, 'validation')}, apart from the calibrations."


def _agreement(figures: Sequence[Figure]) -> str:
    """The figures that could be computed."""
    known = [figure for figure in figures if figure.value is not None]
    if not known:
        return ""
    told = "; ".join(
        f"{figure.name} {figure.text}{f', n = {figure.n}' if figure.n else ''}" for figure in known
    )
    return f"Reliability, with 95 % intervals where there are any: {told}."


def _exclusions(design: StudyDesign) -> str:
    rule = f"catch trials passed below {design.checks.catch_pass:.0%}"
    return f"{rule}; {design.texts.exclusions}" if design.texts.exclusions else rule


def _questions(design: StudyDesign) -> list[str]:
    return [f"“{question(design, language)}” ({language})" for language in design.languages]


def _covariates(design: StudyDesign) -> str:
    asked = [
        name
        for name, wanted in (
            ("hunger from 0 to 100", design.covariates.hunger),
            ("minutes since the last meal", design.covariates.minutes_since_meal),
        )
        if wanted
    ]
    return f"asked beforehand: {', '.join(asked)}" if asked else ""


def _frames(quality: DataQuality) -> str:
    if quality.longest_frame_ms is None:
        return ""
    return (
        f"longest time between two frames {quality.longest_frame_ms:.1f} ms, as the program "
        "measured it; onsets were not checked with a photodiode"
    )


def _versions() -> Mapping[str, str]:
    found = {"Python": platform.python_version(), "napari-lesion-synth": PROGRAM}
    for name in ("numpy", "scipy", "pandas", "scikit-image", "scikit-learn", "napari"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
