"""What happened, line by line: nothing that a participant answered is lost or kept twice."""
