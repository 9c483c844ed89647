"""Curves and pictures of findings."""
