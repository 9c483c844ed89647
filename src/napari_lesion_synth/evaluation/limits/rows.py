"""A detection-limit map as tables and as JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from napari_lesion_synth.evaluation.experiment.case_json import plain
from napari_lesion_synth.evaluation.limits.analysis import LimitMap
from napari_lesion_synth.evaluation.limits.contours import SHARES, Limit, MethodFit
from napari_lesion_synth.evaluation.limits.words import (
    cautions,
    contrast_words,
    difference_sentence,
    limit_words,
)
from napari_lesion_synth.evaluation.rows import Row
from napari_lesion_synth.intervals import Interval

__all__ = ["cell_rows", "limit_table", "map_json"]

_DIGITS = 4


def cell_rows(made: LimitMap) -> list[Row]:
    """One row a cell: counts with Wilson's interval, and the surface with the places'.

    A cell that could not be measured has no sensitivity, and a reason.
    """
    rows: list[Row] = []
    for each in made.cells:
        fit = made.fits.get(each.cell.method)
        cell = each.cell
        fitted = None if fit is None else fit.share(cell.band, cell.diameter_mm, cell.contrast_hu)
        rows.append(
            {
                **asdict(cell),
                "made": each.made,
                "found": each.found,
                **_ends("sensitivity", each.share),
                **_ends("fitted", fitted),
                "by_chance": each.chance,
                "measured_mm": _cell(each.measured_mm),
                "measured_hu": _cell(each.measured_hu),
                "problem": each.problem,
            }
        )
    return rows


def limit_table(made: LimitMap) -> list[dict[str, str]]:
    """Diameters from which on half and 9 of 10 are found, by method, depth and contrast."""
    return [
        {
            "method": method,
            "depth": band,
            "contrast": contrast_words(contrast),
            **{
                f"{100 * share:.0f} % found from": limit_words(
                    fit.diameter_limit(band, contrast, share),
                    "mm",
                    grid=fit.measured(band)[0],
                )
                for share in SHARES
            },
        }
        for method, fit in made.fits.items()
        for band in _measured(made, method)
        for contrast in made.searched.settings.contrasts_hu
    ]


def map_json(made: LimitMap) -> dict[str, Any]:
    """Everything as JSON types, but the insertions."""
    searched, chance = made.searched, made.chance
    content: dict[str, Any] = plain(
        {
            "detector": searched.detector,
            "threshold": searched.threshold,
            "own_threshold": searched.own_threshold,
            "rule": {**searched.rule.model_dump(mode="json"), "text": searched.rule.text},
            "cts": list(made.cts),
            "copies": searched.copies,
            "copies_planned": searched.copies_planned,
            "false_alarms_per_ct": asdict(made.false_alarms),
            "found_by_chance": None if chance is None else asdict(chance),
            "grid": searched.settings.model_dump(mode="json"),
            "cells": cell_rows(made),
            "methods": {name: _fit(made, fit) for name, fit in made.fits.items()},
            "differences": [
                {**asdict(each), "words": difference_sentence(each)} for each in made.differences
            ],
            "cautions": cautions(made),
        }
    )
    return content


def _fit(made: LimitMap, fit: MethodFit) -> dict[str, Any]:
    surface = fit.surface
    contrasts, diameters = made.searched.settings.contrasts_hu, fit.trials.diameters
    bands = _measured(made, fit.method)
    return {
        "model": "chance + (1 - chance) * (1 - lapse) * logistic(offset + h(log2(diameter / "
        "middle)) + c * log2(contrast / middle)); the slope of h changes evenly over the grid",
        "middle": {"diameter_mm": surface.middle[0], "contrast_hu": surface.middle[1]},
        "offsets": dict(zip(surface.bands, surface.offsets[0].tolist(), strict=True)),
        "slopes": dict(
            zip(
                ("smallest_diameter", "largest_diameter", "contrast"),
                surface.slopes[0].tolist(),
                strict=True,
            )
        ),
        "lapse": float(surface.lapse[0]),
        "misfit_p": fit.misfit,
        "diameter_limits": [
            {"band": band, "contrast_hu": contrast, "share": share, **_limit(limit)}
            for band in bands
            for contrast in contrasts
            for share in SHARES
            for limit in (fit.diameter_limit(band, contrast, share),)
        ],
        "contrast_limits": [
            {"band": band, "diameter_mm": diameter, "share": share, **_limit(limit)}
            for band in bands
            for diameter in diameters
            for share in SHARES
            for limit in (fit.contrast_limit(band, diameter, share),)
        ],
    }


def _measured(made: LimitMap, method: str) -> list[str]:
    """Depths at which a method made any lesion."""
    return [
        band.name
        for band in made.searched.settings.bands
        if any(
            each.made
            for each in made.cells
            if each.cell.method == method and each.cell.band == band.name
        )
    ]


def _limit(limit: Limit) -> Mapping[str, Any]:
    return {
        name: str(value) if isinstance(value, str) else value
        for name, value in asdict(limit).items()
    }


def _ends(name: str, interval: Interval | None) -> Row:
    if interval is None:
        return {name: "", f"{name}_low": "", f"{name}_high": ""}
    low, high = interval.low, interval.high
    return {
        name: _cell(interval.value),
        f"{name}_low": "" if low is None else _cell(low),
        f"{name}_high": "" if high is None else _cell(high),
    }


def _cell(value: float) -> float | str:
    return round(float(value), _DIGITS) if math.isfinite(value) else ""
