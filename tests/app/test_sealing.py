"""What the database must not read: sealed at rest, opened by the right key only, and sealed anew with another."""

import hashlib
import hmac
from dataclasses import replace

import psycopg
import pytest
from psycopg.types.json import Jsonb

from app.agreements.effects import digest, in_full
from app.boot import require_sound
from app.database import db
from app.organisations.store import account_number, token_of
from app.payments.queries import orders_of
from app.registers.store import forget_marks
from app.reviews.permissions import mark_of
from app.sealing import KeyMissing, by_key, give_up, rotate, seal_standing
from app.vault import ACCOUNTS, SECOND_FACTORS, Vault, WrongKey
from tests import make
from tests.later import brought_to
from tests.make import NOW, WATER, act, children, town

NUMBER = "6222000011112222"
#: Constraints of sealed numbers as they stand after the migration over a database that has rows.
TOKEN = "CHECK ({} ~ '^[0-9a-f]{{64}}:[0-9]{{4}}$')"
CONSTRAINTS = (
    ("organisation", "fk_organisation_account",
     "FOREIGN KEY (uscc, account_mark) REFERENCES sealed_account (uscc, mark)"),
    ("organisation", "ck_organisation_account_is_sealed", TOKEN.format("account_mark")),
    ("payment_order", "ck_payment_order_payee_is_sealed", TOKEN.format("payee_mark")),
)  # fmt: skip
CLEAR = ("UPDATE organisation SET account_mark = %s", "UPDATE payment_order SET payee_mark = %s")
GUARDS = "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal"
OLD, NEW = "the first key of this installation ok", "another key is put before the first one"


def everything(connection: psycopg.Connection) -> str:
    """All rows of all tables as text."""
    tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    return "\n".join(str(connection.execute(f'SELECT t::text FROM "{name}" t').fetchall()) for (name,) in tables)  # type: ignore[arg-type]


def test_no_account_number_stands_in_the_database_whatever_was_done_with_it(app, superuser):
    around = town()
    number = brought_to(around, "disbursement", now=NOW)
    (order,) = children(number, "payment_order")
    act(order, "prepare", around.maker, now=NOW)

    assert NUMBER not in everything(superuser)
    assert account_number(db.session(), WATER, token_of(NUMBER)) == NUMBER


def test_a_sealed_number_opens_in_its_own_row_and_nowhere_else(app, superuser):
    make.organisation()
    make.organisation(make.LIGHT, "上海光明社会服务中心")
    vault = app.extensions["aidflow"].vault

    (sealed,) = superuser.execute("SELECT sealed FROM sealed_account WHERE uscc = %s", (WATER,)).fetchone()

    assert vault.opened(sealed, ACCOUNTS.place(WATER, token_of(NUMBER))) == NUMBER.encode()
    for elsewhere in (ACCOUNTS.place(make.LIGHT, token_of(NUMBER)), SECOND_FACTORS.place(1), ""):
        with pytest.raises(WrongKey):
            vault.opened(sealed, elsewhere)
    superuser.execute("UPDATE sealed_account SET sealed = %s WHERE uscc = %s", (sealed, make.LIGHT))
    with pytest.raises(WrongKey):
        account_number(db.session(), make.LIGHT, token_of(NUMBER))


def test_alike_numbers_are_alike_and_other_keys_of_marks_make_others(app, superuser):
    make.organisation()
    ours = (token_of(NUMBER), mark_of("account", "6222 0000 1111 2222"), mark_of("phone", "021-1"))
    superuser.execute("DELETE FROM mark_key")
    forget_marks()

    assert ours[0] == f"{ours[1]}:2222"
    assert token_of(NUMBER) != ours[0]


def test_everything_is_sealed_anew_and_the_old_key_can_be_dropped(app, settings, superuser):
    make.organisation()
    browser_key = settings.encryption_keys[0]
    before, marks = token_of(NUMBER), superuser.execute("SELECT mark FROM sealed_account").fetchall()
    both = Vault((NEW, browser_key))
    told: list[tuple[str, int]] = []

    done = rotate(settings.database_url, both, lambda table, count: told.append((table, count)))
    again = rotate(settings.database_url, both, lambda *_: None)

    assert done == {"mark_key": (1, 0), "sealed_account": (1, 0), "second_factor": (0, 0)}
    assert told == [("mark_key", 1), ("sealed_account", 1)]
    assert again == {"mark_key": (0, 0), "sealed_account": (0, 0), "second_factor": (0, 0)}
    assert by_key(superuser) == {Vault((NEW,)).keys[0]: 2}
    require_sound(settings.model_copy(update={"encryption_key": NEW}))
    require_sound(settings.for_worker().model_copy(update={"encryption_key": NEW}))
    for role in (settings, settings.for_worker()):
        with pytest.raises(KeyMissing, match=Vault((NEW,)).keys[0]):
            require_sound(role)
    # What is compared stays comparable, and the number opens with the new key alone.
    app.extensions["aidflow"] = replace(app.extensions["aidflow"], vault=Vault((NEW,)))
    forget_marks()
    try:
        assert token_of(NUMBER) == before
        assert superuser.execute("SELECT mark FROM sealed_account").fetchall() == marks
        assert account_number(db.session(), WATER, before) == NUMBER
    finally:
        app.extensions["aidflow"] = replace(app.extensions["aidflow"], vault=Vault(settings.encryption_keys))


