"""From answers to attractiveness: utilities with intervals, raters, and how far they agree."""
