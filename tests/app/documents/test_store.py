"""The store: away means 503 and nothing written, altered means refused, and memory stays bounded."""

import hashlib
import os
import signal
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest

from app.documents.models import Paper
from app.documents.service import receive_paper
from app.documents.store import BLOCK, DocumentAltered, DocumentMissing, DocumentStore, StoreAway
from app.embedded_s3 import ObjectStore
from tests.app.documents.conftest import NOW
from tests.app.documents.files import PICTURE

SIZES = (1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK, 5 * BLOCK + 7)


@pytest.fixture
def mortal(settings, tmp_path):
    """A store of its own that a test may kill: (store, server)."""
    state = {"s3_access_key": settings.s3_access_key, "s3_secret_key": settings.s3_secret_key}
    server = ObjectStore(tmp_path, state, buckets=("mortal",))
    server.start()
    there = settings.model_copy(update={"s3_endpoint": f"http://127.0.0.1:{state['s3_port']}", "s3_bucket": "mortal"})
    yield DocumentStore.from_settings(there), server
    server.stop()


class Tripwire(BytesIO):
    """A file that does something in the middle of its third reading: two are for the hash and the signature."""

    def __init__(self, content, *, then):
        super().__init__(content)
        self._readings, self._then = 0, then

    @property
    def tripped(self):
        return self._then is None

    def read(self, size=-1):
        self._readings += self.tell() == 0
        if self._then and self._readings == 3 and self.tell() > len(self.getbuffer()) // 2:
            then, self._then = self._then, None
            then()
        return super().read(size)


def read_into(given, blocks):
    for block in blocks:
        given += block


def kept(store, stored):
    return b"".join(store.read(stored.key, sha256=stored.sha256, size=stored.size))


@pytest.mark.parametrize("size", SIZES)
def test_what_was_put_is_read_again(store, size):
    content = os.urandom(size)

    stored = store.put(BytesIO(content), content_type="application/pdf")

    assert (stored.size, stored.sha256) == (size, hashlib.sha256(content).hexdigest())
    assert kept(store, stored) == content


def test_a_deleted_object_is_missing_and_deleting_it_again_is_no_fault(store):
    stored = store.put(BytesIO(b"x"), content_type="application/pdf")

    store.delete(stored.key)
    store.delete(stored.key)

    with pytest.raises(DocumentMissing):
        store.open(stored.key)


@pytest.mark.parametrize("size", SIZES)
def test_one_flipped_byte_anywhere_is_noticed_and_never_given_out_whole(store, s3, size):
    content = os.urandom(size)
    stored = store.put(BytesIO(content), content_type="application/pdf")

    for place in {0, size // 2, size - 1}:
        altered = bytearray(content)
        altered[place] ^= 1
        s3.put_object(Bucket=store.bucket, Key=stored.key, Body=bytes(altered))
        given = bytearray()
        with pytest.raises(DocumentAltered):
            read_into(given, store.read(stored.key, sha256=stored.sha256, size=stored.size))
        assert len(given) <= max(0, size - 1) // BLOCK * BLOCK


def test_a_shorter_a_longer_and_a_short_altered_object_are_refused_before_the_first_byte(store, s3):
    stored = store.put(BytesIO(b"abcdef"), content_type="application/pdf")

    for content in (b"abcde", b"abcdefg", b"abcdeX", b""):
        s3.put_object(Bucket=store.bucket, Key=stored.key, Body=content)
        with pytest.raises(DocumentAltered):
            store.read(stored.key, sha256=stored.sha256, size=stored.size)


def test_a_probe_leaves_nothing_behind(store, s3):
    store.probe()

    assert "Contents" not in s3.list_objects_v2(Bucket=store.bucket)


def test_a_store_that_is_away_says_so(settings):
    nobody = DocumentStore.from_settings(settings.model_copy(update={"s3_endpoint": "http://127.0.0.1:9"}))

    asks = nobody.probe, lambda: nobody.open("x"), lambda: nobody.delete("x"), lambda: list(nobody.keys(older_than=NOW))
    for ask in asks:
        with pytest.raises(StoreAway):
            ask()


def test_a_bucket_that_is_not_there_is_a_store_that_is_away(settings):
    wrong = DocumentStore.from_settings(settings.model_copy(update={"s3_bucket": "no-such-bucket"}))

    with pytest.raises(StoreAway):
        wrong.probe()


def test_a_store_killed_before_the_upload_leaves_no_row(world, mortal, table_state):
    store, server = mortal
    pid = world.case()
    before = table_state()
    os.kill(server.pid(), signal.SIGKILL)

    with pytest.raises(StoreAway):
        receive_paper(
            pid,
            kind="photos",
            name="a.png",
            stream=BytesIO(PICTURE),
            actor=world.applicant,
            now=NOW,
            store=store,
            limit=10**6,
        )

    assert table_state() == before


def test_a_store_killed_while_it_receives_leaves_no_row_and_is_used_again_when_it_is_back(world, mortal, rows):
    store, server = mortal
    pid = world.case()
    file = Tripwire(os.urandom(5_000_000), then=lambda: os.kill(server.pid(), signal.SIGKILL))

    with pytest.raises(StoreAway):
        store.put(file, content_type="image/png")
    assert (file.tripped, rows(Paper)) == (True, [])

    server.start()
    paper = receive_paper(
        pid,
        kind="photos",
        name="a.png",
        stream=BytesIO(PICTURE),
        actor=world.applicant,
        now=NOW,
        store=store,
        limit=10**6,
    )
    assert [row.id for row in rows(Paper)] == [paper.id]


def test_a_store_killed_while_it_gives_out_breaks_the_download(mortal):
    store, server = mortal
    content = os.urandom(20_000_000)
    stored = store.put(BytesIO(content), content_type="application/pdf")
    blocks = store.read(stored.key, sha256=stored.sha256, size=stored.size)
    given = bytearray(next(blocks))

    os.kill(server.pid(), signal.SIGKILL)

    with pytest.raises(StoreAway):
        read_into(given, blocks)
    assert len(given) < len(content)


def test_eight_uploads_at_once_and_one_of_fifty_megabytes_stay_small_in_memory(store):
    small = [Endless(5 * 1024 * 1024, seed) for seed in range(8)]
    store.probe()
    tracemalloc.start()

    with ThreadPoolExecutor(8) as pool:
        stored = list(pool.map(lambda file: store.put(file, content_type="application/pdf"), small))
    stored.append(store.put(Endless(50 * 1024 * 1024, 9), content_type="application/pdf"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert [one.size for one in stored] == [5 * 1024 * 1024] * 8 + [50 * 1024 * 1024]
    assert peak < 16 * 1024 * 1024


class Endless:
    """A seekable file of so many bytes that holds none of them."""

    def __init__(self, size, seed):
        self._size, self._at, self._block = size, 0, hashlib.sha256(str(seed).encode()).digest() * 2048

    def read(self, size=-1):
        size = self._size - self._at if size < 0 else min(size, self._size - self._at)
        start = self._at % len(self._block)
        found = self._block[start : start + size]
        self._at += len(found)
        return found

    def seek(self, to, whence=0):
        self._at = to + {0: 0, 1: self._at, 2: self._size}[whence]
        return self._at

    def tell(self):
        return self._at
