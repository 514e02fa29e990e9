"""Every page in every state says something true, and never an error."""

from pathlib import Path

import pytest
from conftest_dashboard import PAGES, Open, said
