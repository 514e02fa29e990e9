"""Statistics as pure functions of small frames: counts in, an estimate with its honest range out."""
