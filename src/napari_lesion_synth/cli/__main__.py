"""``python -m napari_lesion_synth.cli``."""

from __future__ import annotations

from napari_lesion_synth.cli import main

if __name__ == "__main__":
    main()
