"""Who may do what here, for administrators to read: the policy that the gate keeps."""

from flask import current_app, render_template

from app.desk.views.terms import desk
from app.security import may
from app.security.action_labels import action_words
from app.security.matrix import lines
from app.security.policy import SCOPE_LABELS, THING_LABELS


@desk.get("/administration/rules")
@may("rules.read")
def access_rules() -> str:
    """Every action with its roles, its scope and its addresses."""
    return render_template(
        "registers/rules.html", lines=list(lines(current_app)), called=action_words, scopes=SCOPE_LABELS,
        things=THING_LABELS,
    )  # fmt: skip
