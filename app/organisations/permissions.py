"""Who sees and keeps organisations."""

from dataclasses import replace

from app.people.permissions import Actor
from workflows.roles import (
    ACCEPTING_UNIT,
    APPLICANTS,
    AUDIT_ADMIN,
    FINANCE_CHECKER,
    FINANCE_MAKER,
    FUND_OFFICE,
    SECRETARY,
    SUPERVISOR,
    SYSTEM_ADMIN,
)

#: Offices that work on the declarations of any organisation, and those who look after the register.
SEES_EVERY_ORGANISATION = frozenset(
    {ACCEPTING_UNIT, FUND_OFFICE, SECRETARY, FINANCE_MAKER, FINANCE_CHECKER, SUPERVISOR, SYSTEM_ADMIN, AUDIT_ADMIN}
)
#: Who may put an organisation on the register.
KEEPS_ORGANISATIONS = frozenset({ACCEPTING_UNIT, FUND_OFFICE, SYSTEM_ADMIN})
#: Who pays into an account, who signs the agreement that names it, and whose it is: they may ask to see it in full.
#: Everybody else reads its last four digits.
READS_ACCOUNTS = frozenset({FUND_OFFICE, FINANCE_MAKER, FINANCE_CHECKER, *APPLICANTS})


def account_reader(actor: Actor) -> Actor:
    """This person with the grants alone for which accounts are read; another role shows the case, not the account."""
    return replace(actor, grants=tuple(grant for grant in actor.grants if grant.role in READS_ACCOUNTS))


def reads_account_of(actor: Actor, organisation_id: int | None) -> bool:
    """Whether this person may ask for the account of this organisation: as one of its people, or for an office."""
    return actor.holds(*(READS_ACCOUNTS - APPLICANTS)) or organisation_id in actor.organisation_ids
