"""Papers as pages show them, loaded only through the scope of whoever asks."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, func, literal, or_, select
from sqlalchemy.orm import Session

from app.casework.models import Case
from app.casework.permissions import duty_on, visible
from app.casework.subjects import subject_of
from app.database import Missing
from app.documents.models import Paper
from app.documents.permissions import KINDS, kinds_to_add, visible_papers
from app.evidence.models import Event
from app.people.models import User
from app.people.permissions import Actor

#: Types whose pages can be drawn as pictures.
DRAWN = ("application/pdf", "image/jpeg", "image/png")


@dataclass(frozen=True, slots=True)
class PaperLine:
    """One paper as a page or the API shows it. `size` is bytes; `uploaded_by` is None for the system."""

    id: UUID
    case_pid: UUID
    kind: str
    label: str
    name: str
    content_type: str
    size: int
    sha256: str
    state: str
    uploaded_by: str | None
    uploaded_at: datetime
    sealed: bool
    mine: bool
    pages: int | None = None

    @property
    def can_be_shown(self) -> bool:
        """Whether its pages can be drawn, however many there are."""
        return self.content_type in DRAWN


@dataclass(frozen=True, slots=True)
class StoredPaper:
    """What is needed to give a paper out: the name it is saved under, and where and what it is."""

    id: UUID
    name: str
    content_type: str
    size: int
    sha256: str
    key: str
    pages: int | None = None


@dataclass(frozen=True, slots=True)
class DossierPaper:
    """A paper with what its list says of it: kind in words, the life it belongs to, who brought it and when."""

    stored: StoredPaper
    label: str
    life: str
    uploaded_by: str | None
    uploaded_at: datetime


@dataclass(frozen=True, slots=True)
class PapersPage:
    """The papers of one case, and the kinds (with labels) that the reader may add; `heading` names the project."""

    case_pid: UUID
    root_pid: UUID
    heading: str
    case_label: str
    papers: tuple[PaperLine, ...]
    kinds: tuple[tuple[str, str], ...]


def papers_of(session: Session, root_id: int, *, actor: Actor, case_id: int | None = None) -> tuple[PaperLine, ...]:
    """The papers of a project that this actor may read, or only those of one case in it, oldest first."""
    query = (
        select(Paper, Case.pid, User.name)
        .join(Case, Case.id == Paper.case_id)
        .outerjoin(User, User.id == Paper.uploaded_by_id)
        .where(Paper.root_id == root_id, visible_papers(actor))
        .order_by(Paper.id)
    )
    if case_id is not None:
        query = query.where(Paper.case_id == case_id)
    return tuple(line_of(paper, pid, name, actor) for paper, pid, name in session.execute(query))


def papers_brought(session: Session, case: Case, *, actor: Actor) -> tuple[PaperLine, ...]:
    """The papers of one life inside a project, with those of the project that its own acts sealed.

    Photos and vouchers are uploaded to the project; the act that files a report seals them, and opens its life
    with the event that follows.
    """
    mine = Event.case_id == case.id
    opened = select(func.min(Event.seq)).where(Event.root_id == case.root_id, mine).scalar_subquery()
    acts = select(Event.id).where(Event.root_id == case.root_id, or_(mine, Event.seq == opened - 1))
    query = (
        select(Paper, Case.pid, User.name)
        .join(Case, Case.id == Paper.case_id)
        .outerjoin(User, User.id == Paper.uploaded_by_id)
        .where(Paper.root_id == case.root_id, visible_papers(actor))
        .where(or_(Paper.case_id == case.id, Paper.sealed_event_id.in_(acts)))
        .order_by(Paper.id)
    )
    return tuple(line_of(paper, pid, name, actor) for paper, pid, name in session.execute(query))


def papers_page(session: Session, pid: UUID, *, actor: Actor) -> PapersPage:
    """The page of a case's papers; a project's page lists those of its inner lives too. `Missing`."""
    duty_held = duty_on(Case.root_id, literal(actor.user_id, BigInteger))
    found = session.execute(select(Case, duty_held).where(Case.pid == pid, visible(actor))).one_or_none()
    if found is None:
        raise Missing(str(pid))
    case, duty = found
    is_root = case.id == case.root_id
    root = case if is_root else session.get_one(Case, case.root_id)
    heading = subject_of(root.workflow).heading(session, root.id)
    papers = papers_of(session, case.root_id, actor=actor, case_id=None if is_root else case.id)
    kinds = tuple((kind, KINDS[kind]) for kind in kinds_to_add(actor, case, duty))
    return PapersPage(pid, root.pid, heading, subject_of(case.workflow).workflow.label, papers, kinds)


def dossier_papers(session: Session, case: Case, *, actor: Actor) -> tuple[DossierPaper, ...]:
    """The papers that this actor may read, oldest first: of a whole project, or of one life inside it."""
    query = (
        select(Paper, Case.life, User.name)
        .join(Case, Case.id == Paper.case_id)
        .outerjoin(User, User.id == Paper.uploaded_by_id)
        .where((Paper.root_id if case.id == case.root_id else Paper.case_id) == case.id, visible_papers(actor))
        .order_by(Paper.id)
    )
    return tuple(
        DossierPaper(_stored(paper), KINDS.get(paper.kind, paper.kind), life, name, paper.uploaded_at)
        for paper, life, name in session.execute(query)
    )


def paper_for(session: Session, public_id: UUID, *, actor: Actor) -> StoredPaper:
    """One paper, if this actor may read it; absent and forbidden are the same `Missing`."""
    found = Paper.public_id == public_id, visible_papers(actor)
    paper = session.scalars(select(Paper).join(Case, Case.id == Paper.case_id).where(*found)).one_or_none()
    if paper is None:
        raise Missing(str(public_id))
    return _stored(paper)


def line_of(paper: Paper, case_pid: UUID, uploaded_by: str | None, actor: Actor) -> PaperLine:
    """A row as the pages and the API show it."""
    return PaperLine(
        id=paper.public_id,
        case_pid=case_pid,
        kind=paper.kind,
        label=KINDS.get(paper.kind, paper.kind),
        name=paper.name,
        content_type=paper.content_type,
        size=paper.size,
        sha256=paper.sha256,
        state=paper.state,
        uploaded_by=uploaded_by,
        uploaded_at=paper.uploaded_at,
        sealed=paper.sealed_event_id is not None,
        mine=paper.uploaded_by_id is not None and paper.uploaded_by_id == actor.user_id,
        pages=paper.pages,
    )


def _stored(paper: Paper) -> StoredPaper:
    return StoredPaper(
        paper.public_id, paper.name, paper.content_type, paper.size, paper.sha256, paper.key, paper.pages
    )
