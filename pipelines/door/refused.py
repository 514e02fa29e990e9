"""What the door says of a file that it does not take."""


class Refused(Exception):
    """A file that can not be read: refused whole, in one sentence that never quotes its content."""
