"""Analysts' questions: one SQL file, one question. The header is the number's definition.

`header` and `file` read it, `cage` and `answer` ask it, `golden` and `check` prove it, `scaffold`, `accept` and
`difference` help whoever writes it.
"""

from pipelines.questions.file import (
    ANCESTORS,
    QUERIES,
    QuestionFile,
    Questions,
    load_questions,
    query_folders,
    read_questions,
)
from pipelines.questions.header import (
    CONTRACT,
    NO_SPEED,
    Allow,
    Chart,
    Column,
    Comparison,
    Param,
    Question,
    Verified,
    is_time,
)

ColumnAbout = Column

__all__ = [
    "ANCESTORS", "CONTRACT", "NO_SPEED", "QUERIES", "Allow", "Chart", "Column", "ColumnAbout", "Comparison", "Param",
    "Question", "QuestionFile", "Questions", "Verified", "is_time", "load_questions", "query_folders",
    "read_questions",
]  # fmt: skip
