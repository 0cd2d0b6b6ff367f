"""A value that is refused for what it says: field, reason, and the constraint that stands behind it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy.exc import IntegrityError

from workflows.definition import Reason


class FieldRefused(Exception):
    """A field holds something that cannot be accepted; `reason` is fit for the person who typed it."""

    def __init__(self, name: str, reason: Reason) -> None:
        super().__init__(f"{name}: {reason}")
        self.field = name
        self.reason = reason


@contextmanager
def constraints(refusals: Mapping[str, tuple[str, Reason]]) -> Iterator[None]:
    """Turn the breach of a named constraint into the refusal of its field.

    So a race that slips past the friendly check still ends in the same friendly message. The block
    must flush or commit inside, because only then does the database speak.
    """
    try:
        yield
    except IntegrityError as breach:
        name = getattr(getattr(breach.orig, "diag", None), "constraint_name", None)
        if name is None or name not in refusals:
            raise
        raise FieldRefused(*refusals[name]) from breach
