"""Participants that are simulated: for dry runs, power, teaching and tests."""