def test_a_change_of_keys_that_was_killed_goes_on_where_it_stopped(app, settings, superuser):
    class Killed(Exception):
        pass

    old, both = Vault((OLD,)), Vault((NEW, OLD))
    for number in range(450):
        token = hashlib.sha256(str(number).encode()).hexdigest() + ":2222"
        sealed = old.sealed(str(number).encode(), ACCOUNTS.place(WATER, token))
        superuser.execute("INSERT INTO sealed_account VALUES (%s, %s, %s)", (WATER, token, sealed))

    def killed(_table: str, count: int) -> None:
        if count == 400:
            raise Killed

    with pytest.raises(Killed):
        rotate(settings.database_url, both, killed)
    halfway = by_key(superuser)
    done = rotate(settings.database_url, both, lambda *_: None)

    # The batch in hand when it was killed was taken back whole.
    assert halfway == {both.keys[0]: 200, both.keys[1]: 250}
    assert done["sealed_account"] == (250, 0)
    for uscc, token, sealed in superuser.execute("SELECT uscc, mark, sealed FROM sealed_account"):
        said = Vault((NEW,)).opened(sealed, ACCOUNTS.place(uscc, token)).decode()
        assert hashlib.sha256(said.encode()).hexdigest() == token[:64]


def test_what_no_key_opens_is_counted_and_given_up_so_that_it_can_be_entered_anew(app, settings, superuser):
    make.organisation()
    person = make.person("expert").user_id
    secret = Vault((OLD,)).sealed(b"secret", SECOND_FACTORS.place(person))
    superuser.execute("INSERT INTO second_factor (user_id, secret) VALUES (%s, %s)", (person, secret))
    lost = settings.model_copy(update={"encryption_key": NEW})

    done = rotate(settings.database_url, Vault((NEW,)), lambda *_: None)
    with pytest.raises(KeyMissing):
        require_sound(lost)
    gone = give_up(settings.owner_database_url, Vault((NEW,)))

    assert done == {"mark_key": (0, 1), "sealed_account": (0, 1), "second_factor": (0, 1)}
    assert gone == {"second_factor": 1, "sealed_account": 1, "contact_mark": 0, "mark_key": 1}
    assert superuser.execute("SELECT account_mark, bank_name FROM organisation").fetchall() == [(None, None)]
    require_sound(lost)


def test_numbers_that_stand_in_clear_are_sealed_and_what_was_approved_stays_approved(app, settings, superuser):
    around = town()
    number = brought_to(around, "disbursement", now=NOW)
    (order,) = children(number, "payment_order")
    act(order, "prepare", around.maker, now=NOW)
    hashed = as_before(superuser)
    marked_with_the_secret(superuser, around.experts[0].user_id, settings.secret_key)
    with pytest.raises(KeyMissing, match="aidflow migrate"):
        require_sound(settings)

    done = seal_standing(settings)
    again = seal_standing(settings)

    forget_marks()
    require_sound(settings)
    assert (done, again) == ({"organisation": 1, "payment_order": 1, "agreement": 1}, {})
    assert NUMBER not in everything(superuser)
    (page,) = orders_of(db.session(), superuser.execute("SELECT project_id FROM payment_order").fetchone()[0])
    assert (page.payee_mark, page.content_hash) == (token_of(NUMBER), hashed)
    data, data_hash = superuser.execute("SELECT data, data_hash FROM agreement").fetchone()
    assert data["account"]["number"] == "****2222"
    assert digest(in_full(db.session(), data)) == data_hash
    # The marks made with the secret key of old are still compared with.
    assert superuser.execute("SELECT mark FROM contact_mark").fetchone()[0] == mark_of("phone", "021-55550000")
    # Every guard is back, and the constraints hold for everything.
    off = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'D'"
    unchecked = "SELECT conname FROM pg_constraint WHERE NOT convalidated"
    assert superuser.execute(f"{off} UNION ALL {unchecked}").fetchall() == []
    act(order, "approve_payment", around.checker, now=NOW, content_hash=hashed)


def as_before(superuser: psycopg.Connection) -> str:
    """Put the numbers back in clear, as a database of an earlier version has them; the hash of the order."""
    hashed = hashlib.sha256(
        "|".join(
            str(each)
            for each in superuser.execute(
                "SELECT 'payment_order/1', number, settlement_id, amount, payee_name, payee_bank, payee_branch, %s"
                " FROM payment_order", (NUMBER,),
            ).fetchone()
        ).encode()
    ).hexdigest()  # fmt: skip
    for table in ("payment_order", "agreement"):
        superuser.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    for table, name, _said in CONSTRAINTS:
        superuser.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    for change in CLEAR:
        superuser.execute(change, (NUMBER,))
    superuser.execute("UPDATE payment_order SET content_hash = %s", (hashed,))
    for table, name, said in CONSTRAINTS:
        superuser.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {said} NOT VALID")
    superuser.execute("UPDATE agreement SET data = jsonb_set(data, '{account}', (data->'account') - 'mark' || %s)",
                      (Jsonb({"number": NUMBER}),))  # fmt: skip
    for table in ("payment_order", "agreement"):
        for (name,) in superuser.execute(GUARDS, (table,)).fetchall():
            superuser.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
    superuser.execute("DELETE FROM sealed_account")
    superuser.execute("DELETE FROM mark_key")
    return hashed


def marked_with_the_secret(superuser: psycopg.Connection, user_id: int, secret: str) -> None:
    """A mark of a telephone as it was made before there was a key of the marks."""
    mark = hmac.new(secret.encode(), b"phone:2155550000", hashlib.sha256).hexdigest()
    superuser.execute(
        "INSERT INTO contact_mark (user_id, kind, mark, changed_at, changed_by_id) VALUES (%s, 'phone', %s, now(), %s)",
        (user_id, mark, user_id),
    )
