"""Whether a receipt is genuine, for whoever holds it."""

from flask import render_template, request

from app.database import db
from app.portal.queries.receipts import proof_of
from app.portal.views.terms import pages
from app.publicity.queries import OUTCOME_LABELS
from app.security import may
from app.text import translated
from workflows.registry import workflow_of

#: Characters of a receipt that are looked at.
LONGEST = 60


@pages.get("/receipts")
@may("receipt.check")
def receipt() -> str:
    """A form for a receipt and, once one is typed, whether such an act stands in the chain."""
    asked = request.args.get("receipt", "")[:LONGEST].strip()
    proof = proof_of(db.session(), asked) if asked else None
    label = ""
    if proof is not None:
        moves = workflow_of(proof.workflow).transitions
        label = next((translated(each.label) for each in moves if each.action == proof.action), "")
    return render_template("portal/receipt.html", asked=asked, proof=proof, label=label, outcomes=OUTCOME_LABELS)
