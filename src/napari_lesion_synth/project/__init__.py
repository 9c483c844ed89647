"""The project file: what is open, placed and asked for, to go on with later or elsewhere."""
