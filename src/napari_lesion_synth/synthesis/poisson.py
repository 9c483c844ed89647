"""Poisson blending that knows the capsule: a real lesion transplanted into another liver.

After "Poisson Image Editing" (Perez, Gangnet, Blake, SIGGRAPH 2003), with the boundary condition
changed where the lesion meets the capsule (see `solver`), and on the exact region, so that voxels
outside it stay as they are.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.synthesis.base import Context
from napari_lesion_synth.synthesis.cutout import outward
from napari_lesion_synth.synthesis.gradients import mixed_source
from napari_lesion_synth.synthesis.grain import match_grain, measure_grain
from napari_lesion_synth.synthesis.host import FAT_HU
from napari_lesion_synth.synthesis.parameters import check_parameters
from napari_lesion_synth.synthesis.poisson_params import PoissonParams
from napari_lesion_synth.synthesis.reach import within_reach
from napari_lesion_synth.synthesis.sample import HU_MAX, HU_MIN, Sample
from napari_lesion_synth.synthesis.shapes import flat_axis, random_rotation, rotation_matrix
from napari_lesion_synth.synthesis.solver import solve_correction
from napari_lesion_synth.synthesis.transplant import Placement, transplant

__all__ = ["Poisson", "PoissonParams"]


class Poisson:
    """Transplant a real lesion."""

    name: ClassVar[str] = "poisson"
    needs_donor: ClassVar[bool] = True
    Params = PoissonParams

    def sample(self, context: Context, rng: np.random.Generator) -> PoissonParams:
        fixed = check_parameters(PoissonParams, context.fixed, self.name)
        drawn = self._draw(context, rng)
        given = {name: getattr(fixed, name) for name in context.fixed}
        return check_parameters(PoissonParams, {**drawn, **given}, self.name)

    def _draw(self, context, rng):
        flat = flat_axis(context.case.volume.shape)
        turn = random_rotation(rng, flat)
        shift = rng.uniform(-0.5, 0.5, 3)
        return {
            "rotation_deg": tuple(round(float(a), 2) for a in turn),
            "mirror": bool(rng.integers(2)),
            "offset_voxels": tuple(0.0 if a == flat else round(float(s), 3) for a, s in enumerate(shift)),
            "noise_seed": int(rng.integers(2**32)),
        }

    def render(self, context: Context, params: PoissonParams) -> Sample:
        case, site, donor = context.case, context.site, context.donor
        organ = case.require_organ()
        volume = case.volume
        t = transplant(donor, volume, _placement(context, params))
        hu = volume.hu[t.box]
        wide = tuple(slice(max(s.start-8,0), min(s.stop+8,n)) for s,n in zip(t.box,volume.shape))
        win = organ.mask[wide]
        shell = within_reach(~win, params.capsule_mm, volume.spacing)
        rel = tuple(slice(s.start-w.start, s.stop-w.start) for s,w in zip(t.box,wide))
        inside = win[rel]; core = inside & ~shell[rel]
        mask = t.mask & inside
        region = within_reach(mask, params.margin_mm, volume.spacing) & inside
        contrast = t.contrast
        level = float(np.median(hu[core] if core.any() else hu[inside]))
        gain = params.contrast_gain
        if params.contrast_transfer=="ratio": gain *= np.clip(level/donor.organ_hu,.25,4)
        if gain!=1: contrast = contrast*np.float32(gain)
        plain = contrast
        if params.match_noise:
            g = measure_grain(hu, core, volume.spacing)
            if g is not None: contrast = match_grain(contrast, region, g, volume.spacing, params.noise_seed)
        h32 = hu.astype(np.float32)
        source = mixed_source(h32, contrast, region, inside, volume.spacing) if params.mixed_gradients else None
        c = solve_correction(region, core|region, h32-contrast, volume.spacing, source=source)
        if c.isolated:
            c = solve_correction(region, inside, h32-contrast, volume.spacing, source=source, offset=level)
        out = contrast + c.field
        rim = region & ~core
        if rim.any():
            v = h32[rim]; P = c.field[rim]
            f = np.clip((v-FAT_HU)/np.maximum(P-FAT_HU,50),0,1.25)
            out[rim] = v + f*plain[rim]
        res = np.where(region, np.clip(np.rint(out),HU_MIN,HU_MAX), h32).astype(np.int16)
        return Sample(t.box,res,mask,region,context.recipe(self.name,params))


def _placement(context, params):
    site, donor, vol = context.site, context.donor, context.case.volume
    flat = flat_axis(vol.shape)
    mirror = np.diag([1.,1.,-1. if params.mirror else 1.])
    turn = rotation_matrix(params.rotation_deg, flat) @ mirror
    if params.align_capsule and site.zone is Zone.RIM and donor.zone is Zone.RIM:
        n = outward(donor)
        if n is not None:
            m = context.case.require_organ().normal_at(site.center)
            n = mirror @ n
            if flat is not None:
                n[flat]=0; m = m.copy(); m[flat]=0
                n/=np.linalg.norm(n)
            turn = _about(m, params.rotation_deg[0] if flat is None else 0) @ _onto(n,m) @ mirror
    d = site.diameter_mm if params.scale is None else params.scale*donor.diameter_mm
    return Placement(tuple(c+o for c,o in zip(site.center, params.offset_voxels)), turn, d, params.margin_mm)

def _about(axis, deg):
    a=np.deg2rad(deg); K=np.array([[0,-axis[2],axis[1]],[axis[2],0,-axis[0]],[-axis[1],axis[0],0]])
    return np.eye(3)+np.sin(a)*K+(1-np.cos(a))*K@K
def _onto(n,m):
    v=np.cross(n,m); c=float(n@m)
    if c<-0.9999:
        p=np.eye(3)[np.argmin(np.abs(n))]; p=p-(p@n)*n; p/=np.linalg.norm(p)
        return 2*np.outer(p,p)-np.eye(3)
    K=np.array([[0,-v[2],v[1]],[v[2],0,-v[0]],[-v[1],v[0],0]])
    return np.eye(3)+K+K@K/(1+c)
