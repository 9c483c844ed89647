"""Tomography in and out: volumes, orientation, windows, the phantom."""
