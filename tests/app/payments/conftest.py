"""A project that is to be paid."""

from typing import Any

import pytest

from tests.later import confirm, project_in
from tests.make import town
from tests.snapshots import recalled


@pytest.fixture
def due(app: Any) -> Any:
    """A project whose settlement is confirmed and whose order waits for its maker."""
    return recalled(settle)


def settle() -> Any:
    """By the road."""
    around = town()
    number, now = project_in(around, "settlement")
    confirm(around, number, now)
    return around, number, now
