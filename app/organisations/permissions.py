"""Who sees and keeps organisations."""

from workflows.roles import (
    ACCEPTING_UNIT,
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
