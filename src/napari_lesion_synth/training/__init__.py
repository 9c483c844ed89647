"""Learning: device, seeds, augmentation, the loop as a stream of events, checkpoints."""
