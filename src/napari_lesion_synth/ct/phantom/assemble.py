"""From a seed to a scan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.ct.phantom.body import build_trunk
from napari_lesion_synth.ct.phantom.canvas import SPARE, Canvas, Lattice, Shade, share_of
from napari_lesion_synth.ct.phantom.frame import Array, Frame
from napari_lesion_synth.ct.phantom.gut import place_gut
from napari_lesion_synth.ct.phantom.lesions import (
    Lesion,
    draw_lesions,
    make_room,
    paint_lesions,
    truth_table,
)
from napari_lesion_synth.ct.phantom.liver import liver
from napari_lesion_synth.ct.phantom.organs import (
    paint_round_ligament,
    place_gallbladder,
    place_kidneys,
    place_pancreas,
    place_posterior,
    place_spleen,
)
from napari_lesion_synth.ct.phantom.patient import Patient, streams
from napari_lesion_synth.ct.phantom.scan import PhantomScan
from napari_lesion_synth.ct.phantom.scanner import (
    Scanner,
    attenuation_by_direction,
    blur,
    noise,
    paint_table,
)
from napari_lesion_synth.ct.phantom.scene import Part, Scene
from napari_lesion_synth.ct.phantom.settings import PhantomSettings
from napari_lesion_synth.ct.phantom.sites import choose_seats
from napari_lesion_synth.ct.phantom.skeleton import paint_spine
from napari_lesion_synth.ct.phantom.tissue import Tissue
from napari_lesion_synth.ct.phantom.trees import (
    hepatic_veins,
    lung_vessels,
    mesenteric_vessels,
    portal_vein,
    splanchnic_veins,
)
from napari_lesion_synth.ct.phantom.trunk_paint import paint_chest, paint_trunk
from napari_lesion_synth.ct.phantom.vessels import Tree, draw_tree
from napari_lesion_synth.ct.phantom.wobble import Wobble
from napari_lesion_synth.ct.volume import Triple, Volume

__all__ = ["make_phantom"]

_HEIGHT_MM = 200.0
_LOW, _HIGH = (-160.0, -200.0), (175.0, 200.0)
"""Reach of the lattices in mm, (y, x)."""

Rngs = dict[str, np.random.Generator]


def make_phantom(
    seed: int = 0,
    lesions: int = 6,
    spacing: Triple = (2.5, 1.0, 1.0),
    **options: Any,
) -> PhantomScan:
    """Simulate an abdominal CT with liver lesions.

    Parameters
    ----------
    seed : int
        The patient, the lesions and the noise. The same seed is the same patient at any voxel
        size, phase or number of lesions.
    lesions : int
        How many; ``round(lesions * rim_fraction)`` of them lie at the rim.
    spacing : tuple of float
        mm, (z, y, x).
    **options
        The other fields of `PhantomSettings`.

    Returns
    -------
    PhantomScan
        Volume, masks and truth. Same arguments, same bytes on one machine.

    Raises
    ------
    ParameterError
        If a setting is unknown or out of range.
    SiteError
        If the lesions do not fit into the liver.
    """
    settings = PhantomSettings.checked(lesions=lesions, spacing=spacing, **options)
    nz = settings.slices or round(_HEIGHT_MM / settings.spacing[0])
    ny, nx = (round(settings.fov_mm / v) for v in settings.spacing[1:])
    canvas = Canvas.blank((nz, ny, nx), settings.spacing, settings.center_mm)
    rngs = streams(seed)
    patient = Patient.draw(rngs["habitus"])
    tissue = Tissue.draw(settings.phase, rngs["tissue"])
    scout = _scout(seed, patient)
    scene = _anatomy(seed, canvas, patient, tissue, scout)
    organ = scene.parts["liver"]
    parenchyma = _parenchyma(tissue, rngs["texture"])
    mask = _paint_liver(canvas, organ, parenchyma)
    scanner = Scanner()
    attenuation = attenuation_by_direction(
        canvas.hu[SPARE:-SPARE], canvas.voxel, scanner.directions
    )
    veins = hepatic_veins(patient, scout.liver, scout.lattice, rngs["hepatic"])
    portal = portal_vein(scout.liver, scout.lattice, rngs["portal"])
    grown = _lesions(canvas, mask, settings, (veins, portal), rngs)
    whole = mask.copy()
    instances, occupied = paint_lesions(canvas, organ, parenchyma, grown, whole)
    for tree, blood in ((veins, tissue.hepatic), (portal, tissue.portal)):
        _paint_tree(canvas, make_room(tree, grown, canvas), blood, occupied)
    hu = blur(canvas.hu, canvas.voxel, scanner)
    if settings.noise_hu > 0:
        grain = noise(hu.shape, canvas.voxel, attenuation, scanner, rngs["noise"])
        level = grain[mask].std() if mask.any() else grain.std()
        hu += grain * np.float32(settings.noise_hu / level)
    volume = Volume(np.clip(np.rint(hu), -1024, 3071).astype(np.int16), settings.spacing)
    truth = truth_table(grown, instances, whole, settings.spacing)
    return PhantomScan(volume, whole, instances > 0, instances, truth)


def _lattice(frame_z: tuple[float, float], step: Triple, seed: int) -> Lattice:
    """The coarse grid between two heights, with the patient's warp of space."""
    frame = Frame.spanning((frame_z[0], *_LOW), (frame_z[1], *_HIGH), step)
    rng = streams(seed)["warp"]
    at = []
    for axis in frame.mesh():
        moved = axis
        for scale, amount in ((70.0, 5.0), (38.0, 2.4), (22.0, 1.2)):
            moved = moved + np.float32(amount) * Wobble(rng, scale).on(frame)
        at.append(moved)
    return Lattice(frame, (at[0], at[1], at[2]))


