"""Ctrl+C is heeded also where a library swallows it or says it in words of its own."""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType

import duckdb
import polars as pl
import pytest

from pipelines.ctrl_c import end_if_pressed, heeded, told_as


def press() -> None:
    os.kill(os.getpid(), signal.SIGINT)


@contextlib.contextmanager
def pressed_within(name: str) -> Iterator[list[str]]:
    """Press once, as soon as Python calls a function of that name; what was pressed in."""
    found: list[str] = []

    def watch(frame: FrameType, event: str, argument: object) -> None:
        if event == "call" and frame.f_code.co_name == name:
            sys.setprofile(None)
            found.append(name)
            press()

    sys.setprofile(watch)
    try:
        yield found
    finally:
        sys.setprofile(None)


def taken_in_while_pressed() -> None:
    with duckdb.connect() as connection, pressed_within("to_arrow") as found:
        try:
            connection.register("given", pl.DataFrame({"number": [1, 2]}))
        finally:
            assert found == ["to_arrow"]


def at_work_while_pressed() -> None:
    with duckdb.connect() as connection:
        threading.Timer(0.2, press).start()
        connection.execute("select count(*) from range(500_000_000) where range % 7 = 3").fetchall()


@pytest.mark.parametrize(
    ("at_work", "own_name"),
    [(taken_in_while_pressed, duckdb.InvalidInputException), (at_work_while_pressed, RuntimeError)],
)
def test_what_duckdb_calls_by_a_name_of_its_own_is_ctrl_c(
    at_work: Callable[[], None], own_name: type[Exception]
) -> None:
    with pytest.raises(own_name):
        at_work()
    with pytest.raises(KeyboardInterrupt), heeded():
        at_work()


class PressesWhenLetGo:
    def __del__(self) -> None:
        press()


def swallow(done: list[int]) -> None:
    """Three steps; in the second, Ctrl+C is pressed where Python itself swallows it."""
    with heeded():
        for step in (1, 2, 3):
            end_if_pressed()
            done.append(step)
            if step == 2:
                PressesWhenLetGo()


def test_what_was_swallowed_ends_the_work_before_the_next_step_and_is_not_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    done: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        swallow(done)
    assert (done, capsys.readouterr().err) == ([1, 2], "")


def swallow_before_an_inner_block(done: list[str]) -> None:
    with heeded():
        PressesWhenLetGo()
        with heeded():
            done.append("inner")
        done.append("after it")


def test_an_inner_block_ends_with_what_was_swallowed_in_it_or_before_it() -> None:
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        swallow_before_an_inner_block(done)
    assert done == ["inner"]


def test_what_the_outermost_block_brought_to_its_end_is_done() -> None:
    done = False
    with heeded():
        PressesWhenLetGo()
        done = True
    assert done


def test_what_else_goes_wrong_where_an_object_is_let_go_is_printed_as_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Breaks:
        def __del__(self) -> None:
            raise ZeroDivisionError

    told: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda unraised: told.append(unraised.exc_type))
    with heeded():
        Breaks()
    assert told == [ZeroDivisionError]


def test_where_nothing_was_pressed_an_error_stays_what_it_is() -> None:
    with pytest.raises(ZeroDivisionError), heeded():
        print(1 / 0)


def test_afterwards_ctrl_c_is_answered_by_whoever_answered_it_before() -> None:
    before = signal.getsignal(signal.SIGINT)
    with heeded():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


def test_where_ctrl_c_is_not_wanted_or_can_not_be_heard_nothing_changes() -> None:
    heard: list[object] = []

    def elsewhere() -> None:
        with heeded():
            heard.append(signal.getsignal(signal.SIGINT))

    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with heeded():
            press()
            end_if_pressed()
    finally:
        signal.signal(signal.SIGINT, before)
    other = threading.Thread(target=elsewhere)
    other.start()
    other.join()
    assert heard == [before]


def test_of_sentences_within_each_other_the_innermost_tells_ctrl_c() -> None:
    with pytest.raises(KeyboardInterrupt, match="inner"), heeded(), told_as("outer"), told_as("inner"):
        press()
    with pytest.raises(KeyboardInterrupt, match="outer"), heeded(), told_as("outer"):
        taken_in_while_pressed()
