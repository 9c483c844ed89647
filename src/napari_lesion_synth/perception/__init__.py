"""The people's half: how attractive a photo is, and how it is found out with few questions."""
