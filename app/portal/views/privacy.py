"""What personal data the system keeps, what for, who reads it and for how long: the register, for everybody to read."""

from flask import current_app, render_template

from app.personal import BASIS_LABELS, ERASURE_LABELS, HELD, KEPT_LABELS, days_kept
from app.portal.views.terms import pages
from app.security import may


@pages.get("/privacy")
@may("help.read")
def privacy() -> str:
    """The register of personal data, by whose it is."""
    groups: dict[str, list[object]] = {}
    for each in HELD:
        groups.setdefault(each.whose, []).append(each)
    return render_template(
        "portal/privacy.html", groups=groups, bases=BASIS_LABELS, kept=KEPT_LABELS, erasures=ERASURE_LABELS,
        days=days_kept(current_app.extensions["aidflow"].settings),
    )  # fmt: skip
