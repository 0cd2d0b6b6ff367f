"""The archive of all papers of a case: whole, provable, within the reader's sight, and on record."""

import csv
import os
from hashlib import sha256
from io import BytesIO
from urllib.parse import unquote
from zipfile import ZipFile

import pytest

from app.documents.models import Paper
from app.documents.store import DocumentStore
from app.people.service.sessions import begin_session
from app.registers.models import ListExport
from tests.app.documents.files import PICTURE, pdf


@pytest.fixture
def taken(app):
    """`taken(actor, pid)`: the answer to the request for the archive, with everything read."""

    def ask(actor, pid):
        client = app.test_client()
        with client.session_transaction() as cookie:
            cookie.update(_user_id=begin_session(actor.user_id))
        return client.get(f"/cases/{pid}/papers.zip")

    return ask


def opened(answer):
    """(name in the archive without its folder → bytes, the folder)."""
    with ZipFile(BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        (folder,) = {name.partition("/")[0] for name in archive.namelist()}
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}, folder


def listed(files, name):
    return list(csv.reader(files[name].decode("utf-8-sig").splitlines()))


def test_an_archive_holds_every_paper_its_list_the_acts_and_sums_that_prove_it(world, hand_in, taken, rows):
    pid = world.case()
    large = pdf(lambda made: made.Root.__setitem__("/Big", made.make_stream(os.urandom(3_000_000))))
    hand_in(pid, name="现场.png", content=PICTURE)
    hand_in(pid, name="现场.png", content=PICTURE)
    hand_in(pid, name="预算.pdf", content=large, limit=4 * 1024 * 1024)

    answer = taken(world.applicant, pid)

    files, folder = opened(answer)
    assert answer.status_code == 200
    assert unquote(answer.headers["Content-Disposition"]).endswith(f"{folder}.zip")
    assert list(files) == [
        "001 现场.png", "002 现场.png", "003 预算.pdf", "材料清单.csv", "办理记录.csv", "SHA256SUMS",
    ]  # fmt: skip
    assert files["003 预算.pdf"] == large
    sums = dict(reversed(line.split("  ")) for line in files["SHA256SUMS"].decode().splitlines())
    assert sums == {name: sha256(files[name]).hexdigest() for name in list(files)[:3]}
    assert [(line[0], line[3], line[4], line[-1]) for line in listed(files, "材料清单.csv")[1:]] == [
        (name, str(len(files[name])), sums[name], "是") for name in list(files)[:3]
    ]
    assert len(listed(files, "办理记录.csv")) == 1 + 1  # the head, and the opening of the case
    assert [(each.list, each.kind, each.rows, each.user_id) for each in rows(ListExport)] == [
        ("dossier", "zip", 3, world.applicant.user_id)
    ]


def test_a_paper_that_the_store_altered_or_lost_is_left_out_and_named(world, hand_in, taken, s3, store):
    pid = world.case()
    papers = [hand_in(pid, name=f"{name}.png", content=PICTURE) for name in "甲乙丙"]
    s3.put_object(Bucket=store.bucket, Key=papers[0].key, Body=PICTURE[:-1] + b"!")
    s3.delete_object(Bucket=store.bucket, Key=papers[2].key)

    files, _folder = opened(taken(world.applicant, pid))

    assert [name for name in files if name.endswith(".png")] == ["002 乙.png"]
    assert [(line[0], line[-1]) for line in listed(files, "材料清单.csv")[1:]] == [
        ("001 甲.png", "否"), ("002 乙.png", "是"), ("003 丙.png", "否"),
    ]  # fmt: skip
    assert files["SHA256SUMS"].decode().count("\n") == 1


def test_nobody_takes_what_he_or_she_may_not_read(world, hand_in, taken, assigned, rows):
    project, audit = assigned
    hand_in(audit, actor=world.auditor, kind="vouchers", name="底稿.png")

    answers = {
        name: taken(getattr(world, name), pid).status_code
        for name, pid in (("stranger", project), ("applicant", audit), ("other_auditor", audit), ("auditor", audit))
    }

    assert answers == {"stranger": 404, "applicant": 404, "other_auditor": 404, "auditor": 200}
    assert [each.user_id for each in rows(ListExport)] == [world.auditor.user_id]
    assert [paper.name for paper in rows(Paper)] == ["底稿.png"]


def test_a_store_that_is_away_is_said_before_anything_is_sent_or_written_down(
    world, hand_in, taken, app, settings, rows
):
    pid = world.case()
    hand_in(pid)
    tools = app.extensions["aidflow"]
    object.__setattr__(
        tools, "store", DocumentStore.from_settings(settings.model_copy(update={"s3_endpoint": "http://127.0.0.1:9"}))
    )
    try:
        answer = taken(world.applicant, pid)
    finally:
        object.__setattr__(tools, "store", DocumentStore.from_settings(settings))

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert rows(ListExport) == []
