"""Features of a photo that need no learnt weights, one family a file."""
