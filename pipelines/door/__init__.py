"""The door: read, check, split. Past it nobody has a name."""
