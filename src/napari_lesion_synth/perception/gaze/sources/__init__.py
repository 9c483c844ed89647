"""What gaze comes from: a tracker, the mouse, a recording or a simulation, behind one protocol."""
