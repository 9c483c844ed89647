"""The page on an experiment: words, tables, figures."""
