"""Ribs and spine."""

from __future__ import annotations

import numpy as np

from napari_lesion_synth.ct.phantom.body import angle_from_spine
from napari_lesion_synth.ct.phantom.canvas import Canvas
from napari_lesion_synth.ct.phantom.frame import Array, Floats, Frame
from napari_lesion_synth.ct.phantom.patient import Patient
from napari_lesion_synth.ct.phantom.shapes import segment
from napari_lesion_synth.ct.phantom.wobble import Wobble

__all__ = ["RIB_SHELL", "Ribs", "paint_spine", "spine_center"]

RIB_SHELL = (1.0, 11.0)
"""Ribs and the muscles between them lie this deep (mm) outside the cavity."""

_PITCH = 31.0
"""Distance of the vertebrae in mm."""

_RIB_PITCH = 27.0
_REACH = np.array([48.0, 78.0, 108.0, 122.0, 128.0, 134.0, 139.0, 143.0, 146.0, 148.0, 150.0])
"""Angle from the spine where the bony part of rib 12, 11, 10 ... ends."""
_ARCH = (
    ((4.0, 12.0, 13.5), (3.0, 24.0, 15.5), (5.2, 4.6)),
    ((4.0, 24.0, 16.0), (5.0, 31.0, 38.0), (4.2, 3.0)),
    ((9.0, 28.0, 16.5), (-10.0, 30.0, 15.5), (5.6, 5.2)),
)
"""Pedicle, transverse process, joint: ends (z, y, |x|) and radii in mm."""

_LAMINA = ((0.0, 27.0, 15.0), (-2.5, 38.5, 1.0), (3.4, 3.8))
"""A plate: a rod whose height is stretched."""

_SPINOUS = (
    ((-4.0, 37.0, 0.0), (-15.0, 62.0, 0.0), (3.4, 4.2)),
    ((3.0, 40.0, 0.0), (-8.0, 60.0, 0.0), (3.2, 3.2)),
)

_CARTILAGE = np.array([48.0, 80.0, 124.0, 152.0, 163.0, 170.0, 172.0, 172.0, 172.0, 172.0, 172.0])
"""Angle where its cartilage ends."""


class Ribs:
    """Ribs and their cartilage, in the shell just outside the cavity.

    Parameters
    ----------
    canvas : Canvas
        Gives the voxel size.
    frame : Frame
        The grid whose slices will be painted.
    patient : Patient
        Whose ribs.
    rng : numpy.random.Generator
        Draws how calcified the cartilage is.
    """

    def __init__(
        self, canvas: Canvas, frame: Frame, patient: Patient, rng: np.random.Generator
    ) -> None:
        self._frame = frame
        self._phase = np.float32(patient.rib_phase)
        self._width = np.float32(0.5 * (canvas.voxel[1] + canvas.voxel[0] * 0.5) + 0.2)
        self._rim_hu = np.float32(rng.uniform(0, 130))
        y, x = frame.y[:, None], frame.x[None, :]
        self._angle = angle_from_spine(y + np.float32(12), x - np.float32(patient.spine_x))
        self._arc = np.radians(np.maximum(np.hypot(y, x), 40)).astype(np.float32)

    def paint(self, i: int, hu: Array, cavity: Array) -> None:
        """Paint slice i in place; `cavity` is the distance outside the cavity."""
        index = np.nonzero((cavity > RIB_SHELL[0] - 3) & (cavity < RIB_SHELL[1] + 3))
        depth = cavity[index] - np.float32(5.8)
        angle, arc = self._angle[index], self._arc[index]
        steep = np.interp(angle, [0, 20, 40, 112, 126, 180], [0.1, 0.3, 0.42, 0.40, 0, -0.75])
        at = (self._frame.z[i] + _sag(angle) - self._phase) / _RIB_PITCH
        number = np.rint(at).astype(int)
        exists = (number >= 0) & (number < len(_REACH))
        number = np.clip(number, 0, len(_REACH) - 1)
        off = (at - np.rint(at)) * _RIB_PITCH / np.sqrt(1 + steep**2)
        tall = np.where(angle < 25, 4.6, 6.3)
        rib = (np.sqrt((off / tall) ** 2 + (depth / 3.6) ** 2) - 1) * 4.2
        past = (angle - _REACH[number]) * arc
        rib = np.where(exists, np.maximum(rib, past), 20)
        gristle = (np.sqrt((off / 6.5) ** 2 + (depth / 4.6) ** 2) - 1) * 5
        gristle = np.maximum(gristle, np.maximum(-past, (angle - _CARTILAGE[number]) * arc))
        hu[index] = self._bone(hu[index], rib, np.where(exists, gristle, 20))

    def _bone(self, hu: Array, rib: Floats, gristle: Floats) -> Floats:
        """Cortex, marrow and cartilage, each with its HU."""

        def share(field: Floats, shrink: float = 0.0) -> Floats:
            part: Floats = np.clip(0.5 - (field + shrink) / self._width, 0, 1)
            return part

        result = hu + share(gristle) * (105 - hu)
        result += (share(gristle) - share(gristle, 1.2)) * self._rim_hu
        result += share(rib) * (820 - result)
        result += share(rib, 1.15) * (150 - result)
        return result


def _sag(angle: Array) -> Floats:
    """How far (mm) a rib has sunk at an angle from the spine; the cartilage rises again."""
    return np.interp(angle, [0, 20, 40, 112, 126, 172], [0, 9, 32, 112, 118, 56])


