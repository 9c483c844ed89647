"""How like a CT the phantom is, by numbers: beside real CTs where they are at hand.

Run as ``python benchmarks/phantom_realism.py [--json] [--sheet FILE.png]``. Each row is a scan.
Real CTs are looked for in ``../shared/data`` beside the repository; without them the rows are
those of the phantom alone. Figures:

- liver_hu, liver_sd: median and standard deviation of the parenchyma 4 mm below the capsule.
- noise_sd: standard deviation in 24 mm squares of liver without vessels, a plane taken off.
- nps_05 ... nps_65: noise power (HU^2 mm^2) in those squares at 0.05, 0.2, 0.35, 0.5 and
  0.65 per mm.
- across: noise power of waves that run from front to back, over those from side to side.
- corr_mm: distance from side to side at which the noise's autocorrelation falls to a half.
- corr_z: correlation of the noise between neighbouring slices.
- capsule_fat, capsule_lung: 10 to 90 % width in mm of the liver's edge (median; None where
  too little of it could be measured).
- vessel_99: 99th percentile of the smoothed liver, above its median: large vessels.
- fat, muscle: HU of the two soft-tissue peaks of the histogram of the body.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from harness import arguments, report
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from napari_lesion_synth.ct.phantom import make_phantom

REAL = Path(__file__).resolve().parents[2] / "shared" / "data"
SQUARE_MM = 24.0
FREQUENCIES = (0.05, 0.20, 0.35, 0.50, 0.65)

Scan = tuple[str, NDArray[np.int16], NDArray[np.bool_], NDArray[np.bool_], tuple[float, ...]]


def phantoms(seeds: int) -> list[Scan]:
    """Slabs through the middle of the liver, sampled like a clinical scan."""
    scans = []
    for seed in range(seeds):
        made = make_phantom(seed, 4, (1.6, 0.6, 0.6), slices=40, center_mm=25)
        scans.append(
            (f"phantom {seed}", made.volume.hu, made.liver, made.lesions, made.volume.spacing)
        )
    return scans


def real_scans() -> list[Scan]:
    """The real CTs beside the repository, or none."""
    if not (REAL / "ct").is_dir():
        return []
    import SimpleITK as sitk

    def array(path: Path) -> tuple[NDArray[Any], tuple[float, ...]]:
        image = sitk.ReadImage(str(path))
        return sitk.GetArrayFromImage(image), image.GetSpacing()[::-1]

    scans = []
    hu, spacing = array(REAL / "ct" / "ircadb01_ct.nii.gz")
    label, _ = array(REAL / "ct" / "ircadb01_label.nii.gz")
    scans.append(("ircadb01", hu.astype(np.int16), label > 0, label == 2, spacing))
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(REAL / "chaos" / "dicom")))
    image = reader.Execute()
    hu = sitk.GetArrayFromImage(image).astype(np.int16)
    label, _ = array(REAL / "chaos" / "liver.nii.gz")
    scans.append(("chaos 3", hu, label > 0, np.zeros(hu.shape, bool), image.GetSpacing()[::-1]))
    return scans


def measure(scan: Scan) -> dict[str, Any]:
    """One row."""
    name, hu, liver, lesions, spacing = scan
    image = hu.astype(np.float32)
    deep = ndimage.distance_transform_edt(liver & ~lesions, sampling=spacing) > 4
    smooth = ndimage.gaussian_filter(image, (0, 1.5 / spacing[1], 1.5 / spacing[2]))
    middle = float(np.median(image[deep]))
    plain = deep & (smooth > middle - 30) & (smooth < middle + 25)
    power, sd = noise_power(image, plain, spacing)
    row: dict[str, Any] = {
        "scan": name,
        "liver_hu": middle,
        "liver_sd": float(image[deep].std()),
        "noise_sd": sd,
    }
    size = power.shape[0]
    fy = np.abs(np.fft.fftfreq(size, spacing[1]))[:, None]
    fx = np.abs(np.fft.fftfreq(size, spacing[2]))[None, :]
    f = np.hypot(fy, fx)
    for at in FREQUENCIES:
        row[f"nps_{round(100 * at):02d}"] = float(power[np.abs(f - at) < 0.04].mean())
    band = (f > 0.1) & (f < 0.6)
    row["across"] = float(power[band & (fy > 2 * fx)].mean() / power[band & (fx > 2 * fy)].mean())
    row["corr_mm"] = correlation_length(power, spacing[2])
    fine = image - ndimage.gaussian_filter(image, (0, 2.5 / spacing[1], 2.5 / spacing[2]))
    pair = plain[:-1] & plain[1:]
    row["corr_z"] = float(np.corrcoef(fine[:-1][pair], fine[1:][pair])[0, 1])
    row.update(capsule_widths(image, liver, spacing))
    row["vessel_99"] = float(np.percentile(smooth[deep], 99) - np.median(smooth[deep]))
    row["fat"] = peak(smooth[::4], -140, -60)
    row["muscle"] = peak(smooth[::4], 30, 80)
    return row


def noise_power(
    image: NDArray[np.float32], plain: NDArray[np.bool_], spacing: tuple[float, ...]
) -> tuple[NDArray[np.float64], float]:
    """Mean noise power spectrum (HU^2 mm^2) and standard deviation in squares of plain liver."""
    size = round(SQUARE_MM / spacing[1])
    window = np.hanning(size)[:, None] * np.hanning(size)[None, :]
    y, x = np.mgrid[:size, :size] / size - 0.5
    plane = np.stack([np.ones(size * size), y.ravel(), x.ravel()], axis=1)
    total, deviations = np.zeros((size, size)), []
    spots = np.argwhere(plain)
    for z, yc, xc in np.random.default_rng(0).permutation(spots)[:4000]:
        top, left = yc - size // 2, xc - size // 2
        box = (z, slice(top, top + size), slice(left, left + size))
        square = image[box].astype(float)
        if top < 0 or left < 0 or square.shape != (size, size) or plain[box].mean() < 0.97:
            continue
        fit = plane @ np.linalg.lstsq(plane, square.ravel(), rcond=None)[0]
        rest = square - fit.reshape(size, size)
        deviations.append(rest.std())
        total += np.abs(np.fft.fft2(rest * window)) ** 2
        if len(deviations) == 250:
            break
    scale = spacing[1] * spacing[2] / ((window**2).sum() * max(len(deviations), 1))
    return total * scale, float(np.median(deviations))


def correlation_length(power: NDArray[np.float64], step: float) -> float:
    """Distance at which the autocorrelation from side to side is a half."""
    along = np.fft.ifft2(power).real[0]
    along = along[: len(along) // 2] / along[0]
    first = int(np.argmax(along < 0.5))
    return float(step * (first - (0.5 - along[first]) / (along[first - 1] - along[first])))


def capsule_widths(
    image: NDArray[np.float32], liver: NDArray[np.bool_], spacing: tuple[float, ...]
) -> dict[str, float | None]:
    """Median 10 to 90 % width of the liver's edge against fat and against lung."""
    edge = np.argwhere(liver & ~ndimage.binary_erosion(liver, np.ones((1, 3, 3))))
    widths: dict[str, list[float]] = {"capsule_fat": [], "capsule_lung": []}
    along = np.arange(-8, 8.01, 0.25)
    for z, y, x in np.random.default_rng(0).permutation(edge)[:6000]:
        profile = _profile(image[z], liver[z], (y, x), spacing, along)
        if profile is None:
            continue
        inner, outer = profile[along < -4], profile[along > 4]
        if inner.std() > 16:
            continue
        if abs(outer.mean() + 100) < 25 and outer.std() < 25:
            kind = "capsule_fat"
        elif outer.mean() < -750 and outer.std() < 60:
            kind = "capsule_lung"
        else:
            continue
        level = (profile - outer.mean()) / (inner.mean() - outer.mean())
        middle = np.flatnonzero((level[:-1] >= 0.5) & (level[1:] < 0.5))
        if len(middle) == 1:
            start = middle[0] - np.argmax(level[: middle[0] + 1][::-1] >= 0.9)
            stop = middle[0] + np.argmax(level[middle[0] :] <= 0.1)
            widths[kind].append(0.25 * float(stop - start))
    return {k: float(np.median(v)) if len(v) > 20 else None for k, v in widths.items()}


