"""How well lesions are found: hits and false alarms, curves over them, and how sure they are."""
