"""The register of personal data names every column there is, and every word of it is known."""

import sqlalchemy as sa

from app.database import Base
from app.features import load_features
from app.personal import BASIS_LABELS, HELD, KEPT_LABELS, NOT_PERSONAL, WORDS_AND_NUMBERS

load_features()
#: What says nothing by itself: numbers, times, yes-or-no and keys of rows.
PLAIN = (sa.Integer, sa.Numeric, sa.Date, sa.DateTime, sa.Boolean, sa.Uuid)
COLUMNS = {name: set(table.columns.keys()) for name, table in Base.metadata.tables.items()}
NAMED = [(each.table, column) for each in HELD for column in each.columns.split()]
DECLARED = [(table, column) for table, columns in NOT_PERSONAL.items() for column in columns.split()]


def test_every_column_is_in_the_register_or_declared_not_personal():
    wanted = {
        (table.name, column.name)
        for table in Base.metadata.tables.values()
        for column in table.columns
        if not isinstance(column.type, PLAIN) and column.name not in WORDS_AND_NUMBERS
    }

    assert sorted(wanted - set(NAMED) - set(DECLARED)) == [], "name it in HELD or NOT_PERSONAL of app/personal.py"


def test_the_register_names_nothing_twice_and_nothing_that_is_not_there():
    both = NAMED + DECLARED

    assert sorted(each for each in set(both) if both.count(each) > 1) == []
    assert [(table, column) for table, column in both if column not in COLUMNS.get(table, ())] == []
    assert [each.table for each in HELD if each.person and each.person not in COLUMNS[each.table]] == []
    assert sorted(WORDS_AND_NUMBERS - set().union(*COLUMNS.values())) == []


def test_every_entry_says_why_and_for_how_long():
    assert [each.table for each in HELD if not all((each.what, each.whose, each.purpose, each.full))] == []
    assert {each.basis for each in HELD} == set(BASIS_LABELS)
    assert {each.keeps for each in HELD} == set(KEPT_LABELS)
