"""The paragraph of methods, with the figures of the data, and what a report still lacks."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version

from napari_lesion_synth.perception.design.program import PROGRAM
from napari_lesion_synth.perception.design.settings import StudyDesign
from napari_lesion_synth.perception.design.study import Study, stimuli_sha256
from napari_lesion_synth.perception.export.figures import Figure
from napari_lesion_synth.perception.export.quality import DataQuality, GazeFigures
from napari_lesion_synth.perception.export.reporting import (
    MethodsFacts,
    measured,
    registered,
    reporting_items,
    validated,
)
from napari_lesion_synth.perception.gaze.quality import POINTED
from napari_lesion_synth.wording import counted

__all__ = ["costs_text", "methods_paragraph", "methods_text"]


_TO_ADD = "**not recorded; to be added by the authors**"


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
        registered(facts),
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


def costs_text(design: StudyDesign) -> str:
    """What questions were taken to cost, where kinds are mixed."""
    costs = design.actions
    text = f"a pair taken as {costs.pair_s:g} s, a rating as {costs.rating_s:g} s, "
    text += f"{costs.new_photo_s:g} s more for a photo that nobody had judged"
    if costs.gaze_share > 0:
        text += f", looking alone as {costs.gaze_s:g} s"
    return text


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
        "mixed": "compared photos in pairs and rated photos on a visual analogue scale",
    }
    seen = "as long as they liked"
    if design.viewing.mode == "fixed":
        seen = f"for {design.viewing.seconds:g} s"
    words = f"Participants {kinds[design.judgement.kind]}, {seen}"
    if design.judgement.kind in ("paired", "mixed"):
        words += ", with ties" if design.judgement.ties else ", without ties"
    selection = design.selection
    if selection.rule == "random":
        return f"{words}; photos were chosen by a balanced random design (seed {design.seed})."
    prior = " with a prior from image features" if selection.feature_prior else ""
    mixed = design.judgement.kind == "mixed"
    one = "question" if mixed else "pair"
    stop = {
        "trials": "when all trials were done",
        "width": f"when the median 95 % interval was at most {selection.stop_value:g} wide",
        "gain": f"when no {one} was expected to gain {selection.stop_value:g} bit",
    }[selection.stop_at]
    chosen = "photos were chosen by expected gain"
    if mixed:
        chosen = f"question and photos were chosen by expected bits a second ({costs_text(design)})"
    return (
        f"{words}; {chosen}{prior}, "
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
    return f"{what} in {trials}, {distance}. {measured(each)} {validated(each)}".strip()


def _agreement(figures: Sequence[Figure]) -> str:
    """The figures that could be computed."""
    known = [figure for figure in figures if figure.value is not None]
    if not known:
        return ""
    told = "; ".join(
        f"{figure.name}: {figure.text}{f', n = {figure.n}' if figure.n else ''}" for figure in known
    )
    return f"Reliability, with 95 % intervals where there are any: {told}."


def _versions() -> Mapping[str, str]:
    found = {"Python": platform.python_version(), "napari-lesion-synth": PROGRAM}
    for name in ("numpy", "scipy", "pandas", "scikit-image", "scikit-learn", "napari"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
