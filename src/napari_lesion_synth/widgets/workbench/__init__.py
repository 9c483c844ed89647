"""What the dock widget works on: case, placed sites, history, preview. No Qt in here."""
