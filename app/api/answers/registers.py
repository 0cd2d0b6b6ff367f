"""People, registers, the ledger, and what is published."""

from datetime import date

from app.api.answers import Answer, Hex, Time, Yuan


class Role(Answer):
    """A role that somebody holds, and for which unit or organisation."""

    role: str
    label: str
    held_for: str | None
    since: Time


class Me(Answer):
    """Who asks."""

    name: str
    email: str
    locale: str | None
    roles: list[Role]


class OrganisationAnswer(Answer):
    """An organisation on the register. The account number stays with those who pay."""

    uscc: str
    name: str
    kind: str
    district: str
    registered_with: str | None
    supervising_unit: str | None
    address: str | None
    legal_representative: str | None
    founded_on: date | None
    is_charity: bool
    rating: int | None
    rating_until: date | None
    yearly_check_year: int | None
    yearly_check_result: str | None
    credit_blocked_until: date | None
    has_bank_account: bool


class Organisations(Answer):
    """A page of organisations."""

    items: list[OrganisationAnswer]
    next: str | None


class ProgrammeAnswer(Answer):
    """A budget year of a programme; `case` is what acts on it name."""

    code: str
    name: str
    year: int
    case: Hex
    stage: str


class Programmes(Answer):
    """The budget years, newest first."""

    items: list[ProgrammeAnswer]
    next: str | None = None


class CallAnswer(Answer):
    """A dated opening for declarations."""

    code: str
    title: str
    programme: str
    year: int
    policy: str
    opens_at: Time
    closes_at: Time
    areas: list[str]
    fields: list[str]
    budget: Yuan


class Calls(Answer):
    """A page of calls, newest first."""

    items: list[CallAnswer]
    next: str | None


class Ledger(Answer):
    """The balances of a budget year. `balanced` says that every fen is in exactly one place."""

    programme: str
    name: str
    year: int
    accounts: dict[str, Yuan]
    balanced: bool


class NoticeAnswer(Answer):
    """What was published about a project. `case` and `seen` are there while one may object."""

    number: str
    kind: str
    kind_label: str
    title: str
    organisation: str
    place: str
    amount: Yuan
    experts: list[str]
    contact: str
    published_at: Time
    first_day: date | None
    last_day: date | None
    closes_at: Time | None
    days_left: int | None
    state: str | None
    case: Hex | None
    seen: str | None


class Notices(Answer):
    """A page of what was published, newest first."""

    items: list[NoticeAnswer]
    next: str | None


class ClockAnswer(Answer):
    """The time of the demonstration, and how many terms ended or were reminded of on the way."""

    now: Time
    ended: int
    reminded: int
