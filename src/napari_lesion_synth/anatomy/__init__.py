"""The organ: mask, capsule, zones, and the sites where a lesion can be."""
