"""What could be found at all in simulated patients: a linear observer who knows every lesion.

For each lesion of the phantom, the Hotelling observer's detectability d' is worked out from the
exact difference that the lesion makes (the same patient is simulated with and without) and the
noise power spectrum of that patient's healthy liver. He knows size, shape and contrast; what he
does not know is where. So he looks at as many places as spheres of the lesion's size fit into the
liver, and takes for a lesion what exceeds the threshold at which those give the allowed false
alarms: ``Phi(d' - z)``, with ``z`` such that ``places * (1 - Phi(z))`` is the rate.

A net that has to look for all sizes and contrasts at once has a harder task, but is not linear:
it can know vessels from noise. So the figure is a landmark, not a limit. Rows that it takes from
are the same kind of patients as the detector's test, with other seeds.

References
----------
H. H. Barrett and K. J. Myers, Foundations of Image Science, Wiley 2004, chapter 13: the Hotelling
observer and its detectability in stationary noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from harness import arguments, report
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

import napari_lesion_synth as nls
from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.evaluation.truth import Truth, TruthLesion

SPACING = (2.5, 1.0, 1.0)
BLOCK = (16, 48, 48)
"""Voxels of the pieces of liver whose power spectrum is taken."""

BLOCKS, WITHIN = 60, 0.95
"""Pieces a patient, and how much of each must lie in the liver."""

BRIGHTEST_HU = 60.0
"""Vessels and what lies beyond the capsule do not count for more noise than this."""

AROUND, RAMP = 24, 3
"""Voxels about a lesion that are looked at, and those that its soft edge reaches."""

FIRST_SEED = 2000
BINS = ((0.0, 10.0), (10.0, 20.0), (20.0, np.inf))

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Known:
    """One lesion."""

    diameter_mm: float
    contrast_hu: float
    detectability: float
    places: float

    def found(self, rate: float) -> float:
        """Probability that it is found at so many false alarms a CT."""
        return float(ndtr(self.detectability + ndtri(rate / self.places)))


def power(bare: Case, rng: np.random.Generator) -> Array:
    """Noise power spectrum of the healthy liver, shape `BLOCK`, in HU squared."""
    organ = bare.require_organ().mask
    hu = bare.volume.hu.astype(np.float64)
    noise = np.where(organ, np.clip(hu - np.median(hu[organ]), -BRIGHTEST_HU, BRIGHTEST_HU), 0)
    total, count = np.zeros(BLOCK), 0
    for corner in rng.permutation(np.argwhere(organ))[:20000]:
        start = corner - np.array(BLOCK) // 2
        if (start < 0).any() or (start + BLOCK > organ.shape).any():
            continue
        piece = tuple(slice(a, a + n) for a, n in zip(start, BLOCK, strict=True))
        if organ[piece].mean() >= WITHIN:
            block = noise[piece]
            total += np.abs(np.fft.fftn(block - block.mean())) ** 2
            count += 1
        if count == BLOCKS:
            break
    if not count:
        raise SystemExit("no piece of healthy liver is large enough: use a finer spacing")
    spectrum = total / (count * np.prod(BLOCK))
    # The mean was taken off: what the slowest waves have stands for it.
    spectrum[0, 0, 0] = max(spectrum[1, 0, 0], spectrum[0, 1, 0], spectrum[0, 0, 1])
    return spectrum


def detectability(signal: Array, spectrum: Array) -> float:
    """Detectability of a known signal in stationary noise."""
    shape = [max(a, b) for a, b in zip(signal.shape, spectrum.shape, strict=True)]
    wave = np.abs(np.fft.fftn(signal, shape)) ** 2
    nearest = [
        np.round(np.abs(np.fft.fftfreq(n)) * size).astype(int)
        for n, size in zip(shape, spectrum.shape, strict=True)
    ]
    ratio = wave / spectrum[np.ix_(*nearest)]
    return float(np.sqrt(ratio.sum() / np.prod(shape)))


def alone(change: Array, lesion: TruthLesion) -> Array:
    """What one lesion changes, cut out with its surroundings."""
    box = lesion.component.box
    own = tuple(slice(max(0, side.start - RAMP), side.stop + RAMP) for side in box)
    around = tuple(slice(max(0, side.start - AROUND), side.stop + AROUND) for side in box)
    kept = np.zeros_like(change)
    kept[own] = change[own]
    return kept[around]


def patient(seed: int, lesions: int) -> list[Known]:
    """All lesions of one simulated patient."""
    case = nls.phantom(seed=seed, lesions=lesions, spacing=SPACING)
    bare = nls.phantom(seed=seed, lesions=0, spacing=SPACING)
    change = case.volume.hu.astype(np.float64) - bare.volume.hu
    spectrum = power(bare, np.random.default_rng(seed))
    volume = bare.require_organ().mask.sum() * np.prod(SPACING)
    return [
        Known(
            lesion.component.diameter_mm,
            lesion.contrast_hu,
            detectability(alone(change, lesion), spectrum),
            volume / (np.pi / 6 * lesion.component.diameter_mm**3),
        )
        for lesion in Truth.of(case).lesions
    ]


def rows(patients: list[list[Known]], rates: tuple[float, ...]) -> list[dict[str, Any]]:
    """Expected sensitivity by size, with 95 % of draws of the patients."""
    table: list[dict[str, Any]] = []
    rng = np.random.default_rng(0)
    draws = rng.integers(len(patients), size=(1000, len(patients)))
    for low, high in ((0.0, np.inf), *BINS):
        chosen = [[k for k in each if low <= k.diameter_mm < high] for each in patients]
        row: dict[str, Any] = {"mm": f"{low:g} to {high:g}", "lesions": sum(map(len, chosen))}
        for rate in rates:
            sums = np.array([sum(k.found(rate) for k in each) for each in chosen])
            counts = np.array([len(each) for each in chosen])
            drawn = sums[draws].sum(axis=1) / np.maximum(counts[draws].sum(axis=1), 1)
            ends = np.quantile(drawn, [0.025, 0.975])
            row[f"@{rate:g}"] = f"{sums.sum() / counts.sum():.2f} ({ends[0]:.2f} to {ends[1]:.2f})"
        table.append(row)
    return table


def main() -> None:
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("--patients", type=int, default=40)
    parser.add_argument("--lesions", type=int, default=4)
    parser.add_argument("--first-seed", type=int, default=FIRST_SEED)
    options = parser.parse_args()
    seeds = range(options.first_seed, options.first_seed + options.patients)
    found = [patient(seed, options.lesions) for seed in seeds]
    report(
        "ideal linear observer, phantoms, expected sensitivity at false alarms a CT",
        rows(found, (0.1, 0.2, 0.5, 1.0)),
        as_json=options.json,
    )


if __name__ == "__main__":
    main()
