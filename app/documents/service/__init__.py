"""Taking papers in, taking them back while nobody relied on them, and sealing them."""

import json
import subprocess
import unicodedata
from collections.abc import Collection
from datetime import datetime, timedelta
from tempfile import TemporaryFile
from typing import IO, Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, func, literal, select, update
from sqlalchemy.orm import Session

from app.casework.models import Case
from app.casework.permissions import duty_on, visible
from app.casework.service import content_changed
from app.database import Missing, transaction
from app.documents.models import LONGEST_NAME, STORED, WITHDRAWN, Paper
from app.documents.permissions import KINDS, kinds_to_add, somebody_adds, visible_papers
from app.documents.service.children import in_child
from app.documents.store import DocumentStore
from app.people.permissions import Actor
from app.refusals import FieldRefused
from workflows.definition import Reason, because
from workflows.engine import NotFromHere, NotYourRole, Refused

BLOCK = 64 * 1024
MEGABYTE = 1024 * 1024
#: More than any project needs; enough to stop a runaway script.
MOST_PAPERS = 500
#: Objects without a row are removed when they are older than the slowest upload by far.
ORPHAN_AGE = timedelta(days=1)

TYPES = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "png": "image/png",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ofd": "application/ofd",
    "xml": "application/xml",
}
SAME = {"jpeg": "jpg"}


class PaperRefused(FieldRefused):
    """A paper that is not taken; `status` is the HTTP status that says so."""

    status = 422

    def __init__(self, reason: Reason, *, field: str = "file") -> None:
        super().__init__(field, reason)


class PaperTooLarge(PaperRefused):
    """The file is larger than papers may be."""

    status = 413


class WrongType(PaperRefused):
    """The file is not of a type that is taken, or holds what such a file may not hold."""

    status = 415


class PaperSealed(Refused):
    """An act already relies on this paper."""

    def __init__(self) -> None:
        super().__init__(because("该材料已随提交的事项存档，不能撤回。"))


def receive_paper(
    pid: UUID,
    *,
    kind: str,
    name: str,
    stream: IO[bytes],
    actor: Actor,
    now: datetime,
    store: DocumentStore,
    limit: int,
) -> Paper:
    """Take a file for a case: authorise, check, store and prove it, then write its row.

    `limit` is bytes. Raises `Missing` when the actor does not see the case, `NotYourRole` or
    `NotFromHere` when this kind is not theirs to add or not now, `PaperTooLarge`, `WrongType`,
    `PaperRefused`, or `StoreAway`. Whatever is raised, there is no row, and no object either as far as
    the store can still be reached; `sweep_orphans` removes the rest.
    """
    with transaction() as session:
        _room(session, _authorised(session, pid, kind, actor))
    extension = _extension(name)
    with TemporaryFile() as file:
        _copy(stream, file, limit)
        pages = _inspect(file, extension)
        stored = store.put(file, content_type=TYPES[extension])
    try:
        with transaction() as session:
            # The stage may have moved while the file travelled; the lock keeps it where it is now.
            case = _authorised(session, pid, kind, actor, lock=True)
            paper = Paper(
                public_id=uuid4(), case_id=case.id, root_id=case.root_id, kind=kind, name=tidy_name(name),
                content_type=TYPES[extension], size=stored.size, sha256=stored.sha256, key=stored.key,
                state=STORED, uploaded_by_id=actor.user_id, uploaded_at=now, pages=pages,
            )  # fmt: skip
            session.add(paper)
            content_changed(case, paper.public_id.bytes)
            session.flush()
            session.expunge(paper)
    except BaseException:
        store.discard(stored.key)
        raise
    return paper


def withdraw_paper(public_id: UUID, *, actor: Actor, now: datetime) -> UUID:
    """Take back a paper that no act relies on yet; whoever may add it there may take it back.

    The object stays until its retention ends. Answers the pid of its case. Raises `Missing`,
    `NotYourRole`, `NotFromHere`, `PaperSealed`.
    """
    with transaction() as session:
        found = session.execute(
            select(Case.pid, Paper.kind, Paper.sealed_event_id)
            .join(Case, Case.id == Paper.case_id)
            .where(Paper.public_id == public_id, visible_papers(actor))
        ).one_or_none()
        if found is None:
            raise Missing(str(public_id))
        pid, kind, sealed = found
        if sealed is not None:
            raise PaperSealed
        # The case is locked before the paper, as an act that seals papers does.
        case = _authorised(session, pid, kind, actor, lock=True)
        query = select(Paper).where(Paper.public_id == public_id, Paper.state == STORED).with_for_update()
        paper = session.scalars(query, execution_options={"populate_existing": True}).one_or_none()
        if paper is None:
            raise Missing(str(public_id))
        if paper.sealed_event_id is not None:
            raise PaperSealed
        paper.state, paper.withdrawn_at = WITHDRAWN, now
        content_changed(case, b"-" + paper.public_id.bytes)
    return pid


