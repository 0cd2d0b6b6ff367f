"""Papers over HTTP: upload, download, names, refusals, and absence that looks like absence."""

import os
import re
from io import BytesIO
from urllib.parse import unquote
from uuid import UUID, uuid4

import pytest

from app.documents.models import Paper
from app.documents.store import BLOCK, DocumentAltered, DocumentStore
from app.people.service.sessions import begin_session
from tests.app.documents.files import PICTURE, pdf


@pytest.fixture
def signed_in(app):
    """`signed_in(actor)`: a browser in which this person has signed in."""

    def browser(actor):
        client = app.test_client()
        with client.session_transaction() as cookie:
            cookie.update(_user_id=begin_session(actor.user_id))
        return client

    return browser


def read_into(given, blocks):
    for block in blocks:
        given += block


def token_in(page):
    return re.search(r'name="csrf_token" value="([^"]+)"', page.get_data(as_text=True))[1]


def post(client, pid, *files, kind="photos"):
    """Send the form as a browser does."""
    token = token_in(client.get(f"/cases/{pid}/papers"))
    data = {"csrf_token": token, "kind": kind, "file": [(BytesIO(content), name) for name, content in files]}
    return client.post(f"/cases/{pid}/papers", data=data, content_type="multipart/form-data")


def test_several_files_are_taken_at_once_and_listed(world, signed_in, rows):
    client, pid = signed_in(world.applicant), world.case()

    answer = post(client, pid, ("照片一.png", PICTURE), ("说明.pdf", pdf()))

    assert (answer.status_code, UUID(answer.location.split("/")[2])) == (303, pid)
    assert [(paper.name, paper.kind) for paper in rows(Paper)] == [("照片一.png", "photos"), ("说明.pdf", "photos")]
    page = client.get(f"/cases/{pid}/papers").get_data(as_text=True)
    assert [page.count(name) for name in ("照片一.png</a>", "说明.pdf</a>", "待提交")] == [1, 1, 2]


def test_of_several_files_the_bad_ones_are_named_and_the_good_ones_stay(world, signed_in, rows):
    client, pid = signed_in(world.applicant), world.case()

    answer = post(client, pid, ("好.png", PICTURE), ("坏.exe", b"MZ"), ("空.png", b""))

    page = answer.get_data(as_text=True)
    assert (answer.status_code, [paper.name for paper in rows(Paper)]) == (415, ["好.png"])
    assert ("坏.exe：不接受该类型的文件" in page, "空.png：文件是空的" in page) == (True, True)


def test_a_form_without_kind_or_file_says_so(world, signed_in, table_state):
    client, pid = signed_in(world.applicant), world.case()
    before = table_state()

    answer = post(client, pid, kind="")

    page = answer.get_data(as_text=True)
    assert (answer.status_code, "请选择材料种类" in page, "请选择至少一个文件" in page) == (422, True, True)
    assert table_state() == before


def test_a_form_without_its_token_changes_nothing(world, signed_in, table_state):
    client, pid = signed_in(world.applicant), world.case()
    before = table_state()

    answer = client.post(f"/cases/{pid}/papers", data={"kind": "photos", "file": (BytesIO(PICTURE), "a.png")})

    assert (answer.status_code, table_state()) == (400, before)


def test_a_request_over_the_limit_is_answered_with_413_and_changes_nothing(world, signed_in, table_state, settings):
    client, pid = signed_in(world.applicant), world.case()
    before = table_state()

    answer = client.post(
        f"/cases/{pid}/papers",
        data=bytes(settings.max_upload_bytes + 2 * 1024 * 1024),
        content_type="multipart/form-data; boundary=x",
    )

    assert (answer.status_code, table_state()) == (413, before)


NAMES = [
    ("沪“合作”办'一'.png", "沪“合作”办'一'.png"),
    ('引号".png', '引号".png'),
    ("行一\u202e行二.png", "行一行二.png"),
    ("a;b=c%20d.png", "a;b=c%20d.png"),
    ("../../秘密.png", "秘密.png"),
]


def test_a_paper_is_downloaded_under_its_own_name_and_never_shown_as_a_page(world, hand_in, signed_in):
    client, pid = signed_in(world.officer), world.case(stage="authenticity_review")
    papers = [hand_in(pid, kind="other", name=given, actor=world.accepting) for given, _ in NAMES]

    answers = [client.get(f"/papers/{paper.public_id}") for paper in papers]

    assert [answer.data for answer in answers] == [PICTURE] * len(NAMES)
    dispositions = [answer.headers["Content-Disposition"] for answer in answers]
    assert [unquote(one.partition("filename*=UTF-8''")[2]) for one in dispositions] == [kept for _, kept in NAMES]
    assert [one.partition(";")[0] for one in dispositions] == ["attachment"] * len(NAMES)
    assert all(one.isascii() and one.isprintable() for one in dispositions)
    headers = answers[0].headers
    assert (headers["X-Content-Type-Options"], headers["Content-Security-Policy"], headers["Content-Type"]) == (
        "nosniff",
        "sandbox; default-src 'none'",
        "image/png",
    )
    assert headers["Cache-Control"] == "private, no-store"


def test_a_line_break_in_a_name_reaches_no_header(world, hand_in, signed_in):
    paper = hand_in(world.case(), name="a\r\nSet-Cookie: x=1.png")

    answer = signed_in(world.applicant).get(f"/papers/{paper.public_id}")

    assert "Set-Cookie" not in [name for name, value in answer.headers if "x=1" in value]
    assert paper.name == "aSet-Cookie: x=1.png"


