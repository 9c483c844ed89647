"""How often a policy allows a magnitude that it should not, of studies that are simulated whole.

Raters differ in slope, noise, side bias and lapses; magnitudes are chosen from the answers so far,
as a study of limits does (an entropy search of each direction and category, 30 % by chance). The
curves are hard ones: each crosses the margin, or lies just beyond it. A limit is wrong if it lies
beyond the magnitude at which the true curve leaves the margin.

`perception.py` runs it, and `dev.py bench` leaves it out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from harness import arguments, report
from numpy.typing import NDArray
from perception_goals import Goal, over_studies, told_interval
from scipy.special import ndtr

from napari_lesion_synth.perception.limits.answers import DoseAnswers
from napari_lesion_synth.perception.limits.dose import fit_dose
from napari_lesion_synth.perception.limits.limit_settings import LimitSettings
from napari_lesion_synth.perception.limits.quest import Quest
from napari_lesion_synth.perception.limits.safe_range import ArmLimit, safe_range

Array = NDArray[np.float64]
Curve = Callable[[Array], Array]

TRIED = LimitSettings(transforms=("saturation",), ends={"saturation": (-1.0, 1.0)})
MARGIN, NOMINAL = TRIED.margin, 0.05
CATEGORIES, PHOTOS = 3, 12
SEED = 101

CURVES: dict[str, Curve] = {
    "a line": lambda x: -2 * MARGIN * x,
    "a hump, 15 % beyond": lambda x: 1.15 * MARGIN * np.sin(np.pi * x),
    "a plateau, 10 % beyond": lambda x: -1.1 * MARGIN * np.expm1(-x / 0.15) / np.expm1(-1 / 0.15),
}


@dataclass(frozen=True)
class Crowd:
    """Who answers how much, and how they differ.

    Parameters
    ----------
    raters, each : int
        How many, and answers of each.
    slopes : float
        Standard deviation of the change at the end of a direction between raters.
    """

    raters: int = 12
    each: int = 60
    slopes: float = 0.3


CROWDS = (Crowd(), Crowd(each=240), Crowd(raters=4, each=240, slopes=0.5))


@dataclass
class _Crowd:
    """Drawn raters and photos."""

    slope: Array
    noise: Array
    side: Array
    lapse: Array
    photo: Array


def _drawn(crowd: Crowd, rng: np.random.Generator) -> _Crowd:
    photo = rng.normal(0, 0.3, (CATEGORIES * PHOTOS, 2))
    slope = rng.normal(0, crowd.slopes, (crowd.raters, 2))
    noise = np.exp(rng.normal(0, 0.3, crowd.raters) - 0.3**2 / 2)  # of mean 1
    side = rng.normal(0.05, 0.2, crowd.raters)
    return _Crowd(slope, noise, side, rng.uniform(0, 0.06, crowd.raters), photo)


def asked(curve: Curve, crowd: Crowd, rng: np.random.Generator) -> DoseAnswers:
    """The answers of a study: all raters, one after the other."""
    people, grid = _drawn(crowd, rng), TRIED.grid
    known: dict[tuple[int, int], Quest] = {}
    seen = np.zeros((2, CATEGORIES * PHOTOS))
    rows: list[tuple[str, str, float, float, float]] = []
    for rater in range(crowd.raters):
        for k in range(crowd.each):
            arm = (k + rater) % 2
            photo = int(rng.choice(np.flatnonzero(seen[arm] == seen[arm].min())))
            seen[arm, photo] += 1
            key = arm, photo // PHOTOS
            quest = known.get(key, grid.start())
            chance = rng.random() < TRIED.random_share
            x = float(rng.choice(grid.levels)) if chance else quest.next()
            side = 1.0 if rng.random() < 0.5 else -1.0
            away = (people.photo[photo, arm] + people.slope[rater, arm]) * x
            change = people.noise[rater] * (float(curve(np.array(x))) + away)
            sure = ndtr(change + people.side[rater] * side)
            lapse = people.lapse[rater]
            changed = bool(rng.random() < lapse / 2 + (1 - lapse) * sure)
            known[key] = quest.answered(x, not changed)
            signed = x if arm else -x
            rows.append((f"p{photo:02d}", f"r{rater:02d}", signed, float(changed), side))
    names = ("photo", "rater", "magnitude", "value", "side")
    columns = dict(zip(names, zip(*rows, strict=True), strict=True))
    photos = {f"p{k:02d}": f"dish {k // PHOTOS}" for k in range(CATEGORIES * PHOTOS)}
    return DoseAnswers.of("saturation", columns, photos)


def row(name: str, crowd: Crowd, studies: int) -> dict[str, str]:
    """Shares of limits beyond the truth and of intervals that hold it, over studies."""
    curve, x = CURVES[name], np.linspace(0, 1, 4001)
    outside = x[np.abs(curve(x)) > MARGIN]
    true = float(outside[0])
    beyond, held, reached = [], [], []
    for seed in range(studies):
        answers = asked(curve, crowd, np.random.default_rng([seed, SEED]))
        fit = fit_dose(answers)
        arms: list[ArmLimit] = []
        for category in answers.category_names:
            found = safe_range(fit.curve(category), MARGIN)
            arms += [arm for arm in (found.below, found.above) if arm is not None]
        beyond.append([abs(arm.limit) > true for arm in arms])
        held.append([abs(arm.limit) <= true <= abs(arm.surely_beyond) for arm in arms])
        reached += [abs(arm.limit) / true for arm in arms]
    wrong = over_studies([float(np.mean(each)) for each in beyond])
    return {
        "curve": name,
        "raters": str(crowd.raters),
        "answers": str(crowd.raters * crowd.each),
        "studies": str(studies),
        "limit too far": told_interval(wrong),
        "any of 6 limits too far": f"{np.mean([any(each) for each in beyond]):.3f}",
        "interval holds the limit": f"{np.mean(held):.3f}",
        "limit / true limit": f"{np.median(reached):.2f}",
        "verdict": "MISSED" if wrong[0] > NOMINAL else "met",
    }


def rows(studies: int) -> list[dict[str, str]]:
    """Of every curve and crowd."""
    return [row(name, crowd, studies) for crowd in CROWDS for name in CURVES]


def goals(studies: int) -> list[Goal]:
    """Missed where more limits than the nominal share lie too far out, by the figure itself."""
    return [
        Goal(
            f"policies: limits too far out, {each['curve']}, {each['raters']} raters, "
            f"{each['answers']} answers, {studies} studies",
            each["limit too far"],
            f"<= {NOMINAL:g}",
            each["verdict"] == "met",
        )
        for each in rows(studies)
    ]


def main() -> None:
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=40, help="simulated studies of each row")
    options = parser.parse_args()
    title = f"limits of policies, margin ±{MARGIN:.3f}, with 95 % interval over studies"
    report(title, rows(options.studies), as_json=options.json)


if __name__ == "__main__":
    main()
