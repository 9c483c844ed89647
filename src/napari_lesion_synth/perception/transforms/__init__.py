"""Changes of a photo that have a strength: geometry, tone, colour, sharpness, noise."""
