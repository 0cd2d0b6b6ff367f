"""The town and its desks, and the three administrators."""

from dataclasses import dataclass

import pytest

from app.people.permissions import Actor
from tests.make import Town, person
from tests.pages.conftest import around, at_desk

__all__ = ["around", "at_desk"]


@dataclass(frozen=True)
class Administrators:
    """One person for each of the three."""

    system: Actor
    security: Actor
    audit: Actor


@pytest.fixture
def three(around: Town) -> Administrators:
    """The system, the security and the audit administrator."""
    return Administrators(person("system_admin"), person("security_admin"), person("audit_admin"))
