"""Ctrl+C, also where a library or Python itself swallows the interrupt, or gives it a name of its own."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_is_pressed = False


@contextmanager
def heeded() -> Iterator[None]:
    """What goes wrong in here after Ctrl+C was pressed is told as that.

    DuckDB turns an interrupt into an error of its own wherever it is calling Python; Python prints and drops it where
    an object is being let go. Signals reach only the main thread; in any other, and where Ctrl+C is not wanted at all,
    this changes nothing. Blocks within each other share what was pressed, and an inner one ends with it also where the
    interrupt was swallowed altogether; what the outermost one brought to its end is done.

    Raises:
        KeyboardInterrupt: Ctrl+C was pressed.
    """
    global _is_pressed  # noqa: PLW0603
    before, tell_unraised = signal.getsignal(signal.SIGINT), sys.unraisablehook
    is_outermost = _is_main_thread() and callable(before) and before is not _press

    def tell_others(unraised: Any) -> None:
        if not issubclass(unraised.exc_type, KeyboardInterrupt):
            tell_unraised(unraised)

    if is_outermost:
        _is_pressed = False
        sys.unraisablehook = tell_others
        signal.signal(signal.SIGINT, _press)
    try:
        yield
        if not is_outermost:
            end_if_pressed()
    except Exception:
        end_if_pressed()
        raise
    finally:
        if is_outermost:
            signal.signal(signal.SIGINT, before)
            sys.unraisablehook = tell_unraised
            _is_pressed = False


@contextmanager
def told_as(sentence: str) -> Iterator[None]:
    """Ctrl+C in here is told with a sentence of its own; of several, one within the other, with the innermost.

    Raises:
        KeyboardInterrupt: Ctrl+C was pressed; its text is the sentence.
    """
    try:
        with heeded():
            yield
    except KeyboardInterrupt as stop:
        raise KeyboardInterrupt(str(stop) or sentence) from None


def end_if_pressed() -> None:
    """To be called between two steps, within `heeded`: ends the work if an interrupt was swallowed in the one before.

    Raises:
        KeyboardInterrupt: Ctrl+C was pressed.
    """
    if _is_pressed and _is_main_thread():
        raise KeyboardInterrupt


def _press(number: int, frame: FrameType | None) -> None:
    global _is_pressed  # noqa: PLW0603
    _is_pressed = True
    raise KeyboardInterrupt


def _is_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