def test_somebody_elses_paper_answers_as_one_that_is_absent(world, hand_in, signed_in):
    client, pid = signed_in(world.stranger), world.case()
    paper = hand_in(pid)

    pairs = [
        [client.get(f"/papers/{which}") for which in (paper.public_id, uuid4())],
        [client.get(f"/papers/{which}/small") for which in (paper.public_id, uuid4())],
        [client.get(f"/cases/{which}/papers") for which in (pid, uuid4())],
    ]

    for theirs, absent in pairs:
        assert (theirs.status_code, absent.status_code) == (404, 404)
        assert without_nonce(theirs) == without_nonce(absent)


def without_nonce(answer):
    return re.sub(rb'(nonce|value)="[^"]+"', b"", answer.data)


def test_a_small_picture_is_remembered_for_nobody_who_may_not_read_the_paper(world, hand_in, signed_in):
    paper = hand_in(world.case())
    mine, other = signed_in(world.applicant), signed_in(world.stranger)

    seen = mine.get(f"/papers/{paper.public_id}/small")

    assert (seen.status_code, seen.content_type, seen.headers["Cache-Control"]) == (
        200, "image/jpeg", "private, no-store",
    )  # fmt: skip
    assert seen.headers["Content-Security-Policy"].startswith("sandbox")
    assert other.get(f"/papers/{paper.public_id}/small").status_code == 404


def test_a_stranger_is_asked_to_sign_in(world, hand_in, app):
    paper = hand_in(world.case())

    answer = app.test_client().get(f"/papers/{paper.public_id}")

    assert (answer.status_code, answer.location.partition("?")[0]) == (303, "/sign-in")


def test_an_altered_short_paper_is_refused_before_the_first_byte(world, hand_in, signed_in, s3, store):
    paper = hand_in(world.case())
    altered = bytearray(PICTURE)
    altered[-1] ^= 1
    s3.put_object(Bucket=store.bucket, Key=paper.key, Body=bytes(altered))

    answer = signed_in(world.applicant).get(f"/papers/{paper.public_id}")

    assert answer.status_code == 500
    assert bytes(altered) not in answer.data


def test_the_download_of_an_altered_long_paper_breaks_off_one_block_early(world, hand_in, signed_in, s3, store):
    content = pdf(lambda made: made.Root.__setitem__("/Big", made.make_stream(os.urandom(500_000))))
    paper = hand_in(world.case(), name="a.pdf", content=content)
    altered = bytearray(content)
    altered[1000] ^= 1
    s3.put_object(Bucket=store.bucket, Key=paper.key, Body=bytes(altered))
    answer = signed_in(world.applicant).get(f"/papers/{paper.public_id}", buffered=False)
    given = bytearray()

    with pytest.raises(DocumentAltered):
        read_into(given, answer.response)

    assert (answer.status_code, answer.content_length) == (200, len(content))
    assert 0 < len(given) <= len(content) - 1 - (len(content) - 1) % BLOCK


def test_a_store_that_is_away_answers_503_with_a_time_to_retry(world, hand_in, signed_in, app, settings, table_state):
    client, pid = signed_in(world.applicant), world.case()
    paper = hand_in(pid)
    before = table_state()
    tools = app.extensions["aidflow"]
    away = settings.model_copy(update={"s3_endpoint": "http://127.0.0.1:9"})
    object.__setattr__(tools, "store", DocumentStore.from_settings(away))

    try:
        down, up = client.get(f"/papers/{paper.public_id}"), post(client, pid, ("a.png", PICTURE))
    finally:
        object.__setattr__(tools, "store", DocumentStore.from_settings(settings))

    assert (down.status_code, down.headers["Retry-After"], up.status_code) == (503, "30", 503)
    assert up.headers["Retry-After"] == "30"
    assert table_state() == before


def test_a_paper_is_withdrawn_by_its_button(world, hand_in, signed_in, rows):
    client, pid = signed_in(world.applicant), world.case()
    paper = hand_in(pid)
    page = client.get(f"/cases/{pid}/papers")

    answer = client.post(f"/papers/{paper.public_id}/withdraw", data={"csrf_token": token_in(page)})

    assert (answer.status_code, UUID(answer.location.split("/")[2])) == (303, pid)
    assert [row.state for row in rows(Paper)] == ["withdrawn"]
    assert client.get(f"/papers/{paper.public_id}").status_code == 404


def test_a_page_is_shown_as_a_picture_to_whoever_reads_the_paper_and_to_nobody_else(world, hand_in, signed_in, app):
    paper = hand_in(world.case(), kind="budget", name="预算.pdf", content=pdf())
    address = f"/papers/{paper.public_id}/pages/1"

    answers = {who: signed_in(getattr(world, who)).get(address) for who in ("applicant", "stranger", "officer")}

    assert {who: answer.status_code for who, answer in answers.items()} == {
        "applicant": 200, "stranger": 404, "officer": 404,
    }  # fmt: skip
    headers = answers["applicant"].headers
    assert {name: headers[name] for name in ("Content-Type", "Content-Disposition", "Content-Security-Policy")} == {
        "Content-Type": "image/jpeg", "Content-Disposition": "inline",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }  # fmt: skip
    assert app.test_client().get(address).status_code == 303
