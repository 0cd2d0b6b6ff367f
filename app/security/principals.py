"""The people for whom the policy is proved: a test makes each of them and asks for everything.

Beside everybody of the field stand those from elsewhere, a stranger, and somebody without any role. An action
that none of them may do would never be tried, so the application refuses to start with one.
"""

from dataclasses import dataclass

from app.people.permissions import PUBLIC_ACTOR, Actor, Grant
from workflows.roles import GRANTABLE

#: Where a principal stands towards the project in question.
HERE, ELSEWHERE = "here", "elsewhere"


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody with one role or none; `where` says whether it is held for the unit and organisation in question."""

    name: str
    role: str | None = None
    where: str = HERE
    signed_in: bool = True

    @property
    def actor(self) -> Actor:
        """As the gate sees this principal."""
        if not self.signed_in:
            return PUBLIC_ACTOR
        return Actor(0, self.name, (Grant(self.role),) if self.role else ())


PRINCIPALS = (
    Principal("stranger", signed_in=False),
    Principal("nobody"),
    *(Principal(role, role) for role in GRANTABLE),
    Principal("other_applicant_owner", "applicant_owner", ELSEWHERE),
    Principal("other_accepting_unit", "accepting_unit", ELSEWHERE),
    Principal("other_front_office", "front_office", ELSEWHERE),
    Principal("other_expert", "expert", ELSEWHERE),
    Principal("other_audit_firm", "audit_firm", ELSEWHERE),
)