def spine_center(patient: Patient, z: Array) -> tuple[Array, Array]:
    """Position (y, x) of the vertebral bodies' centres by height."""
    y = 0.52 * patient.back - 0.0011 * (z - 30) ** 2 * np.where(z < 30, 0.9, -0.3)
    x = patient.spine_x + 2.5 * np.sin(z / 60 + patient.spine_x)
    return y.astype(np.float32), x.astype(np.float32)


def paint_spine(canvas: Canvas, patient: Patient, rng: np.random.Generator) -> None:
    """Vertebral bodies, discs, arches, processes, canal."""
    yc, xc = spine_center(patient, canvas.frame.z)
    box = canvas.frame.box(
        (-1e3, float(yc.min()) - 26, float(xc.min()) - 52),
        (1e3, float(yc.max()) + 84, float(xc.max()) + 52),
    )
    frame = canvas.frame.sub(box)
    rough, fine, coarse = (
        Wobble(rng, scale).slices(frame) for scale in (9.0, (2.6, 1.9, 1.9), 11.0)
    )
    marrow = np.float32(rng.uniform(150, 215))
    width = np.float32(0.5 * canvas.voxel[1] + 0.25 * canvas.voxel[0] + 0.3)
    for i, z in enumerate(frame.z):
        level = (z - np.float32(patient.rib_phase + 9)) / np.float32(_PITCH)
        at = (
            np.float32((level - np.round(level)) * _PITCH),
            frame.y[:, None] - yc[i],
            frame.x[None, :] - xc[i],
        )
        grain = fine[i] * 17 + coarse[i] * 16
        _paint_vertebra(canvas.hu[box][i], at, rough[i] * np.float32(0.45), marrow, grain, width)


def _paint_vertebra(
    hu: Array,
    at: tuple[np.float32, Array, Array],
    rough: Array,
    marrow: np.float32,
    grain: Array,
    width: np.float32,
) -> None:
    """One slice; `at` is height above the middle of the body, and y and x from its centre."""
    level, y, x = at

    def share(field: Array, shrink: float = 0.0) -> Array:
        part: Array = np.clip(np.float32(0.5) - (field + np.float32(shrink)) / width, 0, 1)
        return part

    body = _vertebral_body(level, y, x) + rough
    end = np.float32(12.3) - np.abs(level)
    arch = _arch((level, y, x)) + rough
    canal = np.sqrt((x / 1.25) ** 2 + (y - 27) ** 2) - np.float32(8.6)
    _paint_clefts(hu, y, x, arch, rough, width)
    hu += share(body) * (88 - hu)
    bone = np.maximum(body, -end)
    hu += share(bone) * (560 - hu)
    hu += share(bone, 1.0) * (marrow + grain - hu)
    plate = np.clip(1 - np.abs(end - 1.6) / 1.8, 0, 1) * share(body, 0.5)
    hu += plate * (360 - hu) * np.float32(0.8)
    arch = np.maximum(arch, -canal)
    hu += share(arch) * (760 - hu)
    hu += share(arch, 1.8) * (300 + 3 * grain - hu)
    hu += share(canal) * (-25 - hu)
    hu += share(np.sqrt((x / 1.2) ** 2 + (y - 27.5) ** 2) - np.float32(6.9)) * (28 - hu)


def _paint_clefts(
    hu: Array, y: Array, x: Array, arch: Array, rough: Array, width: np.float32
) -> None:
    """Fat round the arches and between the columns of the back muscles."""
    side = np.abs(x)
    around = arch - 2.4 - 3.5 * rough
    for offset, lean, first, last in ((17.0, 0.10, 33.0, 58.0), (38.0, -0.25, 36.0, 66.0)):
        sheet = np.abs(side - np.float32(offset) - np.float32(lean) * (y - 50) - 4 * rough)
        sheet = sheet - np.float32(0.85) + 1.6 * np.maximum(rough, 0)
        around = np.minimum(around, np.maximum(sheet, np.maximum(first - y, y - last)))
    share = np.clip(np.float32(0.5) - around / width, 0, 1) * np.clip((y - 22) / 8, 0, 1)
    hu += share * np.clip(np.float32(0.75) + rough, 0.2, 1) * (-95 - hu)


def _vertebral_body(level: np.float32, y: Array, x: Array) -> Array:
    """Field of the column of bodies and discs."""
    waist = np.float32(1 - 0.10 * np.clip(1 - abs(level) / 12.3, 0, 1) ** 0.7)
    wide, deep = 22 * waist, np.float32(16.5) * waist
    k = np.sqrt(np.sqrt((x / wide) ** 4 + (y / deep) ** 4))
    k = np.float32(0.6) * k + np.float32(0.4) * np.hypot(x / wide, y / deep)
    canal = np.float32(9.5) - np.sqrt((x / 1.35) ** 2 + (y - 25) ** 2)
    result: Array = np.maximum((k - 1) * np.float32(17), canal)
    return result


def _arch(at: tuple[np.float32, Array, Array]) -> Array:
    """Field of the posterior elements: pedicles, laminae, joints, processes."""
    level, y, x = at
    side = np.abs(x)
    height = np.full((1, 1), level, np.float32)
    where = (height, y, side)
    fields = [segment(where, start, stop, radii)[0] for start, stop, radii in _ARCH]
    plate = (height * np.float32(0.40), y, side)
    fields.append(segment(plate, *_LAMINA)[0])
    thin = side * np.float32(1.25)
    for shift in (0.0, -_PITCH):
        for start, stop, radii in _SPINOUS:
            fields.append(segment((height - np.float32(shift), y, thin), start, stop, radii)[0])
    result: Array = np.minimum.reduce(fields)
    return result
