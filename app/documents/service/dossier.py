"""A dossier (卷宗): every paper of a case that its reader may read, in one archive that proves itself.

The archive is written while it is sent, paper after paper. Each is compared with its hash before it goes in: one
that the store lost or altered is left out and named in the list of papers, and the others still reach the reader.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO, RawIOBase
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from zipfile import ZipFile, ZipInfo

import structlog
from flask import Flask, current_app
from flask_babel import force_locale, get_locale

from app.casework.queries import EventRow
from app.documents.queries import DossierPaper
from app.documents.store import BLOCK, DocumentAltered, DocumentMissing, DocumentStore
from app.tables.definition import Column
from app.tables.files import written
from app.text import SHANGHAI, action_label, life_label, role_label, translated

log = structlog.get_logger()

#: Bytes of a paper that are held in memory while it is compared; a larger one waits on disk.
IN_MEMORY = 1024 * 1024
#: What a file name may not hold on one or another of the systems that people open archives with.
FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')
#: What `sha256sum -c` reads.
SUMS = "SHA256SUMS"

PAPERS = (
    Column("place", "文件"),
    Column("label", "种类", says=lambda row: translated(row.paper.label)),
    Column("case", "事项", says=lambda row: life_label(f"{row.paper.life}/1")),
    Column("size", "大小（字节）", "figure", says=lambda row: row.paper.stored.size),
    Column("sha256", "SHA-256", says=lambda row: row.paper.stored.sha256),
    Column("uploaded_by", "提交人", says=lambda row: row.paper.uploaded_by),
    Column("uploaded_at", "提交时间", "moment", says=lambda row: row.paper.uploaded_at),
    Column("complete", "与提交时一致"),
)
EVENTS = (
    Column("seq", "序号", "figure"),
    Column("at", "时间", "moment"),
    Column("life", "事项", says=lambda row: life_label(f"{row.life}/1")),
    Column("action", "办理", says=lambda row: action_label(row.action, f"{row.life}/1")),
    Column("role", "角色", says=lambda row: role_label(row.role)),
    Column("actor", "经办"),
    Column("hash", "事件哈希"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """A paper in the list of the archive; `complete` is False for one that is not what was stored, and not there."""

    place: str
    paper: DossierPaper
    complete: bool


class _Outlet(RawIOBase):
    """What was written and not yet sent; an archive writes into it as into a pipe."""

    def __init__(self) -> None:
        super().__init__()
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, block: Any) -> int:
        self._held += block
        return len(block)

    def take(self) -> bytes:
        """What is held, and is then held no more."""
        block = bytes(self._held)
        self._held.clear()
        return block


def dossier(
    heading: str, papers: Sequence[DossierPaper], events: Sequence[EventRow], *, store: DocumentStore, now: datetime
) -> Iterator[bytes]:
    """The archive in blocks: papers, then their list, the acts and the sums, in the language of the request.

    It may be read on when the request is over. `StoreAway` breaks it off.
    """
    application, locale = current_app._get_current_object(), get_locale()  # type: ignore[attr-defined]  # noqa: SLF001
    return _written(heading, papers, events, store, now, lambda: _speaking(application, str(locale)))


def safe_name(name: str) -> str:
    """A name that every system can keep: what one of them cannot is replaced."""
    return FORBIDDEN.sub("_", name).strip(" .") or "_"


@contextmanager
def _speaking(application: Flask, locale: str) -> Iterator[None]:
    with application.app_context(), force_locale(locale):
        yield


def _written(
    heading: str,
    papers: Sequence[DossierPaper],
    events: Sequence[EventRow],
    store: DocumentStore,
    now: datetime,
    speaking: Callable[[], AbstractContextManager[None]],
) -> Iterator[bytes]:
    outlet, folder, lines = _Outlet(), safe_name(heading), list[Line]()
    with ZipFile(outlet, "w") as archive:
        for number, paper in enumerate(papers, 1):
            place = f"{number:03d} {safe_name(paper.stored.name)}"
            with _compared(paper, store) as file:
                if file is not None:
                    yield from _put_in(archive, outlet, f"{folder}/{place}", file, paper.uploaded_at)
                lines.append(Line(place, paper, complete=file is not None))
        sums = "".join(f"{line.paper.stored.sha256}  {line.place}\n" for line in lines if line.complete)
        with speaking():
            lists = (
                (f"{translated('材料清单')}.csv", written(PAPERS, lines, "csv")[0]),
                (f"{translated('办理记录')}.csv", written(EVENTS, events, "csv")[0]),
                (SUMS, BytesIO(sums.encode())),
            )
        for name, file in lists:
            with file:
                yield from _put_in(archive, outlet, f"{folder}/{name}", file, now)
    yield outlet.take()


@contextmanager
def _compared(paper: DossierPaper, store: DocumentStore) -> Iterator[IO[bytes] | None]:
    """The whole paper at its beginning, or None where the store has another or none."""
    stored = paper.stored
    with SpooledTemporaryFile(IN_MEMORY) as file:
        try:
            for block in store.read(stored.key, sha256=stored.sha256, size=stored.size):
                file.write(block)
        except (DocumentAltered, DocumentMissing):
            log.exception("left out of a dossier", paper=str(stored.id), sha256=stored.sha256)
            yield None
        else:
            file.seek(0)
            yield file


def _put_in(archive: ZipFile, outlet: _Outlet, name: str, file: IO[bytes], at: datetime) -> Iterator[bytes]:
    info = ZipInfo(name, at.astimezone(SHANGHAI).timetuple()[:6])
    with archive.open(info, "w") as entry:
        while block := file.read(BLOCK):
            entry.write(block)
            yield outlet.take()