def _anatomy(seed: int, canvas: Canvas, patient: Patient, tissue: Tissue, scout: _Scout) -> Scene:
    """Paint everything but the liver, whose place is kept."""
    rngs = streams(seed)
    voxel = canvas.voxel
    step = (max(2.5, voxel[0]), max(3.0, 1.8 * voxel[1]), max(3.0, 1.8 * voxel[2]))
    z = canvas.frame.z
    low = np.floor(z[0] / step[0] - 1) * step[0]
    lattice = _lattice((float(low), float(z[-1]) + step[0]), step, seed)
    trunk = build_trunk(patient, lattice.frame, lattice.at, rngs["surface"])
    scene = Scene(lattice, trunk)
    paint_trunk(canvas, scene, patient, tissue, rngs)
    paint_chest(canvas, scene, patient, tissue, rngs)
    lungs = lung_vessels(scout.lung, scout.lattice, rngs["lung"])
    _paint_tree(canvas, lungs, 40.0)
    _paint_tree(canvas, mesenteric_vessels(patient, rngs["mesentery"]), tissue.portal - 25)
    rng = rngs["organs"]
    place_posterior(canvas, scene, patient, tissue, rng)
    paint_round_ligament(canvas, scene, tissue)
    everywhere = lattice.frame.box((-1e3, -1e3, -1e3), (1e3, 1e3, 1e3))
    scene.place(
        "liver",
        everywhere,
        liver(patient, trunk, lattice.at),
        gap_mm=1.0,
        wall_mm=-2.0,
        below_diaphragm=-1.0,
    )
    place_kidneys(canvas, scene, patient, tissue, rng)
    place_spleen(canvas, scene, patient, tissue, rng)
    place_gallbladder(canvas, scene, patient, tissue)
    place_gut(canvas, scene, patient, tissue, rngs["gut"])
    place_pancreas(canvas, scene, patient, tissue, rng)
    _paint_tree(canvas, splanchnic_veins(patient), tissue.portal)
    paint_spine(canvas, patient, rngs["bone"])
    solid = np.flatnonzero((trunk.skin < 0).any(axis=(0, 2)))
    paint_table(canvas, float(lattice.frame.y[solid[-1]]) if len(solid) else 120.0)
    return scene


@dataclass(frozen=True, eq=False)
class _Scout:
    """The whole trunk on a very coarse grid, for what must not depend on the slices wanted."""

    lattice: Lattice
    liver: Array
    lung: Array


def _scout(seed: int, patient: Patient) -> _Scout:
    lattice = _lattice((-128.0, 110.0), (6.0, 6.0, 6.0), seed)
    trunk = build_trunk(patient, lattice.frame, lattice.at, streams(seed)["surface"])
    lung = np.maximum(trunk.cavity + 3, 4 - trunk.abdomen)
    return _Scout(lattice, liver(patient, trunk, lattice.at), lung)


def _parenchyma(tissue: Tissue, rng: np.random.Generator) -> Callable[[Frame], Shade]:
    """Liver tissue between the vessels that are large enough to be drawn."""
    fine, coarse = Wobble(rng, 5.0), Wobble(rng, 22.0)

    def paint(frame: Frame) -> Shade:
        f, c = fine.slices(frame), coarse.slices(frame)

        def shade(i: int) -> Array:
            result: Array = np.float32(tissue.liver) + 4 * f[i] + 3 * c[i]
            return result

        return shade

    return paint


def _paint_liver(
    canvas: Canvas, organ: Part, parenchyma: Callable[[Frame], Shade]
) -> NDArray[np.bool_]:
    """Paint the parenchyma; returns the mask on the image."""
    box, sharp = canvas.cover(organ.field, organ.frame)
    canvas.blend(box, lambda i: share_of(sharp[i]), parenchyma)
    mask = np.zeros(canvas.hu.shape, bool)
    inside = mask[box]
    for i in range(inside.shape[0]):
        inside[i] = sharp[i] <= 0
    return mask[SPARE:-SPARE].copy()


def _lesions(
    canvas: Canvas,
    mask: NDArray[np.bool_],
    settings: PhantomSettings,
    trees: tuple[Tree, Tree],
    rngs: Rngs,
) -> list[Lesion]:
    """Seat and grow the lesions clear of the large vessels."""
    first = np.array(canvas.position((0, 0, 0)))
    node = np.concatenate([tree.node for tree in trees]) - first
    radius = np.concatenate([tree.radius for tree in trees])
    large = radius > 2.3
    seats = choose_seats(mask, settings, (node[large], radius[large]), rngs["sites"])
    return draw_lesions(seats, settings, rngs["lesions"])


def _paint_tree(canvas: Canvas, tree: Tree, hu: float, occupied: Array | None = None) -> None:
    """Paint vessels, but for the share of each voxel where something has replaced them."""
    reach = float(tree.radius.max()) + max(canvas.voxel)
    low, high = tree.node.min(axis=0) - reach, tree.node.max(axis=0) + reach
    box = canvas.frame.box((low[0], low[1], low[2]), (high[0], high[1], high[2]))
    share = np.zeros(canvas.frame.sub(box).shape, np.float32)
    if share.size == 0:
        return
    draw_tree(canvas, tree, share, (box[0].start, box[1].start, box[2].start))
    if occupied is not None:
        share *= 1 - occupied[box]
    canvas.blend(box, share.__getitem__, hu)
