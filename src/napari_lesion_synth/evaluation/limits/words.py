"""A detection-limit map in words: limits with intervals, chance, false alarms, cautions."""

from __future__ import annotations

from napari_lesion_synth.evaluation.limits.analysis import LimitMap, MethodDifference
from napari_lesion_synth.evaluation.limits.contours import Limit, Reach
from napari_lesion_synth.wording import counted

__all__ = [
    "cautions",
    "contrast_words",
    "difference_sentence",
    "limit_words",
    "map_notes",
    "operating_words",
    "panel_sentence",
    "reference_contrast",
]

_MINUS = "\N{MINUS SIGN}"
_USUAL_HU = 38.0
"""Median contrast of liver metastases; see `synthesis.lesion_prior`."""

_MISFIT = 0.01


def contrast_words(contrast_hu: float) -> str:
    """A contrast with its sign, as in "−30 HU"."""
    sign = _MINUS if contrast_hu < 0 else "+"
    return f"{sign}{abs(contrast_hu):g} HU"


def limit_words(limit: Limit, unit: str, *, grid: tuple[float, float]) -> str:
    """A limit with its interval, as in "9.1 mm (7.9 to 10.6)" or "above 40 mm"."""
    value = _end(limit.value, limit.reach, grid)
    if limit.reach is limit.low_reach is limit.high_reach and limit.reach is not Reach.WITHIN:
        return f"{value} {unit}"
    low = _end(limit.low, limit.low_reach, grid)
    high = _end(limit.high, limit.high_reach, grid)
    return f"{value} {unit} ({low} to {high})"


def _end(value: float, reach: Reach, grid: tuple[float, float]) -> str:
    if reach is Reach.BEYOND:
        return f"above {grid[1]:g}"
    if reach is Reach.BELOW:
        return f"below {grid[0]:g}"
    return f"{value:.1f}" if value < 10 else f"{value:.0f}"


def reference_contrast(made: LimitMap) -> float:
    """The contrast of the grid that is nearest to that of usual metastases."""
    return min(made.searched.settings.contrasts_hu, key=lambda hu: abs(abs(hu) - _USUAL_HU))


def panel_sentence(made: LimitMap, method: str, band: str) -> str:
    """What a panel says of lesions of a usual contrast."""
    fit = made.fits.get(method)
    cells = [each for each in made.cells if each.cell.method == method and each.cell.band == band]
    if fit is None or not any(each.made for each in cells):
        return "Nothing could be measured here."
    contrast = reference_contrast(made)
    half, most = (
        _from_on(fit.diameter_limit(band, contrast, share), fit.measured(band)[0])
        for share in (0.5, 0.9)
    )
    return f"Of lesions of {contrast_words(contrast)}: half {half}; 9 of 10 {most}."


def _from_on(limit: Limit, grid: tuple[float, float]) -> str:
    if limit.reach is Reach.BEYOND:
        extra = "" if limit.low_reach is Reach.BEYOND else f" ({_range(limit, grid)})"
        return f"are not found, even at {grid[1]:g} mm{extra}"
    if limit.reach is Reach.BELOW:
        extra = "" if limit.high_reach is Reach.BELOW else f" ({_range(limit, grid)})"
        return f"are found at {grid[0]:g} mm already{extra}"
    return f"are found from {_end(limit.value, limit.reach, grid)} mm on ({_range(limit, grid)})"


def _range(limit: Limit, grid: tuple[float, float]) -> str:
    low = _end(limit.low, limit.low_reach, grid)
    return f"{low} to {_end(limit.high, limit.high_reach, grid)}"


def operating_words(made: LimitMap) -> str:
    """The threshold, and what it costs in false alarms on the same CTs as they are."""
    searched = made.searched
    own = "the detector's own" if searched.own_threshold else "as given"
    alarms = made.false_alarms
    count = round(alarms.value * len(searched.untouched))
    where = (
        "this CT without the synthetic lesions"
        if len(searched.untouched) == 1
        else f"the {len(searched.untouched)} CTs without the synthetic lesions"
    )
    text = (
        f"Findings of score {searched.threshold:.3g} or more count ({own}): "
        f"{counted(count, 'false alarm')} in {where}"
    )
    if alarms.low is not None and alarms.high is not None:
        text += f", {alarms.value:.2g} per CT ({alarms.low:.2g} to {alarms.high:.2g})"
    if not searched.known_lesions:
        text += "; lesions that the CT has are not known, and findings on them are among these"
    return text + "."


def map_notes(made: LimitMap) -> list[str]:
    """What stands below the figure."""
    searched, chance = made.searched, made.chance
    by_chance = ""
    if chance is not None and chance.low is not None and chance.high is not None:
        by_chance = (
            f" At {100 * chance.value:.0f} % of the places ({100 * chance.low:.0f} to "
            f"{100 * chance.high:.0f} %) a finding would have hit without any lesion; the lines "
            "are corrected for that, the numbers are not."
        )
    return [
        f"{searched.rule.text} {operating_words(made)}{by_chance}",
        "Numbers: synthetic lesions found, of those put in, each at another place. Contrast: mean "
        "over the whole lesion, against the organ in its place. Lines: a surface fitted to all "
        "numbers of a method; shaded: 95 % interval of the line at each diameter, places drawn "
        "again. They end where the grid does. "
        + ("One CT is one patient. " if len(searched.untouched) == 1 else "")
        + "Synthetic lesions are not lesions. For research; not a medical device.",
    ]


def cautions(made: LimitMap) -> list[str]:
    """What the reader of this very map has to beware of."""
    found = []
    searched = made.searched
    if searched.copies < searched.copies_planned:
        found.append(
            f"Only {searched.copies} of {searched.copies_planned} copies have been searched: the "
            "map is not finished."
        )
    for name, short in searched.shortages:
        lack = "not measurable" if not short.places else "fewer lesions than asked for"
        found.append(f"{name}, {short.diameter_mm:g} mm, {short.band}: {short.problem} ({lack}).")
    refused = [row for row in made.insertions if not row.made]
    if refused:
        reasons = {row.problem for row in refused}
        words = "; ".join(sorted(reasons)[:3]) + ("; ..." if len(reasons) > 3 else "")
        found.append(
            f"{counted(len(refused), 'lesion')} of {len(made.insertions)} could not be made, and "
            f"are neither found nor missed ({words})."
        )
    for method, fit in made.fits.items():
        if fit.misfit < _MISFIT:
            found.append(
                f"{method}: the smooth surface does not describe these numbers (p = "
                f"{fit.misfit:.2g}): read the cells, not the lines. A detector that misses large "
                "lesions, or one depth at other sizes than the other, gives such numbers."
            )
        lapse = float(fit.surface.lapse[0])
        if lapse > 0.1:
            found.append(
                f"{method}: {100 * lapse:.0f} % of the lesions are missed by this fit however "
                "large and marked they are."
            )
    return found


def difference_sentence(each: MethodDifference) -> str:
    """Two methods at the same places, in a sentence."""
    less = each.difference
    if not each.pairs or less.low is None or less.high is None:
        return f"{each.one} and {each.other}: nothing to compare."
    return (
        f"{each.one} less {each.other}: {_signed(less.value)} ({_signed(less.low)} to "
        f"{_signed(less.high)}) of {each.pairs} lesions at the same places and contrasts; "
        f"{each.only_one} were found by {each.one} alone, {each.only_other} by {each.other} alone."
    )


def _signed(share: float) -> str:
    return f"{_MINUS if share < 0 else '+'}{abs(share):.2f}"
