"""What to ask next: the answer that is expected to teach most, within rules fixed before."""
