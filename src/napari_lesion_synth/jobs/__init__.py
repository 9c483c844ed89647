"""Long work as streams of events; the only place that wires rooms together."""
