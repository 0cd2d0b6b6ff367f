"""How often one may try to sign in, or object without a name; counted in PostgreSQL for all workers together."""

import hashlib
import math
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Flask, Response, current_app, request
from flask_babel import lazy_gettext
from limits import RateLimitItem, parse
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import TooManyRequests

from app.database import db

#: Wrong attempts. A name locked out says the same whether it exists or not.
PER_NAME, PER_ADDRESS = parse("10 per 15 minutes"), parse("50 per 15 minutes")
#: Objections that carry no account, well formed ones only. An office behind one address still has room.
OBJECTIONS = parse("10 per hour")
#: Codes and passwords that somebody who gave a right password, or is signed in, may give.
CODES = parse("10 per 15 minutes")
#: Letters with a link that are asked for by one name, and from one address.
LETTERS, LETTERS_FROM = parse("5 per hour"), parse("30 per hour")
#: Challenges that are put to one address; an office where everybody has a passkey has room.
CHALLENGES = parse("300 per 15 minutes")
OBJECTED_TOO_OFTEN = lazy_gettext("来自您所用网络地址的异议过于频繁，请稍后再提交。")
TOO_OFTEN = lazy_gettext("尝试次数过多，请 15 分钟后再试。")
#: A limit, what it counts, and whom an attempt counts for.
Key = tuple[RateLimitItem, str, Callable[[], str]]


COUNT = """
INSERT INTO rate_limit AS r (key, amount, expires_at)
VALUES (:key, :amount, clock_timestamp() + :expiry * interval '1 second')
ON CONFLICT (key) DO UPDATE SET
    amount = CASE WHEN r.expires_at > clock_timestamp() THEN r.amount ELSE 0 END + excluded.amount,
    expires_at = CASE WHEN r.expires_at > clock_timestamp() THEN r.expires_at ELSE excluded.expires_at END
RETURNING amount, xmax = 0
"""
#: Every row that is added takes a few void ones away, so that the table stays as small as what it counts.
SWEEP = """
DELETE FROM rate_limit WHERE key IN (
    SELECT key FROM rate_limit WHERE expires_at <= clock_timestamp() ORDER BY expires_at LIMIT 3
    FOR UPDATE SKIP LOCKED
)
"""
#: What was counted and turned out to be no wrong attempt; a count of nothing is no row.
GIVE_BACK = "UPDATE rate_limit SET amount = amount - 1 WHERE key = :key AND expires_at > clock_timestamp()"
NOTHING_COUNTED = "DELETE FROM rate_limit WHERE key = :key AND amount <= 0"


