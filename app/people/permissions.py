"""Who is asking: an actor and the roles that he or she holds right now."""

from dataclasses import dataclass

from app import barrier
from app.barrier import Asker
from workflows.definition import PUBLIC, SYSTEM
from workflows.roles import APPLICANTS, LABELS


@dataclass(frozen=True, slots=True)
class Grant:
    """One role, and the unit or the organisation for which it is held."""

    role: str
    unit_id: int | None = None
    organisation_id: int | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, the clock or the public, with the grants that count at this moment."""

    user_id: int | None
    name: str
    grants: tuple[Grant, ...] = ()

    @property
    def roles(self) -> frozenset[str]:
        """Every role held, whatever its scope."""
        return frozenset(grant.role for grant in self.grants)

    @property
    def organisation_ids(self) -> frozenset[int]:
        """The organisations this person acts for as an applicant."""
        return frozenset(
            grant.organisation_id
            for grant in self.grants
            if grant.role in APPLICANTS and grant.organisation_id is not None
        )

    def holds(self, *roles: str) -> bool:
        """Whether at least one of these roles is held."""
        return not self.roles.isdisjoint(roles)

    def unit_ids(self, *roles: str) -> frozenset[int]:
        """The units for which at least one of these roles is held."""
        return frozenset(grant.unit_id for grant in self.grants if grant.role in roles and grant.unit_id is not None)


def asker_of(actor: Actor) -> Asker:
    """As whom the database knows this actor; what he or she may see it finds by itself."""
    if actor.holds(SYSTEM):
        return barrier.SYSTEM
    return barrier.PUBLIC if actor.user_id is None else actor.user_id


#: The clock and the background jobs.
SYSTEM_ACTOR = Actor(None, LABELS[SYSTEM], (Grant(SYSTEM),))
#: Anybody who did not sign in.
PUBLIC_ACTOR = Actor(None, LABELS[PUBLIC], (Grant(PUBLIC),))
