"""Small Qt widgets that know neither napari's viewer nor the workbench, unless they say so."""