class PostgresCounts(Storage):
    """Counts in the table `rate_limit`, each written at once by a connection of its own.

    A count must stand even where the request that it belongs to is rolled back.
    """

    STORAGE_SCHEME = ["aidflow"]  # noqa: RUF012 -- as the library reads it

    @property
    def base_exceptions(self) -> type[Exception]:
        """What goes wrong when the database is away."""
        return SQLAlchemyError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count `amount` more in the window of `expiry` seconds, or begin a new window."""
        with db.engine.begin() as connection:
            counted, begun = connection.execute(
                text(COUNT), {"key": _digest(key), "amount": amount, "expiry": expiry}
            ).one()
            if begun:
                connection.execute(text(SWEEP))
        return int(counted)

    def get(self, key: str) -> int:
        """The count of the present window."""
        return int(self._value("amount", key) or 0)

    def get_expiry(self, key: str) -> float:
        """When the window ends, in seconds since 1970; now when there is none."""
        return float(self._value("extract(epoch FROM expires_at)", key) or time.time())

    def check(self) -> bool:
        """Whether the table can be read."""
        return self._value("amount", "") is None

    def reset(self) -> int:
        """Forget every count; how many there were."""
        with db.engine.begin() as connection:
            return connection.execute(text("DELETE FROM rate_limit")).rowcount

    def give_back(self, key: str) -> None:
        """Count one less in the present window."""
        with db.engine.begin() as connection:
            for statement in (GIVE_BACK, NOTHING_COUNTED):
                connection.execute(text(statement), {"key": _digest(key)})

    def clear(self, key: str) -> None:
        """Forget one count."""
        with db.engine.begin() as connection:
            connection.execute(text("DELETE FROM rate_limit WHERE key = :key"), {"key": _digest(key)})

    def _value(self, column: str, key: str) -> Any:
        found = text(f"SELECT {column} FROM rate_limit WHERE key = :key AND expires_at > clock_timestamp()")  # noqa: S608
        with db.engine.connect() as connection:
            return connection.scalar(found, {"key": _digest(key)})


def init_app(app: Flask) -> None:
    """Limit wrong sign-ins by name and by address. The ways to sign in were added before."""
    by_address, by_name = (PER_ADDRESS, "sign-in-address", _address), (PER_NAME, "sign-in-name", _name)
    for endpoint, method, keys in (
        ("security.login", "POST", (by_address, by_name)),
        ("security.use_passkey", "POST", (by_address,)),
        ("security.come_back", "GET", (by_address,)),
    ):
        app.view_functions[endpoint] = _counting(app.view_functions[endpoint], method, keys)


def _counting(view: Callable[..., Any], method: str, keys: tuple[Key, ...]) -> Callable[..., Response]:
    """Count an attempt before it is looked at, so that many at once are bounded too; a right one is given back."""

    @wraps(view)
    def counted(**values: Any) -> Response:
        taken = _take(keys) if request.method == method else []
        response = current_app.make_response(view(**values))
        # A right sign-in is answered with a redirect; whatever else is shown was an attempt, unless a service is away.
        if response.status_code in {302, 303, 503}:
            _give_back(taken)
        return response

    return counted


def _take(keys: tuple[Key, ...]) -> list[str]:
    """Count one sign-in by each key; what was counted. A name that is locked leaves its address alone."""
    taken: list[str] = []
    for limit, scope, key_of in keys:
        key = key_of()
        try:
            _count(limit, scope, key, TOO_OFTEN)
        except TooManyRequests:
            _give_back(taken)
            raise
        taken.append(limit.key_for(scope, key))
    return taken


def _give_back(taken: list[str]) -> None:
    for key in taken:
        PostgresCounts().give_back(key)


def count_objection() -> None:
    """Count an objection about to be made from this address; 429 with Retry-After when it is one too many."""
    _count(OBJECTIONS, "objection", _address(), OBJECTED_TOO_OFTEN)


def count_code(user_id: int) -> None:
    """Count a code before it is looked at, so that many at once are bounded too; 429 when it is one too many."""
    _count(CODES, "code", str(user_id), TOO_OFTEN)


def give_code_back(user_id: int) -> None:
    """Count one less: what was typed was not wrong."""
    _give_back([CODES.key_for("code", str(user_id))])


def count_challenge() -> None:
    """Count a challenge about to be put to this address; 429 when it is one too many."""
    _count(CHALLENGES, "challenge", _address(), TOO_OFTEN)


def count_letter(name: str) -> None:
    """Count a letter asked for by this name, whether anybody has it or not; 429 when it is one too many."""
    _count(LETTERS_FROM, "letter-address", _address(), TOO_OFTEN)
    _count(LETTERS, "letter-name", name.strip().lower(), TOO_OFTEN)


def _count(limit: RateLimitItem, scope: str, key: str, said: Any) -> None:
    counts = FixedWindowRateLimiter(PostgresCounts())
    if not counts.hit(limit, scope, key):
        ends = counts.get_window_stats(limit, scope, key).reset_time
        raise TooManyRequests(str(said), retry_after=max(1, math.ceil(ends - time.time())))


def _name() -> str:
    return request.form.get("email", "").strip().lower()


def _address() -> str:
    return request.remote_addr or ""


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
