"""Declaring a project: the draft and its edits, what submitting writes, and the fields of every act."""

from app.casework.commands import Reasoned
from app.casework.subjects import describes
from app.projects.commands import CorrectionNotice, FrontOfficeOpinion, Opinion, Start, Withdrawal
from app.projects.service.declaring import create_project, save_declaration
from app.projects.service.drafting import forget_kept, keep_form, save_fields
from app.projects.service.submitting import record_finish, record_resubmission, record_submission
from app.projects.service.writing import EDITABLE, StaleVersion, line_amount, project_held

__all__ = [
    "EDITABLE",
    "StaleVersion",
    "create_project",
    "forget_kept",
    "keep_form",
    "line_amount",
    "project_held",
    "record_finish",
    "record_resubmission",
    "record_submission",
    "save_declaration",
    "save_fields",
]

for action, command in {
    "give_opinion": FrontOfficeOpinion,
    "pass_authenticity": Opinion,
    "pass_compliance": Opinion,
    "return_for_correction": CorrectionNotice,
    "reject": Reasoned,
    "withdraw": Withdrawal,
    "suspend": Reasoned,
    "resume": Reasoned,
    "terminate": Reasoned,
    "start": Start,
}.items():
    describes("aid_project", action, command)
