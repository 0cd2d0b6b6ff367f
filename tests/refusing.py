"""What a service says when it refuses a field."""

from collections.abc import Callable
from typing import Any

import pytest

from app.database import db
from app.refusals import FieldRefused


def refused(call: Callable[..., Any], /, *args: Any, **kwargs: Any) -> tuple[str, str]:
    """The field and the sentence with which this call is refused."""
    with pytest.raises(FieldRefused) as caught:
        call(*args, **kwargs)
    db.session.rollback()
    return caught.value.field, str(caught.value.reason)
