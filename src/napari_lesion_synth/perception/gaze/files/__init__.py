"""Readers of the files that trackers leave behind."""
