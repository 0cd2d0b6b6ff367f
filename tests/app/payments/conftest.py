"""A project that is to be paid."""

from typing import Any

import pytest

from tests.later import confirm, project_in
from tests.make import town


@pytest.fixture
def due(app: Any) -> Any:
    """A project whose settlement is confirmed and whose order waits for its maker."""
    around = town()
    number, now = project_in(around, "settlement")
    confirm(around, number, now)
    return around, number, now
