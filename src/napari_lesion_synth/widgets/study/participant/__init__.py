"""The window that a participant sees: plain Qt, without napari."""
