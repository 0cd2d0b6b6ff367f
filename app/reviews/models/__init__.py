"""Tables of expert review and joint review."""

from app.reviews.models.conflicts import AssignmentCheck, ContactMark
from app.reviews.models.draws import (
    ExpertDraw,
    ExpertDrawMember,
    ExpertDrawResult,
    ExpertDrawSecret,
    ExpertDrawStep,
)
from app.reviews.models.meetings import JointMeeting, JointMeetingPresence, JointMeetingProject
from app.reviews.models.panels import JointDecision, JointVote, Panel, ScoreSheet
from app.reviews.models.sessions import ExpertProfile, ReviewSession, ReviewSessionProject, SheetDraft

__all__ = [
    "AssignmentCheck",
    "ContactMark",
    "ExpertDraw",
    "ExpertDrawMember",
    "ExpertDrawResult",
    "ExpertDrawSecret",
    "ExpertDrawStep",
    "ExpertProfile",
    "JointDecision",
    "JointMeeting",
    "JointMeetingPresence",
    "JointMeetingProject",
    "JointVote",
    "Panel",
    "ReviewSession",
    "ReviewSessionProject",
    "ScoreSheet",
    "SheetDraft",
]
