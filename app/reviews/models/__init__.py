"""Tables of expert review and joint review."""

from app.reviews.models.meetings import JointMeeting, JointMeetingPresence, JointMeetingProject
from app.reviews.models.panels import JointDecision, JointVote, Panel, ScoreSheet
from app.reviews.models.sessions import ExpertProfile, ReviewSession, ReviewSessionProject, SheetDraft

__all__ = [
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
