"""Arms, plans, runs, and what they come to."""
