"""The napari side of the dock widget: layers, mouse and keys."""
