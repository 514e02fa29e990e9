"""The exports of each vendor go over the same desk as in tests/door."""

import importlib.util
from pathlib import Path

_spec = importlib.util.spec_from_file_location("desk", Path(__file__).parents[1] / "door" / "conftest.py")
assert _spec is not None
assert _spec.loader is not None
_desk = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_desk)

desk, open_desk, counts_of = _desk.desk, _desk.open_desk, _desk.counts_of
