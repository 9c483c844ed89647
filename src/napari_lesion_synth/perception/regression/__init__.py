"""Attractiveness from photos and gaze: features, models, honest validation, controls."""
