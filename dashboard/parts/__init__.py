"""Pieces that pages are made of: the number with its range, the verdict word, the caveat, the badge."""
