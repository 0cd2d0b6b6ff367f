"""Who reads the accounts."""

from workflows.roles import APPROVER, AUDIT_ADMIN, FINANCE_CHECKER, FINANCE_MAKER, FUND_OFFICE, SUPERVISOR

#: Whose work rests on the accounts, and who watches over it.
READS_LEDGER = (APPROVER, AUDIT_ADMIN, FINANCE_CHECKER, FINANCE_MAKER, FUND_OFFICE, SUPERVISOR)
#: What the accounts of a programme-year and of its projects are called.
ACCOUNT_LABELS = {
    "source": "下达预算",
    "available": "可安排",
    "recovered": "已追回",
    "lapsed": "已结转",
    "reserved": "评审预留",
    "encumbered": "协议锁定",
    "payable": "核定应付",
    "inflight": "银行在途",
    "disbursed": "已拨付",
    "receivable": "应收追回",
}
