"""A seeded, plausible abdominal CT with lesions whose truth is known."""

from napari_lesion_synth.ct.phantom.assemble import make_phantom
from napari_lesion_synth.ct.phantom.scan import PhantomScan
from napari_lesion_synth.ct.phantom.settings import PhantomSettings, Phase

__all__ = ["PhantomScan", "PhantomSettings", "Phase", "make_phantom"]