def seal_papers(
    session: Session,
    root_id: int,
    event_id: int,
    case_id: int | None = None,
    *,
    kinds: Collection[str] | None = None,
) -> list[tuple[str, str]]:
    """Seal the stored papers of a case by an event of its project, in the caller's transaction.

    Without `case_id` those of the project itself, not of the lives inside it; with `kinds` only these.
    Answers (kind, sha256) of every paper sealed now, in the order in which they came.
    """
    wanted = [Paper.root_id == root_id, Paper.case_id == (case_id or root_id), Paper.state == STORED]
    if kinds is not None:
        wanted.append(Paper.kind.in_(sorted(kinds)))
    sealed = session.execute(
        update(Paper)
        .where(*wanted, Paper.sealed_event_id.is_(None))
        .values(sealed_event_id=event_id)
        .returning(Paper.id, Paper.kind, Paper.sha256)
        .execution_options(synchronize_session=False)
    ).all()
    return [(kind, sha256) for _, kind, sha256 in sorted(sealed)]


def sweep_orphans(store: DocumentStore, session: Session, older_than: datetime) -> list[str]:
    """Remove objects written before a moment that no row names; the keys that were removed.

    Only ever give a moment at least `ORPHAN_AGE` ago: an object is older than its row.
    """
    there = list(store.keys(older_than=older_than))
    kept = set(session.scalars(select(Paper.key).where(Paper.key.in_(there))))
    session.rollback()  # No transaction waits while the store works.
    orphans = [key for key in there if key not in kept]
    for key in orphans:
        store.delete(key)
    return orphans


def tidy_name(name: str) -> str:
    """The name as it is kept: NFC text, no path, no control, format or bidi characters, ≤ 200 characters."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    kept = "".join(c for c in last if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
    kept = " ".join(kept.split())
    stem, dot, extension = kept.rpartition(".")
    stem = stem.strip(" .") or "未命名"
    return f"{stem[: LONGEST_NAME - len(extension) - 1]}{dot}{extension}" if dot else kept[:LONGEST_NAME] or "未命名"


def _authorised(session: Session, pid: UUID, kind: str, actor: Actor, *, lock: bool = False) -> Case:
    query = select(Case).where(Case.pid == pid, visible(actor)).execution_options(populate_existing=True)
    case = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if case is None:
        raise Missing(str(pid))
    if kind not in KINDS:
        raise PaperRefused(because("没有“{kind}”这一材料种类。", kind=kind), field="kind")
    duty = session.scalar(select(duty_on(*(literal(each, BigInteger) for each in (case.root_id, actor.user_id)))))
    if kind not in kinds_to_add(actor, case, duty):
        if somebody_adds(case.life, case.stage, kind):
            raise NotYourRole(because("添加“{kind}”不属于您在本项目的职责。", kind=KINDS[kind]))
        raise NotFromHere(because("当前环节不能添加“{kind}”。", kind=KINDS[kind]))
    return case


def _room(session: Session, case: Case) -> None:
    count = session.scalar(select(func.count()).where(Paper.root_id == case.root_id, Paper.state == STORED)) or 0
    if count >= MOST_PAPERS:
        raise PaperRefused(because("一个项目的材料不得超过 {most} 份。", most=MOST_PAPERS))


def _extension(name: str) -> str:
    _, dot, last = tidy_name(name).rpartition(".")
    extension = SAME.get(last.lower(), last.lower()) if dot else ""
    if extension not in TYPES:
        raise WrongType(because("不接受该类型的文件，可上传：{types}。", types="、".join(TYPES)))
    return extension


def _copy(stream: IO[bytes], file: IO[bytes], limit: int) -> None:
    size = 0
    while block := stream.read(BLOCK):
        size += len(block)
        if size > limit:
            raise PaperTooLarge(because("文件不得超过 {most} MB。", most=limit // MEGABYTE))
        file.write(block)
    if not size:
        raise PaperRefused(because("文件是空的，请重新选择。"))
    file.flush()


def _inspect(file: Any, extension: str) -> int | None:
    """Have a child process with little memory and time look into the file; how many pages it can show."""
    file.seek(0)
    try:
        answer = json.loads(in_child("child", file, extension))
    except (subprocess.SubprocessError, ValueError):
        raise WrongType(because("文件过于复杂，检查未能完成，请简化后再上传。")) from None
    if "text" in answer:
        raise WrongType(because(answer["text"], **answer["values"]))
    return answer["pages"]
