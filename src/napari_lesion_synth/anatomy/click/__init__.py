"""An organ from a few clicks: even tissue round a click, followed up to narrowings and edges."""

from napari_lesion_synth.anatomy.click.segmenter import ClickSegmenter, segment_organ
from napari_lesion_synth.anatomy.click.settings import ClickSettings

__all__ = ["ClickSegmenter", "ClickSettings", "segment_organ"]
