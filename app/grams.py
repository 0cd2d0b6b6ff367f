"""Search by pairs of characters: an index finds what holds every pair, a comparison what holds the words.

Chinese has no spaces to cut words at, so a text is indexed by its single characters and its pairs of
characters (see migration 0013). Text and query are folded alike, by NFKC and to lower case, both in the
database.
"""

from typing import Any

from sqlalchemy import ColumnElement, Computed, Text, and_, func, or_
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import mapped_column


def grams_column(text: str) -> Any:
    """The column that the database keeps with the characters and pairs of this SQL; loaded only when asked for."""
    return mapped_column(TSVECTOR, Computed(f"search_grams({text})", persisted=True), nullable=True, deferred=True)


def holds(said: str, column: Any) -> ColumnElement[bool]:
    """Whether the folded column contains the folded words."""
    return func.strpos(func.search_fold(column), func.search_fold(sql_cast(said, Text))) > 0


def paired(said: str, grams: Any) -> ColumnElement[bool]:
    """Whether a text holds every pair of characters of the words: what an index can say, and not yet the truth."""
    return grams.op("@@", is_comparison=True)(func.search_query(sql_cast(said, Text)))


def found(said: str, grams: Any, *columns: Any) -> ColumnElement[bool]:
    """Whether one of these columns contains the words, by the grams of a text that holds them all.

    `said` is one character at least.
    """
    return and_(paired(said, grams), or_(*(holds(said, column) for column in columns)))
