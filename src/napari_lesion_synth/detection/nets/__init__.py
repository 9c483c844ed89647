"""Nets that find lesions: what they are built from, and how they are named in files."""
