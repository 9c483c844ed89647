"""Judging lesions: one by one, and a whole set against real ones."""
