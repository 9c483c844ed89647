"""How much is too much: thresholds, safe strengths of a transform, and what follows from them."""
