"""Who sees and keeps organisations."""

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
