"""The chain of one project of the past: every act follows the table of its life, as the service would have it.

What a transition opens, moves and posts is read from its effects, so that a history cannot say what
the workflows do not. Nothing is written here; `writing` puts it into the database.
"""

import hashlib
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from app.casework.subjects import command_of
from app.evidence.service import LEAF, SALT_BYTES, canonical
from workflows.aid_project import AID_PROJECT
from workflows.definition import PARENT, Move, Open, Post, Transition, Workflow
from workflows.registry import WORKFLOWS
from workflows.roles import duty_of

LIVES: dict[str, Workflow] = {each.life: each for each in WORKFLOWS}


@dataclass(slots=True)
class Life:
    """A case on its way: the project itself or a life inside it."""

    id: int
    pid: UUID
    workflow: Workflow
    stage: str
    opened_at: datetime
    entered_at: datetime
    entered_seq: int
    last_seq: int
    user_id: int | None = None
    closed_at: datetime | None = None
    content_hash: str = ""


@dataclass(slots=True)
class Told:
    """One event as a row, with its private half; the database gives the id."""

    row: dict[str, Any]
    salt: bytes
    private: bytes
    id: int = 0


@dataclass(slots=True)
class Chain:
    """The events of one project in their order, its lives, and the (code, event) of every posting they are to make."""

    ids: Iterator[int]
    events: list[Told] = field(default_factory=list)
    lives: list[Life] = field(default_factory=list)
    postings: list[tuple[str, Told]] = field(default_factory=list)
    _hash: bytes | None = None

    @property
    def root(self) -> Life:
        """The project itself."""
        return self.lives[0]

    @property
    def head(self) -> bytes:
        """The hash of the last event."""
        assert self._hash is not None
        return self._hash

    def begin(self, actor_id: int, at: datetime, private: Mapping[str, Any]) -> Life:
        """The opening of the project by its applicant."""
        return self._open(AID_PROJECT, "applicant_owner", actor_id, at, {"command": private, "actor": actor_id})

    def act(
        self,
        life: Life,
        action: str,
        who: tuple[str, int | None],
        at: datetime,
        *,
        drawn: Sequence[int] = (),
        **fields: Any,
    ) -> Told:
        """One act by (role, user); `drawn` are the people for whom it opens lives. The fields are checked."""
        role, actor_id = who
        step = _transition(life, action, role)
        command = command_of(life.workflow.life, action).model_validate(fields).record()
        told = self._write(life, step, role, actor_id, at, {"command": command, "actor": actor_id, "figures": {}})
        for effect in step.effects:
            if isinstance(effect, Open):
                for user_id in drawn or (None,):
                    opened = self._open(LIVES[effect.life], PARENT, actor_id, at, _caused_by(told))
                    opened.user_id = user_id
            elif isinstance(effect, Move):
                for moved in self.running(effect.life):
                    moving = _transition(moved, effect.action, PARENT)
                    self._write(moved, moving, PARENT, actor_id, at, _caused_by(told))
            elif isinstance(effect, Post):
                self.postings.append((effect.code, told))
        return told

    def running(self, life: str) -> list[Life]:
        """The lives of this kind that are not over, oldest first."""
        return [each for each in self.lives if each.workflow.life == life and each.closed_at is None]

    def _open(
        self, workflow: Workflow, role: str, actor_id: int | None, at: datetime, private: Mapping[str, Any]
    ) -> Life:
        seq = len(self.events) + 1
        life = Life(next(self.ids), uuid4(), workflow, workflow.start, at, at, seq, seq)
        self.lives.append(life)
        self._append(life, "open", None, role, actor_id, at, private)
        return life

    def _write(
        self, life: Life, step: Transition, role: str, actor_id: int | None, at: datetime, private: Mapping[str, Any]
    ) -> Told:
        before, life.stage = life.stage, step.to
        told = self._append(life, step.action, before, role, actor_id, at, private)
        life.last_seq = len(self.events)
        if step.moves:
            life.entered_at, life.entered_seq = at, life.last_seq
        if life.workflow.stage(step.to).final:
            life.closed_at = at
        return told

    def _append(  # noqa: PLR0917 -- an event is as wide as the act it records
        self, life: Life, action: str, came_from: str | None, role: str, actor_id: int | None, at: datetime,
        private: Mapping[str, Any],
    ) -> Told:  # fmt: skip
        root, seq, salt = self.root, len(self.events) + 1, secrets.token_bytes(SALT_BYTES)
        words = canonical(private)
        body = canonical(
            {
                "v": 1, "pid": root.pid.hex, "seq": seq, "prev": self._hash.hex() if self._hash else "",
                "type": action, "case": life.pid.hex, "life": life.workflow.life, "at": at, "role": role,
                "commit": hashlib.sha256(salt + words).hexdigest(),
                "public": {"from": came_from or "", "to": life.stage},
            }
        )  # fmt: skip
        row = {
            "root_id": root.id, "seq": seq, "case_id": life.id, "prev_seq": seq - 1 or None, "prev_hash": self._hash,
            "case_prev_seq": None if came_from is None else life.last_seq, "action": action, "role": role,
            "duty": duty_of(role), "actor_id": actor_id, "case_from": came_from, "case_to": life.stage,
            "root_from": self.events[-1].row["root_to"] if self.events else None, "root_to": root.stage, "at": at,
            "body": body,
        }  # fmt: skip
        told = Told(row, salt, words)
        self.events.append(told)
        self._hash = hashlib.sha256(LEAF + body).digest()
        return told


def _transition(life: Life, action: str, role: str) -> Transition:
    return next(each for each in life.workflow.leaving(life.stage) if each.action == action and role in each.roles)


def _caused_by(told: Told) -> dict[str, Any]:
    return {"caused_by": told.row["seq"]}