def _profile(
    image: NDArray[np.float32],
    liver: NDArray[np.bool_],
    at: tuple[int, int],
    spacing: tuple[float, ...],
    along: NDArray[np.float64],
) -> NDArray[np.float64] | None:
    """HU from inside to outside, across the capsule, the mean of five lines side by side."""
    y, x = at
    if not (12 <= y < image.shape[0] - 13 and 12 <= x < image.shape[1] - 13):
        return None
    near = liver[y - 12 : y + 13, x - 12 : x + 13].astype(np.float32)
    dy, dx = (g[12, 12] for g in np.gradient(ndimage.gaussian_filter(near, 2.5)))
    steep = np.hypot(dy, dx)
    if steep < 1e-3:
        return None
    ny, nx = -dy / steep, -dx / steep
    lines = [
        ndimage.map_coordinates(
            image,
            [y + (along * ny - q * nx) / spacing[1], x + (along * nx + q * ny) / spacing[2]],
            order=1,
            mode="nearest",
        )
        for q in (-1, -0.5, 0, 0.5, 1)
    ]
    return np.mean(lines, axis=0)


def peak(image: NDArray[np.float32], low: float, high: float) -> float:
    """The most frequent HU between two limits."""
    count, edges = np.histogram(image, bins=np.arange(low, high + 1, 2.0))
    return float(edges[np.argmax(ndimage.gaussian_filter1d(count.astype(float), 2))] + 1)


def sheet(scans: list[Scan], path: Path) -> None:
    """A slice through the middle of each liver, liver window, 1 mm pixels, side by side."""
    tiles = []
    for _, hu, liver, _, spacing in scans:
        z = int(np.median(np.argwhere(liver.any(axis=(1, 2)))))
        image = ndimage.zoom(hu[z].astype(np.float32), spacing[1:], order=1)
        grey = (np.clip((image + 120) / 380, 0, 1) * 255).astype(np.uint8)
        tile = np.zeros((380, 380), np.uint8)
        body = ndimage.center_of_mass(image > -300)
        top, left = (int(c) - 190 for c in body)
        part = grey[max(top, 0) : top + 380, max(left, 0) : left + 380]
        tile[max(-top, 0) :, max(-left, 0) :][: part.shape[0], : part.shape[1]] = part
        tiles.append(tile)
    Image.fromarray(np.hstack(tiles)).save(path)


def main() -> None:
    """Print the table."""
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3, help="number of phantoms")
    parser.add_argument("--sheet", type=Path, help="also write a picture of all scans here")
    options = parser.parse_args()
    scans = phantoms(options.seeds) + real_scans()
    report("phantom realism", [measure(scan) for scan in scans], as_json=options.json)
    if options.sheet:
        sheet(scans, options.sheet)


if __name__ == "__main__":
    main()
