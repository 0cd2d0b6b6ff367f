"""What handing in a declaration fixes: its papers, its text, the accounts of the project."""

from sqlalchemy import delete, update

from app.casework.commands import NoFields
from app.casework.subjects import Act, records
from app.documents.service import seal_papers
from app.evidence.service import canonical
from app.ledger import service as ledger
from app.programmes.queries import policy_of
from app.projects.commands import Finish, Reply
from app.projects.models import DeclarationSnapshot, DraftField, DraftPresence, KeptForm, Project
from app.projects.queries import declaration_of
from app.projects.subject import front_office_of


@records("aid_project", "submit", NoFields)
def record_submission(act: Act) -> None:
    """Fix what was declared: the papers are sealed, the front office is told, the accounts opened."""
    _accept(act)
    policy = policy_of(act.session, _project(act).policy_id)
    ledger.open_project(
        act.session, project_id=act.root.id, programme_year_id=act.root.programme_year_id or 0, cap=policy.cap
    )
    act.session.execute(update(Project).where(Project.case_id == act.root.id).values(submitted_at=act.now))


@records("aid_project", "resubmit", Reply)
def record_resubmission(act: Act) -> None:
    """Fix what was corrected."""
    _accept(act)


@records("aid_project", "finish", Finish)
def record_finish(act: Act) -> None:
    """Seal the papers of the delivery."""
    seal_papers(act.session, act.root.id, act.event.id, act.root.id)


def _accept(act: Act) -> None:
    project = _project(act)
    act.case.front_office_id = act.session.scalar(front_office_of(project.area_code))
    seal_papers(act.session, act.root.id, act.event.id, act.root.id)
    body = canonical(declaration_of(act.session, act.root.id).record())
    act.session.add(
        DeclarationSnapshot(
            event_id=act.event.id, project_id=act.root.id, declared_hash=project.declared_hash, body=body
        )
    )
    # What was typed is the declaration now; after a return one begins from it.
    for table in (DraftField, DraftPresence, KeptForm):
        act.session.execute(delete(table).where(table.project_id == act.root.id))


def _project(act: Act) -> Project:
    return act.session.get_one(Project, act.root.id)
