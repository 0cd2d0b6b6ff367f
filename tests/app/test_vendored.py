"""Code of others is served as it was taken in, and files keep in browsers for as long as they do not change."""

import gzip
import hashlib
import re
from pathlib import Path

STATIC = Path(__file__).parent.parent.parent / "app" / "static"
VENDOR = STATIC / "vendor"


def fetch(client, path, **headers):
    """The answer, read to its end, so that no file stays open behind it."""
    return client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()}, buffered=True)


def test_every_vendored_file_has_the_checksum_that_is_written_down():
    stated = dict(re.findall(r"^\| `([^`]+)` .*`([0-9a-f]{64})` \|$", (VENDOR / "README.md").read_text(), re.MULTILINE))
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in VENDOR.glob("*.js")}

    assert found == stated


def test_an_address_of_a_file_names_its_bytes_and_keeps_for_a_year(app, client):
    with app.test_request_context():
        path = app.url_for("static", filename="aidflow.css")
    digest = hashlib.sha256((STATIC / "aidflow.css").read_bytes()).hexdigest()

    assert path == f"/static/aidflow.css?v={digest[:12]}"
    assert fetch(client, path).headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_under_another_version_or_none_a_file_is_asked_for_anew(client):
    for path in ("/static/aidflow.css", "/static/aidflow.css?v=000000000000"):
        assert fetch(client, path).headers["Cache-Control"] == "no-cache"


def test_a_file_is_sent_compressed_to_whoever_can_read_that_and_known_again(client):
    plain = fetch(client, "/static/aidflow.css")
    small = fetch(client, "/static/aidflow.css", Accept_Encoding="gzip")
    again = fetch(client, "/static/aidflow.css", Accept_Encoding="gzip", If_None_Match=small.headers["ETag"])

    assert gzip.decompress(small.data) == plain.data
    assert small.headers["Content-Length"] == str(len(small.data))
    assert "Accept-Encoding" in small.headers["Vary"]
    assert (again.status_code, again.data) == (304, b"")


def test_pages_are_never_compressed(client):
    page = fetch(client, "/sign-in", Accept_Encoding="gzip")

    assert page.status_code == 200
    assert "Content-Encoding" not in page.headers
