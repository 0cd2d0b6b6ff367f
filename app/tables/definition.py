"""What a list consists of: its columns, its filters, and the order it has at first."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

#: How a column is set: plain words, kept on one line, figures to the right, fen, a day, a time; `term` is the midnight
#: that ends a term, said as the last day of it.
Kind = Literal["", "narrow", "figure", "money", "date", "moment", "term"]
#: How a filter asks: words in a text, one of its options, from a day on, until a day, at least or at most so many yuan.
Way = Literal["search", "select", "from", "until", "least", "most"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `key` is the label of a column of the query, `label` a message id.

    `says(row)` is the text of a cell where the value itself is not fit to be read (a key, a code); a
    file gets it, and the page too unless its template brings a macro. `shown` is False for a column
    that a reader must choose first; `filed` for one that a file has unless other columns were chosen.
    `filled` says that no row is without it, so that one index of it serves both directions.
    """

    key: str
    label: str
    kind: Kind = ""
    sort: bool = False
    says: Callable[[Any], object] | None = None
    shown: bool = True
    filed: bool = False
    filled: bool = False

    @property
    def downwards_first(self) -> bool:
        """Whether the first press on the head sorts downwards: amounts and times are asked for so."""
        return self.kind in {"figure", "money", "date", "moment", "term"}


@dataclass(frozen=True, slots=True)
class Filter:
    """One question about the rows; `key` is its name in the address, `column` the label it asks about (or `key`).

    `options`: value → message id. `where` replaces the ordinary condition: it takes the text that was
    typed or chosen and answers one of SQLAlchemy's.
    """

    key: str
    label: str
    way: Way = "search"
    column: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    where: Callable[[str], Any] | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A list. `order` names the column of its first order, with "-" for downwards, which is never empty.

    `key` is the label of a unique whole number, which decides between rows that are alike. The first
    column is the head of its row and always shown. `keep` are further words of the address that a
    link within the list carries on. `size` is how many rows a page has.
    """

    name: str
    columns: tuple[Column, ...]
    filters: tuple[Filter, ...] = ()
    order: str = "-id"
    key: str = "id"
    keep: tuple[str, ...] = ()
    size: int = 25

    def offering(self, **options: Mapping[str, str]) -> "Table":
        """The same list, whose filters of these names offer what is only known now."""
        return replace(
            self, filters=tuple(replace(f, options=options[f.key]) if f.key in options else f for f in self.filters)
        )
