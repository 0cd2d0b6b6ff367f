"""What the pages of the desk show, each in a fixed number of statements."""

from app.desk.queries.inbox import InboxLine, Wanted, inbox_counts, inbox_lines, lines_of, urgency, waiting_lines
from app.desk.queries.projects import (
    PROJECT,
    Amounts,
    Awaited,
    CasePage,
    Child,
    ProjectPage,
    Stop,
    case_page,
    has_acted,
    paper_desk,
    programme_year_of,
    project_by_pid,
    project_page,
    to_correct,
)
from app.desk.queries.waiting import acts_elsewhere, sent_back, waits_for

__all__ = [
    "PROJECT",
    "Amounts",
    "Awaited",
    "CasePage",
    "Child",
    "InboxLine",
    "ProjectPage",
    "Stop",
    "Wanted",
    "acts_elsewhere",
    "case_page",
    "has_acted",
    "inbox_counts",
    "inbox_lines",
    "lines_of",
    "paper_desk",
    "programme_year_of",
    "project_by_pid",
    "project_page",
    "sent_back",
    "to_correct",
    "urgency",
    "waiting_lines",
    "waits_for",
]
