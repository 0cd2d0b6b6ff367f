"""Writing one budget year of the past: what the acts left, set by set, under every rule of the database."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any
from uuid import uuid4

from flask import Flask
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from app.agreements.effects import agreement_data, as_kept, digest
from app.agreements.models import Agreement
from app.casework.models import Case
from app.demo.ground import PROGRAMME
from app.demo.history import rows
from app.demo.history.chain import Chain, Life
from app.demo.history.ground import call_of
from app.demo.history.projects import Past
from app.demo.history.road import Journey, bank_reference, declare, judge, pay, settle, work
from app.demo.narrator import Cast
from app.documents.models import STORED, Paper
from app.evidence.models import Event, EventPrivate
from app.ledger import service as ledger
from app.organisations.models import Organisation
from app.payments.models import PaymentOrder
from app.people.models import Unit, User
from app.programmes.models import Call
from app.programmes.queries import policy_of
from app.projects.models import Project
from app.typesetting.service import render

#: More cases than a project has: itself, five sheets, agreement, report, audit, payment order.
CASES = 12
#: Agreements set at the same time.
AT_ONCE = 3
#: Postings behind which two people stand.
BY_TWO = frozenset({"accrue", "instruct"})


class YearOfProjects:
    """The projects of one budget year on their way into the database, in the caller's transaction."""

    def __init__(self, app: Flask, session: Session, cast: Cast, past: Sequence[Past]) -> None:
        self._session, self._cast, self._past = session, cast, past
        self._store = app.extensions["aidflow"].store
        self._calls = {row.code: row for row in session.scalars(select(Call).where(Call.code.startswith(PROGRAMME)))}
        self._organisations = {row.uscc: row for row in session.scalars(select(Organisation))}
        # The longest area first: Zunyi before all of Guizhou.
        self._units = sorted(session.scalars(select(Unit)), key=lambda unit: (-len(unit.area_code or ""), unit.id))
        self._firm = next(unit.id for unit in self._units if unit.kind == "audit_firm")
        self._names = dict(session.execute(select(User.id, User.name)).all())
        self._cases: dict[int, Case] = {}

    def write(self, progress: Callable[[str], None]) -> None:
        """Declare, judge, agree, work, audit, settle and pay: each step for all projects of the year."""
        progress("申报与评审 / declarations and reviews")
        journeys = [self._set_out(past, order) for order, past in enumerate(self._past)]
        self._declare(journeys)
        agreements = self._draw_up(journeys, progress)
        progress("实施与审计 / work and audits")
        for journey, (paper, agreement) in zip(journeys, agreements, strict=True):
            work(journey, paper.public_id, agreement.document_hash or "")
            settle(journey, rows.settlement_hash(journey))
        orders = self._settle(journeys)
        progress("记录与资金 / records and money")
        self._tell(journeys)
        self._record(journeys, agreements)
        for journey, order in zip(journeys, orders, strict=True):
            self._move_money(journey, order)
        self._add(orders)

    def _add(self, rows_of_all: Iterable[Any]) -> None:
        """Write rows table by table, in the order in which the tables first come."""
        every = list(rows_of_all)
        for table in dict.fromkeys(map(type, every)):
            self._session.add_all(row for row in every if type(row) is table)
            self._session.flush()

    def _set_out(self, past: Past, order: int) -> Journey:
        numbers = select(func.nextval("case_id_seq")).select_from(func.generate_series(1, CASES))
        number = self._session.scalar(select(func.nextval("project_number_seq")))
        actors, posts = self._cast.actors, self._cast.posts
        journey = Journey(
            past=past, chain=Chain(iter(self._session.scalars(numbers).all())), cast=dict(actors),
            policy=policy_of(self._session, self._call(past).policy_id), owner=actors[self._cast.owners[past.applicant.uscc]],
            accepting=actors[posts[self._unit("accepting_unit", past.applicant.district)]],
            front=actors[posts[self._unit("front_office", past.spot.code)]],
            number=f"AF{past.year}-{number:06d}", order=order,
        )  # fmt: skip
        declare(journey)
        judge(journey)
        return journey

    def _call(self, past: Past) -> Call:
        return self._calls[call_of(past.year, past.declared_on.month)]

    def _organisation(self, journey: Journey) -> Organisation:
        return self._organisations[journey.past.applicant.uscc]

    def _unit(self, kind: str, area: str) -> int:
        return next(unit.id for unit in self._units if unit.kind == kind and area.startswith(unit.area_code or "-"))

    def _case(self, journey: Journey, life: Life) -> Case:
        scope = {
            "organisation_id": self._organisation(journey).id,
            "accepting_unit_id": self._unit("accepting_unit", journey.past.applicant.district),
            "front_office_id": self._unit("front_office", journey.past.spot.code),
            "programme_year_id": self._call(journey.past).programme_year_id,
        }
        self._cases[life.id] = rows.case_row(journey, life, scope)
        return self._cases[life.id]

    def _declare(self, journeys: Sequence[Journey]) -> None:
        """The projects as drafts, since only a draft takes a budget and targets."""
        roots = [self._case(journey, journey.chain.root) for journey in journeys]
        for root, journey in zip(roots, journeys, strict=True):
            root.stage = journey.chain.root.workflow.start
        self._add(roots)
        declared: list[Any] = []
        for journey in journeys:
            call = self._call(journey.past)
            declared += rows.project_rows(journey, call.id, call.policy_id, self._organisation(journey))
        self._add(declared)
        for journey in journeys:
            ledger.open_project(
                self._session, project_id=journey.chain.root.id, cap=journey.policy.cap,
                programme_year_id=self._call(journey.past).programme_year_id,
            )  # fmt: skip

    def _draw_up(self, journeys: Sequence[Journey], progress: Callable[[str], None]) -> list[tuple[Paper, Agreement]]:
        """The text of every agreement, typeset and stored; the rows are added when their cases are there."""
        drawn: list[tuple[Journey, Agreement, dict[str, Any]]] = []
        for journey in journeys:
            root, number = journey.chain.root.id, f"{journey.number}-A1"
            data = agreement_data(self._session, self._session.get_one(Project, root), number)
            case_id = journey.chain.running("agreement")[0].id
            kept = {"data": as_kept(data), "data_hash": digest(data)}
            said = data | {"content_hash": kept["data_hash"]}
            drawn.append((journey, Agreement(case_id=case_id, project_id=root, number=number, **kept), said))

        def typeset(each: tuple[Journey, Agreement, dict[str, Any]]) -> Any:
            journey, _agreement, said = each
            pdf = render("agreement", said, issued_at=journey.at("announced"))
            return self._store.put(BytesIO(pdf), content_type="application/pdf")

        found: list[tuple[Paper, Agreement]] = []
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for (journey, agreement, _said), stored in zip(drawn, pool.map(typeset, drawn), strict=True):
                progress(f"资助协议 / agreement {agreement.number}")
                agreement.document_hash = stored.sha256
                paper = Paper(
                    public_id=uuid4(), case_id=agreement.case_id, root_id=agreement.project_id, kind="agreement",
                    name=f"资助协议 {agreement.number}.pdf", content_type="application/pdf", size=stored.size,
                    sha256=stored.sha256, key=stored.key, state=STORED, uploaded_at=journey.at("announced"),
                )  # fmt: skip
                found.append((paper, agreement))
        return found

    def _settle(self, journeys: Sequence[Journey]) -> list[PaymentOrder]:
        """Audits and settlements, and with the hash of what is to be paid the end of every road."""
        self._add(self._case(journey, life) for journey in journeys for life in journey.chain.lives[1:])
        self._add(row for journey in journeys for row in rows.audited_rows(journey, self._firm))
        settlements = [rows.settlement_row(journey) for journey in journeys]
        self._add(settlements)
        orders = []
        for journey, settlement in zip(journeys, settlements, strict=True):
            order = rows.order_row(journey, settlement, self._organisation(journey))
            pay(journey, rows.order_hash(order))
            orders.append(order)
        return orders

    def _tell(self, journeys: Sequence[Journey]) -> None:
        """Every event with its private half, and the cases where their last events left them."""
        for journey in journeys:
            for life in journey.chain.lives:
                rows.leave_at(self._cases[life.id], life, journey)
        self._add(row for journey in journeys for row in rows.people_rows(journey, self._firm))
        told = [event for journey in journeys for event in journey.chain.events]
        self._session.execute(insert(Event), [event.row for event in told])
        roots = [journey.chain.root.id for journey in journeys]
        written = select(Event.root_id, Event.seq, Event.id).where(Event.root_id.in_(roots))
        ids = {(root, seq): ident for root, seq, ident in self._session.execute(written)}
        for event in told:
            event.id = ids[event.row["root_id"], event.row["seq"]]
        private = [{"event_id": event.id, "salt": event.salt, "body": event.private} for event in told]
        self._session.execute(insert(EventPrivate), private)

    def _record(self, journeys: Sequence[Journey], agreements: Sequence[tuple[Paper, Agreement]]) -> None:
        """The panels, the votes, the notices, the signed agreements and the closures."""
        experts = {
            journey.number: [self._names[journey.who("expert", key)[1] or 0] for key in journey.drawn]
            for journey in journeys
        }
        panels = [rows.panel_row(journey, experts[journey.number]) for journey in journeys]
        self._add((*panels, *(paper for paper, _agreement in agreements)))
        kept: list[Any] = []
        for journey, panel, (paper, agreement) in zip(journeys, panels, agreements, strict=True):
            rows.signed(journey, agreement, paper)
            kept += (agreement, rows.closure_row(journey), *rows.judged_rows(journey, panel))
            kept += rows.notice_rows(journey, self._organisation(journey), experts[journey.number])
        self._add(kept)
        sealing = [
            {"id": paper.id, "sealed_event_id": journey.told["text"].id}
            for journey, (paper, _agreement) in zip(journeys, agreements, strict=True)
        ]
        self._session.execute(update(Paper), sealing)

    def _move_money(self, journey: Journey, order: PaymentOrder) -> None:
        """Every posting of the road in its order, and the one attempt to pay."""
        root, amounts = journey.chain.root.id, rows.amounts(journey.past, journey.settled.entitled)
        maker, checker = (
            journey.who(*each)[1] for each in (("finance_maker", "maker"), ("finance_checker", "checker"))
        )
        for code, event in journey.chain.postings:
            if amounts[code]:
                by_two = code in BY_TWO
                ledger.post(
                    self._session, event_id=event.id, code=code, amount=amounts[code], project_id=root,
                    programme_year_id=self._call(journey.past).programme_year_id,
                    maker_id=maker if by_two else event.row["actor_id"], checker_id=checker if by_two else None,
                )  # fmt: skip
        attempt = ledger.begin_attempt(
            self._session, project_id=root, tranche=1, case_id=order.case_id, amount=order.amount,
            event_id=journey.told["order_prepared"].id,
        )  # fmt: skip
        for state, name in (("approved", "order_approved"), ("sent", "order_sent"), ("paid", "paid")):
            ledger.record_attempt_state(
                self._session, attempt_id=attempt, state=state, event_id=journey.told[name].id,
                bank_ref=bank_reference(journey) if state == "paid" else None,
            )  # fmt: skip
        rows.paid(journey, order, attempt)
