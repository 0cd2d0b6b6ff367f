"""The index by pairs of characters finds exactly what plainly contains the words."""

from unicodedata import normalize

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

#: Few characters, so that texts repeat themselves and hold one another; quotes, marks of queries and wide forms too.
LETTERS = st.text("上海饮水aAb１1ＡéÉ '\\&|!:*()%_㎡ﬁ", max_size=12)
MIXED = LETTERS | st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), max_size=8)

FOUND = """
    SELECT search_grams(%(text)s) @@ search_query(%(said)s)
        AND strpos(search_fold(%(text)s), search_fold(%(said)s)) > 0
"""


def find(connection: psycopg.Connection, text: str, said: str) -> bool:
    row = connection.execute(FOUND, {"text": text, "said": said}).fetchone()
    return bool(row and row[0])


@settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_what_is_found_is_what_contains_the_words(superuser, data):
    text = data.draw(MIXED)
    start = data.draw(st.integers(0, len(text)))
    part = text[start : data.draw(st.integers(start, len(text)))]
    said = data.draw(st.sampled_from([part, part[::-1]]) | MIXED)
    if not said:
        return

    fold = "SELECT search_fold(%s), search_fold(%s)"
    text_folded, said_folded = superuser.execute(fold, (text, said)).fetchone()
    assert find(superuser, text, said) == (said_folded in text_folded)
    assert said_folded == superuser.execute("SELECT lower(%s)", (normalize("NFKC", said),)).fetchone()[0]


@pytest.mark.parametrize(
    ("text", "said", "there"),
    [
        ("校园安全饮水", "水", True),
        ("校园安全饮水", "安全", True),
        ("校园安全饮水", "全安", False),
        ("安全饮水与校园安", "园安全", False),
        ("ＡＢＣ计划", "abc", True),
        ("O'Brien \\ 100%", "n \\ 1", True),
        ("", "水", False),
    ],
)
def test_one_character_wide_forms_quotes_and_order(superuser, text, said, there):
    assert find(superuser, text, said) is there
