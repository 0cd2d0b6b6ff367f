"""A real mail server, and the worker that speaks to it."""

import contextvars
import socket
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import psycopg
import pytest
from aiosmtpd.controller import Controller
from flask import Flask

from app.settings import Settings
from app.worker import work_off
from tests.pages.conftest import around, at_desk

__all__ = ["around", "at_desk"]


class PostOffice:
    """A mail server on this machine that can be shut, and told what to answer to the text of a letter.

    `answers` are taken one by one, then it accepts; `at_text` is called while a letter's sender waits.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.letters: list[EmailMessage] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.answers: list[str] = []
        self.recipient_answers: list[str] = []
        self.at_text: Callable[[], None] = lambda: None
        self._controller: Controller | None = None

    def open(self) -> None:
        """Take letters from now on."""
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def shut(self) -> None:
        """Answer nobody any more."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    async def handle_RCPT(  # noqa: N802 - aiosmtpd asks by this name.
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        """Say whether there is such a person."""
        if self.recipient_answers:
            return self.recipient_answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - as above.
        """Take a letter, or say why not."""
        self.at_text()
        if self.answers:
            return self.answers.pop(0)
        self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        self.envelopes.append((envelope.mail_from, list(envelope.rcpt_tos)))
        return f"250 2.0.0 taken as {len(self.letters)}"


@pytest.fixture(scope="session")
def mail_port() -> int:
    """Where the mail servers of this process listen, one after the other."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def post(mail_port: int) -> Iterator[PostOffice]:
    """An open mail server."""
    office = PostOffice(mail_port)
    office.open()
    yield office
    office.shut()


@pytest.fixture
def mailing(application_with: Callable[..., Flask], settings: Settings, post: PostOffice) -> Flask:
    """The application as the worker runs it, with this mail server."""
    mail = {"smtp_host": "127.0.0.1", "smtp_port": post.port, "mail_sender": "对口支援 <no-reply@aid.example>"}
    return application_with(settings.for_worker(), **mail)


@pytest.fixture
def work(mailing: Flask, superuser: psycopg.Connection) -> Callable[[], list[tuple[str, str]]]:
    """`work()`: run every job, those put off too, and what they leave behind; (task, state) of those that are left."""

    def run() -> list[tuple[str, str]]:
        superuser.execute("UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'")
        ready = "SELECT FROM procrastinate_jobs WHERE status = 'todo' AND scheduled_at IS NULL"
        while superuser.execute(ready).fetchone() is not None:
            contextvars.Context().run(work_off, mailing)
        left = "SELECT task_name, status::text FROM procrastinate_jobs ORDER BY id"
        return superuser.execute(left).fetchall()

    return run
