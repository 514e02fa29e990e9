import pytest

from pipelines.care.names import fault_of


@pytest.mark.parametrize(
    "name",
    ["Ann", "Ann O'Neil", "Søren Gößler", "Jean-Luc de la Tour", "JP", "AJ Smith", "李小龍", "محمد", "Van der Berg",
     "Dearborn", "Nadine", "Hilde Xu", "Anna Tester-Meier", "Name-Ann Vorn"],
)  # fmt: skip
def test_a_name_may_be_written_on_a_card(name: str) -> None:
    assert fault_of(name) is None


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        (None, "no name"), ("", "no name"), ("  ", "no name"), ("-", "no name"), ("12345", "no name"),
        ("{FIRSTNAME}", "template"), ("Dear {FIRSTNAME}", "template"), ("Dear Ann", "template"),
        ("%FNAME%", "template"),
        ("*|FNAME|*", "template"), ("[first name]", "template"), ("<Name>", "template"), ("${name}", "template"),
        ("Liebe Anna", "template"), ("ANNA", "capitals"), ("ANN O'NEIL", "capitals"), ("ÅSE", "capitals"),
        ("Ann4", "digits"), ("anna@example.com", "digits"), ("=Ann", "digits"), ("N/A", "stopgap"),
        ("Customer", "stopgap"), ("Test Test", "stopgap"), ("Vorname Nachname", "stopgap"), ("unknown", "stopgap"),
        ("JosÃ©", "letters were lost"), ("Jos\ufffd", "letters were lost"),
    ],
)  # fmt: skip
def test_a_broken_name_is_found_and_not_repeated(name: str | None, fault: str) -> None:
    said = fault_of(name)
    assert said is not None
    assert fault in said
    assert not (name or "").strip() or name not in said
