"""What the door says of a file that it does not take."""


class Refused(Exception):
    """A file that can not be read: refused whole, in one sentence that never quotes its content.

    Args:
        of: whose it is, source and object, where that is known.
    """

    def __init__(self, why: str, of: tuple[str, str] | None = None) -> None:
        super().__init__(why)
        self.of = of
