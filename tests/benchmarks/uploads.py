"""Many large papers at once: every one stored, every one given back as it was, in bounded memory."""

import hashlib
import json
import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from time import perf_counter
from typing import Any

import pikepdf
import psutil

from tests import make
from tests.benchmarks._place import Served, ask, installed, milliseconds, served

NAME = "uploads"
CLIENTS = 8
MEGABYTE = 1024 * 1024
#: Each process may grow by what its threads hold in their hands, not by what passes through.
AIMS = {"growth_mb_of_a_process": 100}
BOUNDARY = "a-boundary-that-no-paper-holds"


def run(full: bool) -> dict[str, Any]:  # noqa: FBT001 -- as every benchmark is called
    """200 papers of 5 MB in full form, 16 of 1 MB in short form, from 8 clients."""
    count, size = (200, 5 * MEGABYTE) if full else (16, MEGABYTE)
    with installed() as place:
        with place.app.app_context():
            now = datetime.now(UTC)
            around = make.town_today(now)
            numbers = [make.draft(around, papers=False, now=now) for _ in range(CLIENTS)]
            bearer = make.bearer(around.owner, now)
        with served(place) as server, ThreadPoolExecutor(CLIENTS) as clients:
            # One small paper for each client, so that every worker has loaded what it needs.
            list(clients.map(lambda number: _uploads(server, number, 1, 1024, bearer), numbers))
            before = {process.pid: process.memory_info().rss for process in server.workers()}
            started = perf_counter()
            outcomes = list(clients.map(lambda n: _uploads(server, n, count // CLIENTS, size, bearer), numbers))
            seconds = perf_counter() - started
            peaks = {process.pid: _peak(process) for process in server.workers()}
            papers = [paper for stored, _times, _refused in outcomes for paper in stored]
            returned = sum(clients.map(lambda paper: _comes_back(server, *paper, bearer), papers))
    growth = {pid: round((peaks[pid] - rss) / MEGABYTE, 1) for pid, rss in before.items() if pid in peaks}
    refused = [answer for _stored, _times, answers in outcomes for answer in answers]
    most = max(growth.values(), default=0.0)
    return {
        "name": NAME,
        "seed": None,
        "ok": len(papers) == returned == count and before.keys() == peaks.keys(),
        "papers": count,
        "megabytes_each": size // MEGABYTE,
        "stored": len(papers),
        "given_back_equal": returned,
        "refused": refused[:3],
        "upload": milliseconds([each for _stored, times, _refused in outcomes for each in times]),
        "megabytes_per_second": round(count * size / MEGABYTE / seconds, 1),
        "memory_mb_before": {pid: round(rss / MEGABYTE, 1) for pid, rss in before.items()},
        "memory_mb_peak": {pid: round(peak / MEGABYTE, 1) for pid, peak in peaks.items()},
        "growth_mb": growth,
        "aims": AIMS,
        "of_aim": {"growth_mb_of_a_process": round(most / AIMS["growth_mb_of_a_process"], 2)},
    }


def _uploads(
    server: Served, number: str, count: int, size: int, bearer: dict[str, str]
) -> tuple[list[tuple[str, str]], list[float], list[str]]:
    """Upload so many papers one after the other: (id, SHA-256) of each, the seconds it took, and refusals."""
    connection = server.connect()
    stored, times, refused = [], [], []
    for _ in range(count):
        content = _pdf(size)
        body = _multipart(content)
        started = perf_counter()
        status, told = ask(
            connection, "POST", f"/api/v1/projects/{number}/papers", body,
            Content_Type=f"multipart/form-data; boundary={BOUNDARY}", **bearer,
        )  # fmt: skip
        times.append(perf_counter() - started)
        if status == 201:
            stored.append((json.loads(told)["id"], hashlib.sha256(content).hexdigest()))
        else:
            refused.append(f"{status} {told.decode()}")
    connection.close()
    return stored, times, refused


def _comes_back(server: Served, ident: str, sha256: str, bearer: dict[str, str]) -> bool:
    connection = server.connect()
    status, content = ask(connection, "GET", f"/api/v1/papers/{ident}", **bearer)
    connection.close()
    return status == 200 and hashlib.sha256(content).hexdigest() == sha256


def _pdf(size: int) -> bytes:
    """A PDF of at least this size that is like no other."""
    with pikepdf.new() as document, BytesIO() as file:
        page = document.add_blank_page(page_size=(100, 100))
        page.obj.Private = pikepdf.Stream(document, secrets.token_bytes(size))
        document.save(file, compress_streams=False)
        return file.getvalue()


def _multipart(content: bytes) -> bytes:
    lines = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="kind"\r\n\r\nother\r\n',
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="paper.pdf"\r\n',
        "Content-Type: application/pdf\r\n\r\n",
    )
    return "".join(lines).encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()


def _peak(process: psutil.Process) -> int:
    """The most resident memory that a process ever had, in bytes, as Linux counted it."""
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))
