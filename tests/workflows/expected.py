"""What every table must say, written down once more by hand and on purpose not derived from it.

One line per act: stage, action, who, and behind the arrow where it leads, branches in order.
"""

AID_PROJECT = """
draft                submit                applicant_owner                  > authenticity_review
draft                withdraw              applicant_owner                  > withdrawn
authenticity_review  give_opinion          front_office                     > authenticity_review
authenticity_review  pass_authenticity     accepting_unit                   > compliance_review
authenticity_review  reject                accepting_unit                   > rejected
authenticity_review  return_for_correction accepting_unit                   > correction
authenticity_review  withdraw              applicant_owner                  > withdrawn
compliance_review    pass_compliance       fund_office                      > expert_review
compliance_review    reject                fund_office                      > rejected
compliance_review    return_for_correction fund_office                      > correction
compliance_review    withdraw              applicant_owner                  > withdrawn
expert_review        open_panel            secretary                        > expert_review
expert_review        add_experts           secretary                        > expert_review
expert_review        close_panel           secretary                        > publicity rejected
expert_review        return_for_correction secretary                        > correction
expert_review        withdraw              applicant_owner                  > withdrawn
correction           resubmit              applicant_owner                  > authenticity_review
correction           resubmit              applicant_owner                  > compliance_review
correction           resubmit              applicant_owner                  > expert_review
correction           reject                accepting_unit                   > rejected
correction           reject                fund_office                      > rejected
correction           reject                secretary                        > rejected
correction           withdraw              applicant_owner                  > withdrawn
publicity            publish_notice        fund_office                      > publicity
publicity            object                public                           > objection_hold
publicity            end_publicity         system                           > joint_review
publicity            withdraw              applicant_owner                  > withdrawn
objection_hold       object                public                           > objection_hold
objection_hold       decide_objection      fund_office,supervisor           > rejected publicity objection_hold
objection_hold       withdraw              applicant_owner                  > withdrawn
joint_review         vote                  panel_member                     > joint_review
joint_review         approve               approver                         > announcement
joint_review         defer                 approver                         > joint_review
joint_review         reject                approver                         > rejected
joint_review         withdraw              applicant_owner                  > withdrawn
announcement         announce              fund_office                      > agreement
announcement         withdraw              applicant_owner                  > withdrawn
agreement            sign_agreement        fund_office                      > agreement
agreement            sign_agreement        applicant_owner                  > agreement
agreement            lapse                 system                           > lapsed
agreement            start                 applicant_owner,applicant_member > implementation
agreement            terminate             fund_office                      > terminated
implementation       file_report           applicant_owner,applicant_member > implementation
implementation       request_change        applicant_owner                  > implementation
implementation       suspend               fund_office                      > suspended
implementation       finish                applicant_owner                  > audit
implementation       terminate             fund_office                      > terminated
suspended            resume                fund_office                      > implementation
suspended            terminate             fund_office                      > terminated
audit                accept_audit          fund_office                      > settlement
audit                refuse_audit          fund_office                      > terminated
audit                terminate             fund_office                      > terminated
settlement           prepare_settlement    finance_maker                    > settlement
settlement           query_settlement      finance_checker                  > settlement
settlement           confirm_settlement    finance_checker                  > disbursement closed
settlement           terminate             fund_office                      > terminated
disbursement         reverse_settlement    finance_checker                  > settlement
disbursement         close                 fund_office                      > closed
disbursement         open_clawback         supervisor                       > clawback
clawback             end_clawback          finance_checker                  > closed
"""

SCORE_SHEET = """
assigned declare_conflict expert > open recused
assigned void             parent > voided
assigned void             secretary > voided
open     recuse           expert > recused
open     submit_sheet     expert > submitted
open     void             parent > voided
open     void             secretary > voided
"""

OBJECTION = """
received uphold parent > upheld
received refute parent > refuted
received drop   parent > dropped
"""

AGREEMENT = """
drawing_up           file_text        system > awaiting_fund_office
drawing_up           end              parent > ended
drawing_up           lapse            parent > lapsed
awaiting_fund_office sign_fund_office parent > awaiting_applicant
awaiting_fund_office end              parent > ended
awaiting_fund_office lapse            parent > lapsed
awaiting_applicant   sign_applicant   parent > in_force
awaiting_applicant   end              parent > ended
awaiting_applicant   lapse            parent > lapsed
in_force             fulfil           parent > fulfilled
in_force             end              parent > ended
"""

PROGRESS_REPORT = """
submitted confirm_report  front_office                     > confirmed
submitted return_report   front_office                     > returned
submitted cancel          parent                           > cancelled
returned  resubmit_report applicant_owner,applicant_member > submitted
returned  cancel          parent                           > cancelled
"""

CHANGE_REQUEST = """
submitted accept_change   fund_office                      > accepted
submitted refuse_change   fund_office                      > refused
submitted withdraw_change applicant_owner,applicant_member > withdrawn
submitted cancel          parent                           > cancelled
"""

AUDIT = """
awaiting_firm assign_auditor fund_office > at_work
awaiting_firm cancel         parent      > cancelled
at_work       assign_auditor fund_office > at_work
at_work       submit_audit   audit_firm  > submitted
at_work       cancel         parent      > cancelled
submitted     return_audit   fund_office > at_work
submitted     accept         parent      > accepted
submitted     refuse         parent      > refused
submitted     cancel         parent      > cancelled
"""

PAYMENT_ORDER = """
drafting prepare         finance_maker   > prepared
drafting cancel          parent          > cancelled
prepared approve_payment finance_checker > approved
prepared refuse_payment  finance_checker > drafting
prepared cancel          parent          > cancelled
approved record_sent     finance_maker   > sent
approved prepare         finance_maker   > prepared
approved cancel          parent          > cancelled
sent     record_paid     finance_maker   > paid
sent     record_failed   finance_checker > failed
failed   prepare         finance_maker   > prepared
failed   cancel          parent          > cancelled
"""

PROGRAMME_YEAR = """
open appropriate       fund_office > open
open cut_appropriation fund_office > open
open change_window     fund_office > open
open close_year        fund_office > closed
"""

TABLES = {
    "programme_year/1": PROGRAMME_YEAR,
    "aid_project/1": AID_PROJECT,
    "score_sheet/1": SCORE_SHEET,
    "objection/1": OBJECTION,
    "agreement/1": AGREEMENT,
    "progress_report/1": PROGRESS_REPORT,
    "change_request/1": CHANGE_REQUEST,
    "audit/1": AUDIT,
    "payment_order/1": PAYMENT_ORDER,
}


def expected(key: str) -> dict[tuple[str, str], list[tuple[frozenset[str], str]]]:
    """(stage, action) → the branches in order, each with the roles that may take it and its end."""
    table: dict[tuple[str, str], list[tuple[frozenset[str], str]]] = {}
    for line in TABLES[key].strip().splitlines():
        left, _, right = line.partition(">")
        stage, action, roles = left.split()
        branches = [(frozenset(roles.split(",")), end) for end in right.split()]
        table.setdefault((stage, action), []).extend(branches)
    return table
