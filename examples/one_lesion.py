"""One lesion at the rim of the shipped real CT, from its numbers; before and after as a picture."""

from __future__ import annotations

import sys

import numpy as np
from PIL import Image

import napari_lesion_synth as nls
from napari_lesion_synth.ct.windows import LIVER
from napari_lesion_synth.sample_data import sample_case


def main(picture: str) -> None:
    """Make the lesion and write the picture."""
    case = sample_case()
    site = nls.propose_sites(case, n=1, zone="rim", diameter_mm=24, seed=4)[0]
    sample = nls.synthesize(case, site, method="sigmoid", seed=1, delta_hu=-40, edge_mm=2.0)

    before = LIVER.apply(case.volume.hu[site.center[0]])
    undo = sample.paste(case.volume)
    after = LIVER.apply(case.volume.hu[site.center[0]])
    undo()

    side_by_side = Image.fromarray(np.hstack([before, after]))
    side_by_side.resize((side_by_side.width * 4, side_by_side.height * 4)).save(picture)
    print(f"{site.zone} lesion of {sample.mask.sum()} voxels: {picture}")
    print(sample.recipe.to_json())


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "one-lesion.png")
