"""The fields of the acts on an agreement."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.casework.commands import Command

#: SHA-256 in lower-case hex.
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class FileText(Command):
    """The text of the agreement is there as a paper; only the system files it."""

    paper: UUID = Field(title="协议文本")


class SignAgreement(Command):
    """A signature over the very text that was read."""

    document_hash: Digest = Field(
        title="协议文本校验值（SHA-256）", description="所签署文件的校验值，与协议页面上显示的一致。"
    )
