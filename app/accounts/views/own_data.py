"""One's own personal data: taken away as a file, and the wish to have it erased."""

import json
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

from flask import flash, redirect, render_template, send_file, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.accounts.queries import own_data as everything_of
from app.accounts.views.terms import accounts
from app.database import db, transaction
from app.people.models import ErasureRequest
from app.people.service import ask_for_erasure
from app.personal import of
from app.registers.service import record_disclosure
from app.security import clock, current_actor, may


@accounts.get("/account/data")
@may("own_data.take")
def own_data() -> str:
    """What one may do with the own data."""
    asked = db.session.get(ErasureRequest, current_actor().user_id)
    return render_template("accounts/own_data.html", asked=asked)


@accounts.post("/account/data")
@may("own_data.take")
def take_own_data() -> Response:
    """All of it in a zip: data.json for machines, data.html for people. That it was taken is written down first."""
    actor, now = current_actor(), clock().now()
    with transaction() as session:
        record_disclosure(session, actor.user_id, "own_data", actor.name, now=now)
        found = everything_of(session, actor.user_id or 0)
    labels = {table: [each.what for each in of(table)] for table in found}
    page = render_template("accounts/own_data_file.html", found=found, labels=labels, name=actor.name, at=now)
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as file:
        file.writestr("data.json", json.dumps(found, ensure_ascii=False, indent=1))
        file.writestr("data.html", page)
    packed.seek(0)
    answer = send_file(packed, mimetype="application/zip", as_attachment=True, download_name="aidflow-my-data.zip")
    answer.headers["Cache-Control"] = "no-store"
    return answer


@accounts.post("/account/data/erasure")
@may("own_data.erase")
def ask_erasure() -> Response:
    """Ask that it be erased; an operator does so once nothing is waiting for this person any more."""
    ask_for_erasure(current_actor().user_id or 0, now=clock().now())
    flash(_("申请已记录。运维人员核对您已不再担任角色后办理，并以邮件答复。"), "success")
    return redirect(url_for(".own_data"), 303)
