"""What pages and the API show of panels, sessions, score sheets and the joint review."""

from app.reviews.queries.sheets import (
    DecisionRow,
    JointReview,
    PanelSummary,
    SheetContent,
    SheetRow,
    VoteRow,
    awaits_decision,
    panel_of,
    panel_summary,
    sheets_of,
    sitting_of,
    votes_of,
)

__all__ = [
    "DecisionRow",
    "JointReview",
    "PanelSummary",
    "SheetContent",
    "SheetRow",
    "VoteRow",
    "awaits_decision",
    "panel_of",
    "panel_summary",
    "sheets_of",
    "sitting_of",
    "votes_of",
]
