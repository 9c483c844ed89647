"""The window in which a person says whether they see a synthetic lesion."""
