"""The photos of a study: what is shown, its parts, and dishes that are rendered."""
