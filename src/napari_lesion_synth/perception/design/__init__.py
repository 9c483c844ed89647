"""What a study asks, of whom, in which order: fixed before the first participant comes."""
