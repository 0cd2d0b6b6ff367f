"""Projects as a list shows them."""

from typing import Any

from sqlalchemy import Select, select

from app.casework.models import IS_PROJECT, Case
from app.casework.permissions import of_file, visible
from app.organisations.models import Organisation
from app.people.permissions import Actor
from app.projects.models import Project

_IN_FILE = (Project.place, Project.planned_total, Project.requested, Project.approved)


def projects_seen(actor: Actor) -> Select[Any]:
    """The projects this actor sees; the labels are what a `Table` may show, sort and filter by. Amounts are fen.

    Place and amounts stand in the file, which an expert opens by declaring that there is no conflict.
    """
    return (
        select(
            Case.id, Case.pid, Project.number, Project.title, Organisation.name.label("organisation"), Case.stage,
            Case.due_at, Case.holder_role, Project.field, Project.submitted_at,
            *(of_file(actor, each).label(each.key) for each in _IN_FILE),
        )
        .join(Project, Project.case_id == Case.id)
        .join(Organisation, Organisation.id == Project.organisation_id)
        .where(IS_PROJECT, visible(actor))
    )  # fmt: skip
