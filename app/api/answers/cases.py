"""Projects, the lives inside them, their papers and events."""

from datetime import date
from typing import Any

from pydantic import Field

from app.api.answers import Answer, Hex, Time, Yuan


class FieldAnswer(Answer):
    """One field of an action, with its JSON schema.

    `value` is given where the field names the very content that is decided about, such as the hash
    of the agreement's text: read the content, and send this back.
    """

    name: str
    label: str
    required: bool
    value: str | None = None
    json_schema: dict[str, Any] = Field(serialization_alias="schema")


class ActionAnswer(Answer):
    """An action that is open to the reader now."""

    name: str
    label: str
    fields: list[FieldAnswer]


class BlockedAnswer(Answer):
    """An action of the reader's duty that is not open now, and why."""

    name: str
    label: str
    why: str


class ChildAnswer(Answer):
    """A life inside a project."""

    case: Hex
    kind: str
    label: str
    stage: str
    stage_label: str
    due_at: Time | None
    seen: str
    actions: list[ActionAnswer]
    blocked: list[BlockedAnswer]


class PaperAnswer(Answer):
    """A paper; `size` is bytes."""

    id: Hex
    case: Hex
    kind: str
    label: str
    name: str
    size: int
    sha256: str
    state: str
    uploaded_at: Time
    sealed: bool


class PaperTaken(Answer):
    """A paper that is stored and was read back."""

    id: Hex
    kind: str
    name: str
    size: int
    sha256: str
    state: str


class Amounts(Answer):
    """The amounts of a project, null where there is none yet."""

    planned: Yuan
    requested: Yuan
    approved: Yuan | None
    audited: Yuan | None
    entitled: Yuan | None
    paid: Yuan


class Applicant(Answer):
    """Whose project it is."""

    uscc: str
    name: str


class AgreementAnswer(Answer):
    """The last agreement; `document_hash` is what `sign_agreement` names."""

    number: str
    case: Hex = Field(validation_alias="pid")
    stage: str
    paper: Hex | None
    document_hash: str | None


class SettlementAnswer(Answer):
    """The settlement that stands; `content_hash` is what `confirm_settlement` names."""

    audited_eligible: Yuan
    base: Yuan
    ratio_numerator: int
    ratio_denominator: int
    entitled: Yuan
    payable: Yuan
    content_hash: str
    prepared_at: Time
    confirmed_at: Time | None


class OrderAnswer(Answer):
    """A payment order; `content_hash` is what `approve_payment` names."""

    number: str
    case: Hex = Field(validation_alias="pid")
    state: str
    amount: Yuan
    payee_name: str | None
    content_hash: str | None
    bank_reference: str | None
    paid_on: date | None


class ProjectAnswer(Answer):
    """A project as its reader may see it."""

    number: str
    case: Hex
    title: str
    organisation: Applicant
    call: str
    stage: str
    stage_label: str
    due_at: Time | None
    version: int
    seen: str
    actions: list[ActionAnswer]
    blocked: list[BlockedAnswer]
    papers: list[PaperAnswer]
    amounts: Amounts | None
    children: list[ChildAnswer]
    agreement: AgreementAnswer | None
    settlement: SettlementAnswer | None
    payment_orders: list[OrderAnswer]
    declaration: dict[str, Any]


class ProjectLine(Answer):
    """A project in a list."""

    number: str
    case: Hex
    title: str
    organisation: str
    stage: str
    stage_label: str
    due_at: Time | None
    requested: Yuan | None
    approved: Yuan | None


class Projects(Answer):
    """A page of projects, newest first."""

    items: list[ProjectLine]
    next: str | None


class EventHead(Answer):
    """The place of an event in its chain."""

    seq: int
    hash: str


class Acted(Answer):
    """What an action came to; `receipt` is what the person who acted keeps."""

    stage: str
    event: EventHead
    receipt: str


class EventAnswer(Answer):
    """One event of the chain; `said` are the words of the act that its reader may read."""

    seq: int
    at: Time
    case: Hex
    kind: str
    role: str
    action: str
    from_: str | None = Field(serialization_alias="from")
    to: str
    hash: str
    said: list[str]


class Events(Answer):
    """A page of the chain, oldest first."""

    items: list[EventAnswer]
    next: str | None


class InboxItem(Answer):
    """One thing that waits for the reader."""

    case: Hex
    kind: str
    project: str | None
    title: str | None
    organisation: str | None
    stage: str
    stage_label: str
    due_at: Time | None


class Inbox(Answer):
    """What waits for the reader, most urgent first."""

    items: list[InboxItem]
    next: str | None
