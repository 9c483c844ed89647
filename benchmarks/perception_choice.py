"""Choosing pairs: what it takes in time, and how many trials it saves.

Participants are simulated: Thurstone's case V with 2 % lapses, utilities of standard deviation 1.
Errors are those of the values from 0 to 1 against the true utilities, both stretched from their
lowest to their highest; rho is Spearman's. Every study runs through the chooser with its guards:
connected first, 10 % random pairs, exposure cap, a photo rests for a trial. "random" is any pair,
without guards; "balanced" shows all photos equally often. The prior's constants are learnt from
the answers in all arms. Trials to reach an error are those of the power law that is closest to the
mean errors from 144 trials on. Intervals are 95 %, by bootstrap over studies; arms of one study
share the photos, and of "random" there are 4 studies of the same photos, since its trials are the
ones that vary most. The first table holds times, the second error curves, the third the goals.

`perception.py` runs it, and `dev.py bench` leaves it out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import choix
import harness
import numpy as np
from numpy.typing import NDArray
from perception_goals import Goal, at_least, at_most, told_interval
from scipy.special import ndtr
from scipy.stats import spearmanr

from napari_lesion_synth.perception.choice.chooser import ChoiceState, Chooser
from napari_lesion_synth.perception.choice.feature_prior import FeaturePriorSettings, Features
from napari_lesion_synth.perception.choice.gain import pair_gains
from napari_lesion_synth.perception.choice.model import StudyModel
from napari_lesion_synth.perception.choice.rules import ChooserRules
from napari_lesion_synth.perception.choice.value_gain import value_gains
from napari_lesion_synth.perception.scaling.comparisons import Comparisons
from napari_lesion_synth.perception.scaling.settings import ScalingSettings
from napari_lesion_synth.perception.scaling.utilities import Posterior, Prior, fit_utilities

Array = NDArray[np.float64]

LAPSE = 0.02
FREE = ChooserRules(by="random", random_share=0, connect_first=False, rest=0, exposure=100)
BALANCED = FREE.model_copy(update={"by": "balanced"})
VALUES, INFORMATION = ChooserRules(by="values"), ChooserRules(by="information")
GOAL = 0.07
TIME_GOALS_MS = {100: 5.0, 360: 200.0}
"""For one choice, by the number of photos."""


@dataclass(frozen=True)
class Arm:
    """A way to choose pairs; with features, the prior knows them."""

    name: str
    rules: ChooserRules
    features: bool = False


@dataclass(frozen=True)
class Curve:
    """Errors and rank correlations, shape (studies, marks)."""

    marks: tuple[int, ...]
    error: Array
    rho: Array

    def reached(self, goal: float, rows: NDArray[np.int64]) -> float:
        """Trials at which the mean error of these studies falls to the goal."""
        late = [at for at, mark in enumerate(self.marks) if mark >= 144]
        mean = np.log(self.error[rows][:, late].mean(axis=0))
        slope, start = np.polyfit(np.log([self.marks[at] for at in late]), mean, 1)
        return float(np.exp((np.log(goal) - start) / slope))


def photos(k: int, rng: np.random.Generator, *, featured: bool) -> tuple[Array, Features]:
    """Utilities, and 8 features; 60 % of the variance follows these where they are to tell."""
    raw = rng.standard_normal((k, 8))
    if not featured:
        return rng.standard_normal(k), Features.of(raw)
    told = raw @ rng.standard_normal(8)
    utilities = np.sqrt(0.6) * told / told.std() + np.sqrt(0.4) * rng.standard_normal(k)
    return utilities, Features.of(raw)


def study(
    arm: Arm, utilities: Array, features: Features, marks: tuple[int, ...], seed: int
) -> list[tuple[float, float]]:
    """Error and rank correlation at each mark."""
    rng = np.random.default_rng([seed, 1])
    model = StudyModel(features=features if arm.features else None)
    chooser = Chooser(model, arm.rules)
    asked = Comparisons.of(tuple(f"photo{i}" for i in range(len(utilities))))
    recent: tuple[tuple[int, ...], ...] = ()
    found = []
    for trial in range(1, marks[-1] + 1):
        pair = chooser.next(ChoiceState(asked, recent), rng)
        apart = utilities[pair.left] - utilities[pair.right]
        won = rng.random() < LAPSE / 2 + (1 - LAPSE) * ndtr(apart)
        asked = asked.answered(pair.left, pair.right, float(won))
        recent = ((pair.left, pair.right),)
        if trial in marks:
            mean = model.posterior(asked).mean
            error = float(np.abs(unit(mean) - unit(utilities)).mean())
            found.append((error, float(spearmanr(mean, utilities).statistic)))
    return found


def unit(values: Array) -> Array:
    return (values - values.min()) / np.ptp(values)


def curve(arm: Arm, k: int, marks: tuple[int, ...], studies: int, times: int = 1) -> Curve:
    """As many different sets of photos, the same in every arm; each judged so many times.

    Features tell something with 100 photos.
    """
    found = []
    for number in range(studies):
        rng = np.random.default_rng([number, 0])
        utilities, features = photos(k, rng, featured=k == 100)
        seeds = range(number, studies * times, studies)
        repeated = [study(arm, utilities, features, marks, seed) for seed in seeds]
        found.append(np.mean(repeated, axis=0))
    both = np.array(found)
    return Curve(marks, both[..., 0], both[..., 1])


def times(repeats: int) -> list[dict[str, Any]]:
    """Of one choice, part by part."""
    rows = []
    for k in (36, 100, 360, 1000):
        rng = np.random.default_rng(k)
        root = rng.standard_normal((k, k)) / np.sqrt(k)
        names = tuple(f"photo{i}" for i in range(k))
        covariance = 0.2 * root @ root.T + 0.1 * np.eye(k)
        state = Posterior(names, rng.standard_normal(k), covariance, LAPSE, "thurstone")
        first = rng.integers(0, k, 10 * k)
        second = (first + rng.integers(1, k, 10 * k)) % k
        won = rng.random(10 * k) < ndtr(state.mean[first] - state.mean[second])
        asked = Comparisons.of(names, np.stack([first, second], axis=1), won.astype(float))
        prior = Prior.independent(k)
        # As between two answers after which the prior is learnt again.
        model = StudyModel(prior=FeaturePriorSettings(learn_spread=False))
        chooser = Chooser(model, ChooserRules(random_share=0, sequential_up_to=1000))
        parts = {
            "information of all pairs": lambda s=state: pair_gains(s),
            "values of all pairs": lambda s=state, r=rng: value_gains(s, r),
            "fit, 10 answers a photo": lambda a=asked, p=prior: fit_utilities(a, p),
            "next trial, all of it": lambda c=chooser, a=asked, r=rng: c.next(ChoiceState(a), r),
        }
        for name, part in parts.items():
            rows.append({"photos": k, "part": name, **harness.timed(part, repeats)})
    return rows


def time_goals(repeats: int) -> list[Goal]:
    """What of a choice has a goal: the pairs' scores, and the whole next trial."""
    found = []
    for row in times(repeats):
        limit = TIME_GOALS_MS.get(row["photos"])
        if limit is None or row["part"].startswith("fit"):
            continue
        told = f"{row['median_ms']:.1f} ms ({row['q1_ms']:.1f} to {row['q3_ms']:.1f}, quartiles)"
        told += f", fastest {row['min_ms']:.1f}"
        name = f"{row['photos']} photos: {row['part']}, ms"
        found.append(at_most(name, row["median_ms"], limit, told))
    return found


