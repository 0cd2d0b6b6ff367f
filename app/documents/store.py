"""Where papers lie: an S3-compatible store that is not trusted to keep what it was given.

Measured on servers in use: a wrong checksum header is accepted, `If-None-Match` is ignored, and
sub-resource calls can overwrite an object. Hence keys are random and never used twice, the upload
carries Content-MD5, every object is read back and compared with our own SHA-256 before anybody says
"stored", and no call is made here beyond put, get, delete and list.
"""

from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import md5, sha256
from io import BytesIO
from secrets import token_bytes, token_hex
from typing import TYPE_CHECKING, Any, BinaryIO, Self

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

if TYPE_CHECKING:
    from app.settings import Settings

BLOCK = 64 * 1024
#: Everything below this prefix belongs to papers; the sweep looks nowhere else.
FOLDER = "papers/"
ABSENT = {"NoSuchKey", "404", "NotFound"}
#: Seconds. Somebody waits for the page, so a store that does not answer is given up early.
CONNECT_TIMEOUT = 3
READ_TIMEOUT = 15
ATTEMPTS = 3


class StoreAway(Exception):
    """材料存储服务暂时不可用，请稍后再试。"""

    status = 503
    retry_after = 30

    def __str__(self) -> str:
        return self.__doc__ or ""


class DocumentMissing(LookupError):
    """存储中找不到这份材料。"""


class DocumentAltered(Exception):
    """存储中的材料与提交时不一致，已停止下载。"""


@dataclass(frozen=True, slots=True)
class Stored:
    """An object that was read back and is what was sent: size in bytes, SHA-256 in lower-case hex."""

    key: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class DocumentStore:
    """Papers by key. Safe to share between threads."""

    client: Any
    bucket: str

    @classmethod
    def from_settings(cls, settings: "Settings") -> Self:
        """The store that the settings name; nothing is contacted yet."""
        config = Config(
            connect_timeout=CONNECT_TIMEOUT,
            read_timeout=READ_TIMEOUT,
            retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
            max_pool_connections=32,
            proxies={},
            # Newer defaults send headers that other makes of S3 refuse.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            s3={"addressing_style": settings.s3_addressing_style},
        )
        client = boto3.session.Session().client(
            "s3",
            endpoint_url=settings.s3_endpoint or None,
            region_name=settings.s3_region,
            # Without a key pair no request could be signed; a placeholder keeps boto3 from searching
            # the machine for somebody else's credentials.
            aws_access_key_id=settings.s3_access_key or "unset",
            aws_secret_access_key=settings.s3_secret_key or "unset",
            config=config,
        )
        return cls(client, settings.s3_bucket)

    def put(self, file: BinaryIO, *, content_type: str) -> Stored:
        """Store a seekable file from its beginning and prove it by reading it back.

        `StoreAway` when the store does not take it, or gives back other bytes than it was given; then
        nothing is left behind as far as the store still answers.
        """
        ours, md5_sum, size = _digests(file)
        key = f"{FOLDER}{token_hex(1)}/{token_hex(16)}"
        with _answers():
            self.client.put_object(
                Bucket=self.bucket,
                Key=key,
                Body=file,
                ContentLength=size,
                ContentMD5=b64encode(md5_sum).decode(),
                ContentType=content_type,
            )
        try:
            for _ in self.read(key, sha256=ours, size=size):
                pass
        except (DocumentMissing, DocumentAltered, StoreAway) as unproved:
            self.discard(key)
            raise StoreAway from unproved
        return Stored(key, size, ours)

    def open(self, key: str) -> Any:
        """The object's body, to be read in pieces and closed. `DocumentMissing`, `StoreAway`."""
        with _answers():
            return self.client.get_object(Bucket=self.bucket, Key=key)["Body"]

    def read(self, key: str, *, sha256: str, size: int) -> Iterator[bytes]:
        """The object in blocks, of which the last is given only when the whole is what was stored.

        The first block is fetched at once, so that an absent object, a wrong length and any fault of a
        short file show before an answer is begun. A fault found later ends the iteration with
        `DocumentAltered`: the reader is one block short and never holds a complete wrong file.
        """
        blocks = _verified(self.open(key), sha256, size)
        first = next(blocks)
        return _again(first, blocks)

    def delete(self, key: str) -> None:
        """Remove an object; removing an absent one is no fault. `StoreAway`."""
        with _answers():
            self.client.delete_object(Bucket=self.bucket, Key=key)

    def discard(self, key: str) -> None:
        """Remove an object if the store lets us; otherwise the sweep finds it later."""
        try:
            self.delete(key)
        except StoreAway:
            return

    def keys(self, *, older_than: datetime) -> Iterator[str]:
        """Keys of papers written before a moment (aware), page by page. `StoreAway`."""
        with _answers():
            for page in self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=FOLDER):
                for item in page.get("Contents", ()):
                    if item["LastModified"] < older_than:
                        yield item["Key"]

    def probe(self) -> None:
        """Put, read back and remove a throw-away object. `StoreAway` when any of it fails."""
        stored = self.put(BytesIO(token_bytes(1024)), content_type="application/octet-stream")
        self.delete(stored.key)


@contextmanager
def _answers() -> Iterator[None]:
    """Turn the store's faults into ours: absent, or away. A refusal to us is away too."""
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] in ABSENT:
            raise DocumentMissing(str(error)) from error
        raise StoreAway from error
    except (BotoCoreError, HTTPClientError, OSError) as error:
        raise StoreAway from error


def _digests(file: BinaryIO) -> tuple[str, bytes, int]:
    ours, theirs, size = sha256(), md5(usedforsecurity=False), 0
    file.seek(0)
    while block := file.read(BLOCK):
        ours.update(block)
        theirs.update(block)
        size += len(block)
    file.seek(0)
    return ours.hexdigest(), theirs.digest(), size


def _verified(body: Any, expected: str, size: int) -> Iterator[bytes]:
    digest, seen, held = sha256(), 0, b""
    try:
        while True:
            with _answers():
                block = body.read(BLOCK)
            if not block:
                break
            digest.update(block)
            seen += len(block)
            if seen > size:
                raise DocumentAltered
            if held:
                yield held
            held = block
        if seen != size or digest.hexdigest() != expected:
            raise DocumentAltered
        yield held
    finally:
        body.close()


def _again(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
