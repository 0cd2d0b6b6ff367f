"""What fields and areas are called, whichever policy version a notice was published under."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.programmes.models import PolicyVersion


@dataclass(frozen=True, slots=True)
class Names:
    """Key → label of every field and aided area, in the order of the newest policy, older ones after."""

    fields: dict[str, str]
    areas: dict[str, str]


def names(session: Session) -> Names:
    """The words of all policy versions together; the newest version's word counts."""
    rows = session.execute(
        select(PolicyVersion.body["fields"], PolicyVersion.body["areas"]).order_by(
            PolicyVersion.effective_on.desc(), PolicyVersion.id.desc()
        )
    )
    fields: dict[str, str] = {}
    areas: dict[str, str] = {}
    for known_fields, known_areas in rows:
        for known, pairs in ((fields, known_fields), (areas, known_areas)):
            for key, label in pairs:
                known.setdefault(key, label)
    return Names(fields, areas)
