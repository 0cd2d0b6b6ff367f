"""Opening accounts: for root cases, once, and never otherwise."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.ledger.models import Account
from app.ledger.service import AccountMissing, AmountOutOfRange, OpenOtherwise, open_programme_year, open_project
from tests.app.ledger.books import Fund


def test_opening_again_changes_nothing_and_opening_otherwise_is_refused(
    fund: Fund, session: Session, table_state: Callable[[], dict[str, str]]
) -> None:
    project = fund.project(cap=400)
    before = table_state()

    open_programme_year(session, programme_year_id=fund.year)
    open_project(session, project_id=project, programme_year_id=fund.year, cap=400)
    session.commit()
    with pytest.raises(OpenOtherwise):
        open_project(session, project_id=project, programme_year_id=fund.year, cap=401)
    session.rollback()

    assert table_state() == before


def test_accounts_belong_to_root_cases_and_to_an_open_programme_year(fund: Fund, session: Session) -> None:
    root = fund.books.case("aid_project", "draft")
    child = fund.books.case("audit", "assigned", root=root)
    session.commit()

    for year in (child, 0):
        with pytest.raises(AccountMissing):
            open_programme_year(session, programme_year_id=year)
        session.rollback()
    for project, year in ((child, fund.year), (root, root)):
        with pytest.raises(AccountMissing):
            open_project(session, project_id=project, programme_year_id=year, cap=1)
        session.rollback()
    with pytest.raises(AmountOutOfRange):
        open_project(session, project_id=root, programme_year_id=fund.year, cap=-1)
    session.rollback()

    assert set(session.scalars(select(Account.programme_year_id))) == {fund.year}
