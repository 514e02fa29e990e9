"""Where `careful` and its server begin: Ctrl+C is answered in a sentence also before a command is at work."""

import atexit
import os
import runpy
import signal
from types import FrameType

STOPPED = "Stopped before it began. Nothing was changed."
NOT_PUBLISHED = 1


def main() -> None:
    """Entry point of the `careful` command."""
    answer_at_once()
    atexit.register(
        signal.signal, signal.SIGINT, signal.SIG_IGN
    )  # else it would kill a Python that is ending
    from pipelines import cli  # noqa: PLC0415  takes seconds

    cli.main()


def serve() -> None:
    """Entry point of the server: `python -m pipelines.start run APP ...` is `python -m streamlit run APP ...`."""
    answer_at_once()  # until the server has an answer of its own
    runpy.run_module("streamlit", run_name="__main__", alter_sys=True)


def leave_ctrl_c_to_the_command() -> None:
    """From now on `ctrl_c.heeded` answers; once its work is over, only what came of it is left to be told."""
    if signal.getsignal(signal.SIGINT) is _leave:
        signal.signal(signal.SIGINT, _come_too_late)


def answer_at_once() -> None:
    """End with a sentence from now on, unless whoever started this wants no Ctrl+C.

    Nothing is open yet; and an exception might be swallowed by what is being imported.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _leave)


def _leave(number: int, frame: FrameType | None) -> None:
    os.write(2, f"{STOPPED}\n".encode())
    os._exit(NOT_PUBLISHED)


def _come_too_late(number: int, frame: FrameType | None) -> None:
    """Not SIG_IGN, which a server would inherit."""


if __name__ == "__main__":
    serve()
