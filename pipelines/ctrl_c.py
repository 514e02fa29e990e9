"""Ctrl+C, also where a library swallows the interrupt or gives it a name of its own."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def heeded() -> Iterator[Callable[[], None]]:
    """What goes wrong in here after Ctrl+C was pressed is told as that.

    DuckDB turns an interrupt into an error of its own, or drops it, wherever it is calling Python. Signals reach only
    the main thread; in any other, and where Ctrl+C is not wanted at all, this changes nothing.

    Yields:
        To be called between two steps: ends the work if an interrupt was swallowed in the one before.

    Raises:
        KeyboardInterrupt: Ctrl+C was pressed.
    """
    before = signal.getsignal(signal.SIGINT)
    is_ours = callable(before) and threading.current_thread() is threading.main_thread()
    is_pressed = False

    def press(number: int, frame: FrameType | None) -> None:
        nonlocal is_pressed
        is_pressed = True
        if callable(before):
            before(number, frame)

    def end_if_pressed() -> None:
        if is_pressed:
            raise KeyboardInterrupt

    if is_ours:
        signal.signal(signal.SIGINT, press)
    try:
        yield end_if_pressed
    except Exception as error:
        if is_pressed:
            raise KeyboardInterrupt from error
        raise
    finally:
        if is_ours:
            signal.signal(signal.SIGINT, before)
