"""What one types into the pages of a declaration."""

from app.projects.commands import Declaration
from app.projects.commands.steps import BY_KEY
from app.projects.commands.texts import texts_of

#: The steps that have something to type into.
TYPED = ("project", "plan", "budget", "targets", "undertakings")


def typed(declaration: Declaration, step: str) -> dict[str, str]:
    """The fields of one step as texts, by the names of their controls; a row has the number of its place."""
    fields = BY_KEY[step].fields
    return {name: text for name, text in texts_of(declaration).items() if text and name.split("-")[0] in fields}


def as_spreadsheet(declaration: Declaration, table: str) -> str:
    """The rows of a table as one copies them out of a spreadsheet: a line each, cells between tabs."""
    rows = [row.record() for row in getattr(declaration, table)]
    return "\n".join("\t".join(str(cell) for cell in row.values()) for row in rows)
