"""Regressors behind one protocol; each tunes itself on the rows it learns from alone."""
