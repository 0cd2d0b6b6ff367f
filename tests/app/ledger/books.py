"""A small world for the ledger: people, cases and events written straight into the database."""

import json
from uuid import uuid4

import psycopg
from sqlalchemy.orm import Session

from app.ledger.service import open_programme_year, open_project, post

MAKER, CHECKER, OFFICER = "finance_maker", "finance_checker", "fund_office"

#: Every table of the ledger, with one of its columns.
TABLES = {
    "account": "balance",
    "project_fund": "held",
    "posting_code": "needs_two",
    "flow_rule": "leg",
    "posting": "amount",
    "transfer": "amount",
    "event_must_post": "codes",
    "payment_flow": "to_state",
    "payment_attempt": "amount",
    "payment_attempt_state": "state",
}


class Books:
    """Cases and events over one connection, in the transaction that is open there."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection

    def person(self, name: str = "somebody") -> int:
        """A user who can hold a duty."""
        (ident,) = self._one(
            'INSERT INTO "user" (email, name, password, fs_uniquifier, created_at)'
            " VALUES (%s, %s, '$argon2id$x', %s, now()) RETURNING id",
            (f"{uuid4().hex}@example.org", name, uuid4().hex),
        )
        return ident

    def case(self, life: str, stage: str, root: int | None = None) -> int:
        """A new case with its opening event; a root of its own unless a root is given."""
        (ident,) = self._one("SELECT nextval('case_id_seq')")
        chain = (0, b"") if root is None else (None, None)
        self.connection.execute(
            'INSERT INTO "case" (id, root_id, pid, workflow, life, stage, entered_at, entered_seq, last_seq,'
            " created_at, chain_seq, chain_hash) VALUES (%s, %s, %s, %s, %s, %s, now(), 1, 0, now(), %s, %s)",
            (ident, root or ident, uuid4(), f"{life}/1", life, stage, *chain),
        )
        self.act(ident, "begin", to=stage, role="system")
        return ident

    def act(self, case: int, action: str, *, to: str | None = None, role: str = OFFICER, by: int | None = None) -> int:
        """One event of a case, leading to a stage; by a person, who then holds the duty of that role."""
        root, stage, last_seq = self._one('SELECT root_id, stage, last_seq FROM "case" WHERE id = %s', (case,))
        chain_seq, chain_hash, root_stage = self._one(
            'SELECT chain_seq, chain_hash, stage FROM "case" WHERE id = %s', (root,)
        )
        seq, to = chain_seq + 1, to or stage
        begins = last_seq == 0
        if by is not None:
            self.duty(root, by, role)
        body = json.dumps({"seq": seq, "type": action, "prev": chain_hash.hex()})
        ident, digest = self._one(
            "INSERT INTO event (root_id, seq, case_id, prev_seq, prev_hash, case_prev_seq, action, role, duty,"
            " actor_id, case_from, case_to, root_from, root_to, at, body)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, now(), %s) RETURNING id, hash",
            (
                root,
                seq,
                case,
                chain_seq or None,
                chain_hash or None,
                None if begins else last_seq,
                action,
                role if by is not None else "system",
                role if by is not None else None,
                by,
                None if begins else stage,
                to,
                root_stage if chain_seq else None,
                to if case == root else root_stage,
                body.encode(),
            ),
        )
        self.connection.execute('UPDATE "case" SET stage = %s, last_seq = %s WHERE id = %s', (to, seq, case))
        self.connection.execute('UPDATE "case" SET chain_seq = %s, chain_hash = %s WHERE id = %s', (seq, digest, root))
        return ident

    def duty(self, root: int, person: int, duty: str) -> None:
        """Let a person hold a duty on a project."""
        self.connection.execute(
            "INSERT INTO duty (root_id, user_id, duty) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            (root, person, duty),
        )

    def _one(self, query: str, values: tuple[object, ...] = ()) -> tuple[object, ...]:
        row = self.connection.execute(query, values).fetchone()
        assert row is not None
        return row


class Fund:
    """A programme-year with money and the people who move it, driven through the service."""

    def __init__(self, session: Session, budget: int = 1_000) -> None:
        self.session = session
        self.officer, self.maker, self.checker = (self.books.person(n) for n in ("officer", "maker", "checker"))
        self.year = self.books.case("programme_year", "open")
        open_programme_year(session, programme_year_id=self.year)
        self.post("appropriate", budget, event=self.act(self.year, "appropriate"))
        session.commit()

    @property
    def books(self) -> Books:
        """The cases and events of the session's transaction."""
        return Books(self.session.connection().connection.driver_connection)

    def project(self, cap: int = 1_000) -> int:
        """A project with accounts and nothing in them; its makers and checkers hold their duties."""
        project = self.books.case("aid_project", "draft")
        self.books.duty(project, self.maker, MAKER)
        self.books.duty(project, self.checker, CHECKER)
        open_project(self.session, project_id=project, programme_year_id=self.year, cap=cap)
        self.session.commit()
        return project

    def act(self, case: int, action: str = "note", **how: object) -> int:
        """An event of the officer's."""
        return self.books.act(case, action, **({"by": self.officer} | how))

    def post(self, code: str, amount: int, *, project: int | None = None, event: int | None = None, **more: object):
        """A posting by the officer, or by maker and checker where two are needed."""
        two = code in {
            "accrue",
            "advance",
            "accrual_reverse",
            "release_reverse",
            "instruct",
            "clawback",
            "clawback_waive",
        }
        people = {"maker_id": self.maker, "checker_id": self.checker} if two else {"maker_id": self.officer}
        values = {
            "event_id": event or self.act(project or self.year),
            "code": code,
            "programme_year_id": self.year,
            "project_id": project,
            "amount": amount,
        }
        return post(self.session, **(values | people | more))

    def run(self, project: int, *steps: tuple[str, int]) -> None:
        """Commit these postings of a project one after the other."""
        for code, amount in steps:
            self.post(code, amount, project=project)
            self.session.commit()
