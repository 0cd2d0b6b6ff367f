"""SQL in the role of the web application, against payment orders."""

from tests.later import pay, refused

#: The token of an account that the organisation never gave, as SQL.
ELSEWHERE = "repeat('9', 64) || ':9999'"


def test_sql_of_the_web_role_cannot_forge_a_payment(due, settings, table_state):
    around, number, now = due
    pay(around, number, now=now, until="approved")
    web = settings.database_url
    before = table_state()

    paid = "UPDATE payment_order SET state = 'paid', bank_reference = 'ICBC-9', paid_on = '2026-03-04'"
    attacks = {
        "paid by word": refused(web, f"{paid}, sent_at = now()"),
        "paid without a reference": refused(web, "UPDATE payment_order SET state = 'paid', sent_at = now()"),
        "a reference without paying": refused(web, "UPDATE payment_order SET bank_reference = 'ICBC-9'"),
        "paid with the stage": refused(
            web, f"{paid}, sent_at = now()", "UPDATE \"case\" SET stage = 'paid' WHERE life = 'payment_order'"
        ),
        "another account": refused(web, f"UPDATE payment_order SET payee_mark = {ELSEWHERE}"),
        "another payee": refused(web, "UPDATE payment_order SET payee_name = '他人'"),
        "another payee, approved anew": refused(
            web,
            f"UPDATE payment_order SET payee_mark = {ELSEWHERE},"
            " approved_content = sha256_hex('payment_order/1|' || concat_ws('|', number, settlement_id, amount,"
            f" payee_name, payee_bank, payee_branch, {ELSEWHERE}))",
        ),
        "the register too": refused(
            web,
            f"INSERT INTO sealed_account (uscc, mark, sealed) SELECT uscc, {ELSEWHERE}, 'x' FROM organisation",
            f"UPDATE organisation SET account_mark = {ELSEWHERE}",
            f"UPDATE payment_order SET payee_mark = {ELSEWHERE}",
        ),
        "an account nobody gave": refused(web, f"UPDATE organisation SET account_mark = {ELSEWHERE}"),
        "another amount": refused(web, "UPDATE payment_order SET amount = amount + 1"),
        "one person": refused(web, "UPDATE payment_order SET approved_by_id = prepared_by_id"),
        "no approval": refused(
            web, "UPDATE payment_order SET approved_by_id = NULL, approved_at = NULL, approved_content = NULL"
        ),
        "another attempt": refused(web, "UPDATE payment_order SET attempt_id = NULL"),
        "a second order": refused(
            web,
            "INSERT INTO payment_order (case_id, project_id, number, state, settlement_id, tranche, amount)"
            " SELECT c.id, o.project_id, 'X', 'drafting', o.settlement_id, 2, o.amount"
            " FROM payment_order o, \"case\" c WHERE c.life = 'audit'",
        ),
        "a larger order": refused(
            web,
            "INSERT INTO payment_order (case_id, project_id, number, state, settlement_id, tranche, amount)"
            " SELECT c.id, o.project_id, 'X', 'cancelled', o.settlement_id, 2, o.amount + 1"
            " FROM payment_order o, \"case\" c WHERE c.life = 'audit'",
        ),
        "closed by word": refused(web, "DELETE FROM payment_order"),
    }

    assert attacks == {
        "paid by word": "state_is_the_stage",
        "paid without a reference": "ck_payment_order_paid_has_a_bank_reference",
        "a reference without paying": "ck_payment_order_paid_has_a_bank_reference",
        "paid with the stage": "fk_case_stage_is_recorded",
        "another account": "payment_order_pays_the_organisation",
        "another payee": "payment_order_pays_the_organisation",
        "another payee, approved anew": "payment_order_pays_the_organisation",
        "the register too": "ck_payment_order_approval_is_of_this_content",
        "an account nobody gave": "fk_organisation_account",
        "another amount": "InsufficientPrivilege",
        "one person": "ck_payment_order_maker_is_not_checker",
        "no approval": "ck_payment_order_state_is_what_was_done",
        "another attempt": "ck_payment_order_preparation_is_whole",
        "a second order": "uq_payment_order_live",
        "a larger order": "fk_payment_order_pays_the_settlement",
        "closed by word": "InsufficientPrivilege",
    }
    assert table_state() == before


def test_an_order_with_the_bank_cannot_be_edited_by_sql(due, settings, table_state):
    around, number, now = due
    pay(around, number, now=now, until="sent")
    before = table_state()

    assert refused(settings.database_url, "UPDATE payment_order SET sent_at = now()") == "payment_order_is_sent"
    assert refused(settings.database_url, "UPDATE payment_order SET approved_at = now()") == "payment_order_is_sent"

    assert table_state() == before
