"""What a report of a study should have, and what of it is known.

The list follows the minimal reporting guideline for eye tracking [1]_ where gaze was recorded, and
what readers of rating studies expect.

References
----------
.. [1] M. J. Dunn et al., "Minimal reporting guideline for research involving eye tracking (2023
   edition)", Behav. Res. Methods 2023, doi 10.3758/s13428-023-02187-1.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from napari_lesion_synth.perception.design.questions import question
from napari_lesion_synth.perception.design.settings import StudyDesign
from napari_lesion_synth.perception.design.study import Study
from napari_lesion_synth.perception.export.figures import Figure
from napari_lesion_synth.perception.export.quality import DataQuality, GazeFigures
from napari_lesion_synth.perception.gaze.quality import POINTED
from napari_lesion_synth.wording import counted

__all__ = ["Item", "MethodsFacts", "measured", "registered", "reporting_items", "validated"]


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


def reporting_items(facts: MethodsFacts) -> tuple[Item, ...]:
    """What a report should have, and what of it is known."""
    design, quality = facts.study.design, facts.quality
    viewing = design.viewing
    screen = (
        f"{viewing.screen_mm[0]:g} x {viewing.screen_mm[1]:g} mm, {viewing.distance_mm:g} mm away"
    )
    items = [
        Item("Preregistration", registered(facts) if facts.frozen_sha256 else ""),
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
            Item("Calibration and validation", validated(eyes[0])),
            Item("Accuracy, precision and data loss", " ".join(measured(each) for each in eyes)),
            Item("Detection of fixations", "velocity (I-VT), settings as in the export's README"),
            Item("Head stabilisation, and how eyes were filtered or averaged", ""),
        ]
    return tuple(items)


def registered(facts: MethodsFacts) -> str:
    """When the design was frozen, and what was changed since."""
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


def measured(each: GazeFigures) -> str:
    """Accuracy, precision and loss, as sentences."""
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


def validated(each: GazeFigures) -> str:
    """How often the gaze was validated; empty where it never was."""
    if not each.validations:
        return ""
    return f"There were {counted(each.validations, 'validation')}, apart from the calibrations."


def _exclusions(design: StudyDesign) -> str:
    rule = f"catch trials passed below {design.checks.catch_pass:.0%}"
    return f"{rule}; {design.texts.exclusions}" if design.texts.exclusions else rule


def _questions(design: StudyDesign) -> list[str]:
    texts = {name: question(design, name).replace("\n", " / ") for name in design.languages}
    return [f"“{text}” ({name})" for name, text in texts.items()]


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
        f"longest time between two frames {quality.longest_frame_ms:.1f} ms, "
        f"{counted(quality.late_frames, 'late frame')}, as the program measured it; onsets were "
        "not checked with a photodiode"
    )
