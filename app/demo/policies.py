"""The policy versions a demonstration begins with: the default set, its sources visible."""

from datetime import datetime

from app.database import transaction
from app.programmes.service import add_policy
from workflows.policy import DEFAULT_POLICY


def add_policies(now: datetime) -> int:
    """Write the default policy version if it is not there; its id."""
    with transaction() as session:
        return add_policy(session, DEFAULT_POLICY, now=now)
