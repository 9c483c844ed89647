"""Healthy tissue put in as lesions would be, in test CTs."""
