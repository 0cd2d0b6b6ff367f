"""Who works on a project as an officer: never whoever belongs to the organisation that declared it."""

from app.casework.models import Case
from app.casework.permissions import roles_before_duty
from app.people.permissions import Actor
from workflows.roles import (
    ACCEPTING_UNIT,
    AUDIT_FIRM,
    FINANCE_CHECKER,
    FINANCE_MAKER,
    FRONT_OFFICE,
    FUND_OFFICE,
    SECRETARY,
    SUPERVISOR,
)

#: Offices that tell each other about a project, compare it with others, and remind whoever holds it.
OFFICES = frozenset({ACCEPTING_UNIT, FUND_OFFICE, SECRETARY})
#: Whoever reads what the offices tell each other.
READS_NOTES = OFFICES | {SUPERVISOR}
#: Desks at which several people sit, so that a case can be given to one of them.
SHARED_DESKS = frozenset({*OFFICES, FRONT_OFFICE, AUDIT_FIRM, FINANCE_MAKER, FINANCE_CHECKER})


def office_on(actor: Actor, case: Case) -> str | None:
    """The office in which this actor works on a case; None for everybody else."""
    return min(roles_before_duty(actor, case) & OFFICES, default=None)


def may_assign(actor: Actor, case: Case) -> bool:
    """Whether the case lies on a shared desk at which this actor sits."""
    return case.holder_role in SHARED_DESKS and case.holder_role in roles_before_duty(actor, case)
