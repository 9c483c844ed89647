"""Does the control work? Made-up gaze that has to do with attractiveness, and gaze that has not.

Photos with a salient place on each side; how strongly each draws the eye differs from photo to
photo. Gaze is simulated (250 Hz, 0.3 degrees of noise), fixations are found in it, and their maps
enter the regression: each photo's own, another photo's of the same dish (the control), and the
middle. Attractiveness follows columns of the image, and, in half of the studies, how much the left
side draws the eye. Real gaze may have a gain over the control in those, and must have none in the
others. Intervals: 95 %, by bootstrap over studies.

`perception.py` runs it, and `dev.py bench` leaves it out.
"""

from __future__ import annotations

import numpy as np
from harness import arguments, report
from numpy.typing import NDArray
from perception_goals import Goal, at_most, over_studies, told_interval
from scipy import ndimage

from napari_lesion_synth.perception.gaze.fixations import find_fixations
from napari_lesion_synth.perception.gaze.geometry import Screen, Viewing, letterbox
from napari_lesion_synth.perception.gaze.maps import MapGrid, heatmap
from napari_lesion_synth.perception.gaze.simulated import simulate_gaze
from napari_lesion_synth.perception.gaze.simulation_settings import SimulationSettings
from napari_lesion_synth.perception.regression.controls import Ablation, ablation, of_another_photo
from napari_lesion_synth.perception.regression.folds import plan
from napari_lesion_synth.perception.regression.gaze_inputs import GazeInputSettings, map_block
from napari_lesion_synth.perception.regression.gaze_sources import centre_block, shuffled_block
from napari_lesion_synth.perception.regression.models.ridge import Ridge
from napari_lesion_synth.perception.regression.table import Block, Table

Array = NDArray[np.float64]

SCREEN, SIZE = Screen(1920, 1080, 531.0, 299.0, 600.0), (800, 600)
SHOWN = letterbox(SIZE, (1920, 1080))
SETTINGS = GazeInputSettings(way="grid")
DISHES, PHOTOS, SECONDS, SHUFFLES = 20, 6, 6.0, 3
NOISE_DEG, SIGMA_PX, GAIN = 0.3, (24.0, 24.0), 0.3


def goals(studies: int) -> list[Goal]:
    """No gain where there is none to have, and a gain where there is one."""
    found: list[Goal] = []
    for gain, name in ((0.0, "gaze that tells nothing"), (GAIN, "gaze that tells something")):
        apart, claimed = [], 0
        for seed in range(studies):
            arms = study(gain, seed)
            verdict = arms.verdict(np.random.default_rng(seed))
            apart.append(verdict.differences["shuffled gaze"].value)
            claimed += verdict.gain
        mean = over_studies(apart)
        row = f"{name}: MAE, real less shuffled gaze, {studies} studies"
        holds = mean[1] <= 0 <= mean[2]
        wanted, met = ("interval holds 0", holds) if gain == 0 else ("below 0", mean[2] < 0)
        found.append(Goal(row, told_interval(mean, 4), wanted, bool(met)))
        share, words = claimed / studies, f"{claimed} of {studies} studies"
        if gain == 0:
            found.append(at_most(f"{name}: a gain is claimed", share, 0.05, words))
        else:
            found.append(Goal(f"{name}: a gain is claimed", words))
    return found


def study(gain: float, seed: int) -> Ablation:
    """One study: the image alone, and with each kind of maps."""
    rng = np.random.default_rng([seed, round(1000 * gain)])
    n = DISHES * PHOTOS
    dish = np.repeat(np.arange(DISHES), PHOTOS)
    image = rng.standard_normal((n, 6))
    left = 1 / (1 + np.exp(-rng.standard_normal(DISHES)[dish] - rng.standard_normal(n)))
    maps = [looked_at(share, rng) for share in left]
    own = 0.05 * rng.standard_normal(DISHES)[dish] + 0.08 * rng.standard_normal(n)
    target = 0.5 + 0.05 * image[:, 0] - 0.04 * image[:, 1] + gain * (left - 0.5) + own
    items, dishes = tuple(f"p{k}" for k in range(n)), tuple(f"d{k:02d}" for k in dish)
    table = Table(items, target, dishes, (Block("image", image),))
    others = [of_another_photo(items, dishes, rng) for _ in range(SHUFFLES)]
    arms = {
        "centre prior": [[centre_block(maps, None, SETTINGS)]],
        "shuffled gaze": [[shuffled_block(maps, None, SETTINGS, other)] for other in others],
        "real gaze": [[map_block("real gaze", maps, None, SETTINGS)]],
    }
    return ablation(Ridge(), table, arms, plan(table))


def looked_at(left: float, rng: np.random.Generator) -> Array:
    """The map of a simulated look at a photo whose left side draws the eye by so much."""
    salience = np.zeros((30, 40))
    salience[rng.integers(6, 24), rng.integers(5, 15)] = left
    salience[rng.integers(6, 24), rng.integers(25, 35)] = 1 - left
    salience = np.asarray(ndimage.gaussian_filter(salience, 2) + 1e-4)
    settings = SimulationSettings(noise_deg=NOISE_DEG)
    gaze = simulate_gaze(SECONDS, SCREEN, SHOWN, rng, salience=salience, settings=settings)
    found = find_fixations(SHOWN.samples_in_image(gaze.samples), Viewing(SCREEN, SHOWN))
    return heatmap(found, MapGrid(*SIZE, 25), SIGMA_PX)


def main() -> None:
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=20)
    given = parser.parse_args()
    report("controls", [goal.row() for goal in goals(given.studies)], as_json=given.json)


if __name__ == "__main__":
    main()