def interval(statistic: Any, studies: int) -> tuple[float, float]:
    """Percentile bootstrap over studies."""
    rng = np.random.default_rng(0)
    drawn = [statistic(rng.integers(0, studies, studies)) for _ in range(1000)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(low), float(high)


def goal(what: str, statistic: Any, studies: int, limit: float, *, least: bool) -> Goal:
    """The figure, its interval, and whether it is good enough."""
    value = float(statistic(np.arange(studies)))
    told = told_interval((value, *interval(statistic, studies)))
    return (at_least if least else at_most)(what, value, limit, told)


def curve_rows(k: int, arm: Arm, found: Curve, shown: tuple[int, ...]) -> list[dict[str, Any]]:
    rows = []
    for mark in shown:
        if mark not in found.marks:
            continue
        at = found.marks.index(mark)
        low, high = interval(lambda r, a=at: found.error[r, a].mean(), len(found.error))
        error = f"{found.error[:, at].mean():.3f} ({low:.3f} to {high:.3f})"
        rho = f"{found.rho[:, at].mean():.3f}"
        rows.append({"photos": k, "arm": arm.name, "trials": mark, "error": error, "rho": rho})
    return rows


def few_photos(studies: int) -> tuple[list[dict[str, Any]], list[Goal]]:
    """36 photos without features: trials to reach the goal."""
    marks = tuple(range(72, 505, 24))
    random = Arm("random", FREE)
    arms = [Arm("values", VALUES), Arm("information", INFORMATION)]
    found = {random.name: curve(random, 36, tuple(range(72, 793, 24)), studies, times=4)}
    found |= {arm.name: curve(arm, 36, marks, studies) for arm in arms}
    rows = []
    for arm in (random, *arms):
        rows += curve_rows(36, arm, found[arm.name], (72, 144, 216, 360, 504, 720))
    goals = []
    for arm in (random, *arms):
        trials = interval(lambda r, c=found[arm.name]: c.reached(GOAL, r), studies)
        middle = found[arm.name].reached(GOAL, np.arange(studies))
        told = told_interval((middle, *trials), 0)
        goals.append(Goal(f"36 photos: trials to an error of {GOAL}, {arm.name}", told))
    for arm in arms:  # "values" is the rule of new studies, "information" the plain one

        def ratio(rows: NDArray[np.int64], name: str = arm.name) -> float:
            return found[name].reached(GOAL, rows) / found["random"].reached(GOAL, rows)

        at = marks.index(360)
        goals.append(
            goal(f"36 photos: the same, {arm.name} by random", ratio, studies, 0.6, least=False)
        )
        goals.append(
            goal(
                f"36 photos: rho at 360 trials, {arm.name}",
                lambda r, c=found[arm.name], a=at: c.rho[r, a].mean(),
                studies,
                0.92,
                least=True,
            )
        )
    return rows, goals


def many_photos(studies: int) -> tuple[list[dict[str, Any]], list[Goal]]:
    """100 photos with features: errors at 400 trials."""
    marks = (100, 200, 300, 400)
    plain = Arm("balanced", BALANCED)
    arms = [
        Arm("information", INFORMATION),
        Arm("balanced + features", BALANCED, features=True),
        Arm("values + features", VALUES, features=True),
        Arm("information + features", INFORMATION, features=True),
    ]
    found = {arm.name: curve(arm, 100, marks, studies) for arm in (plain, *arms)}
    rows = []
    for arm in (plain, *arms):
        rows += curve_rows(100, arm, found[arm.name], marks)
    goals = []
    for arm in arms[2:]:
        error = found[arm.name].error[:, -1]
        less = found[plain.name].error[:, -1] - error
        goals.append(
            goal(
                f"100 photos: error at 400 trials, {arm.name}",
                lambda r, e=error: e[r].mean(),
                studies,
                0.09,
                least=False,
            )
        )
        goals.append(
            goal(
                "100 photos: balanced without features is worse by",
                lambda r, d=less: d[r].mean(),
                studies,
                0.02,
                least=True,
            )
        )
    return rows, goals


def oracle() -> Goal:
    """Bradley-Terry against choix at the same penalty: the lowest of 20 correlations."""
    lowest = 1.0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        utilities = rng.standard_normal(30)
        first = rng.integers(0, 30, 200)
        second = (first + rng.integers(1, 30, 200)) % 30
        won = rng.random(200) < 1 / (1 + np.exp(utilities[second] - utilities[first]))
        asked = Comparisons.of(
            tuple(f"photo{i}" for i in range(30)), np.stack([first, second], axis=1), won * 1.0
        )
        settings = ScalingSettings(model="bradley-terry", lapse=0)
        ours = fit_utilities(asked, Prior.independent(30, 1.0), settings).mean
        pairs = [(i, j) if w else (j, i) for i, j, w in zip(first, second, won, strict=True)]
        theirs = choix.opt_pairwise(30, pairs, alpha=0.5)
        lowest = min(lowest, float(np.corrcoef(ours, theirs)[0, 1]))
    name = "Bradley-Terry against choix: lowest r of 20"
    return Goal(name, f"{lowest:.6f}", "> 0.999", lowest > 0.999)


def main() -> None:
    parser = harness.arguments(__doc__ or "")
    parser.add_argument("--studies", type=int, default=150, help="sets of 36 photos, an arm")
    parser.add_argument("--times-only", action="store_true", help="no simulated studies")
    given = parser.parse_args()
    harness.report("a choice, part by part", times(given.repeats), as_json=given.json)
    if given.times_only:
        return
    few, few_goals = few_photos(given.studies)
    many, many_goals = many_photos(max(2, given.studies // 7))
    harness.report("errors and rank correlations", [*few, *many], as_json=given.json)
    goals = [goal.row() for goal in (*few_goals, *many_goals, oracle())]
    harness.report("goals", goals, as_json=given.json)


if __name__ == "__main__":
    main()
