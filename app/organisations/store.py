"""Bank account numbers: sealed in one table, and named everywhere else by a token that shows the last four digits."""

from flask import current_app
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.database import Missing
from app.organisations.models import SealedAccount
from app.registers.store import mark
from app.vault import ACCOUNTS, Vault

#: Digits that everybody may read who may see that there is an account.
ENDING = 4


def token_of(number: str) -> str:
    """The token of an account number: its mark and its last four digits. Alike for alike numbers."""
    return f"{mark('account', number)}:{number[-ENDING:]}"


def masked(token: str | None) -> str:
    """An account as lists and pages show it: ****1234; nothing where there is none."""
    return f"****{token[-ENDING:]}" if token else ""


def keep_account(session: Session, uscc: str, number: str) -> str:
    """Seal the account number of this organisation, once however often it is given; its token."""
    token = token_of(number)
    sealed = _vault().sealed(number.encode(), ACCOUNTS.place(uscc, token))
    session.execute(insert(SealedAccount).values(uscc=uscc, mark=token, sealed=sealed).on_conflict_do_nothing())
    return token


def account_number(session: Session, uscc: str, token: str) -> str:
    """The account number in full: for the agreement, the payment order and whoever asked to be shown it.

    `Missing` where this organisation never gave it; `WrongKey` where it was sealed in another place.
    """
    sealed = session.scalar(select(SealedAccount.sealed).where(SealedAccount.uscc == uscc, SealedAccount.mark == token))
    if sealed is None:
        raise Missing(f"account of {uscc}")
    return _vault().opened(sealed, ACCOUNTS.place(uscc, token)).decode()


def _vault() -> Vault:
    vault: Vault = current_app.extensions["aidflow"].vault
    return vault
