"""What stands behind a detector, and whom it may not be tested on."""
