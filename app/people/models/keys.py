"""Tables of what opens an account besides a password: passkeys, and accounts of an outside provider."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, Text, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Serial

#: How somebody signed in, with the words users read.
WAY_LABELS = {"password": "密码", "passkey": "通行密钥", "provider": "单位统一登录"}


class Passkey(Base):
    """A key that a device made for a person and for this site alone (WebAuthn); here is its public half.

    `counter` is how often the device says that it was used; devices that keep no count say 0. A count that
    does not go forward means that there are two of the key: from `doubted_at` on it opens nothing.
    `handle` is what the device calls the person. Source: W3C Web Authentication, level 3, 6.1.1 and 7.2.
    """

    __tablename__ = "passkey"
    __table_args__ = (
        CheckConstraint("btrim(name) <> ''", name="name_is_there"),
        CheckConstraint("counter >= 0", name="counter_is_a_count"),
    )

    id: Mapped[Serial]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    name: Mapped[str] = mapped_column(Text)
    credential: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    handle: Mapped[str] = mapped_column(Text)
    counter: Mapped[int]
    made_at: Mapped[datetime] = mapped_column(server_default=func.now())
    used_at: Mapped[datetime | None]
    doubted_at: Mapped[datetime | None]


class Challenge(Base):
    """A random word that one browser has to answer, once and soon; here is its SHA-256.

    It was put to a sign-in, or to a `visitor` who has none, known by the SHA-256 of a word in the cookie. Who
    answers takes the row away. The word of an outside provider stands here once it has come back, so that it
    does not come again.
    """

    __tablename__ = "challenge"
    __table_args__ = (
        CheckConstraint("hash ~ '^[0-9a-f]{64}$'", name="hash_is_sha256"),
        CheckConstraint("visitor ~ '^[0-9a-f]{64}$'", name="visitor_is_sha256"),
        CheckConstraint("purpose IN ('create', 'get', 'provider')", name="purpose_is_known"),
        CheckConstraint("num_nonnulls(sign_in_id, visitor) = 1", name="is_put_to_one_browser"),
    )

    hash: Mapped[str] = mapped_column(Text, primary_key=True)
    purpose: Mapped[str] = mapped_column(Text)
    sign_in_id: Mapped[int | None] = mapped_column(ForeignKey("sign_in.id"))
    visitor: Mapped[str | None] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)


class OutsideAccount(Base):
    """Whom an outside provider (OpenID Connect) means by a subject: one person here, and one subject for a person."""

    __tablename__ = "outside_account"
    __table_args__ = (
        UniqueConstraint("user_id", "issuer"),
        CheckConstraint("subject <> ''", name="subject_is_there"),
    )

    issuer: Mapped[str] = mapped_column(Text, primary_key=True)
    subject: Mapped[str] = mapped_column(Text, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    linked_at: Mapped[datetime] = mapped_column(server_default=func.now())
    used_at: Mapped[datetime] = mapped_column(server_default=func.now())
