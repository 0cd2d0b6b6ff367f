"""Money: fen, the ratio and the cap, settlement at actuals, amounts in figures and in capitals.

Amounts are integer fen. A ratio stays an exact fraction until the one floor at the end, so nothing
is ever rounded twice and never upwards. Source: design "Money" (R17 for ratio and cap).
"""

import re
from dataclasses import dataclass
from fractions import Fraction

from workflows.policy import PPM, Policy

#: The most one amount may be: a trillion yuan, the bound of the ledger.
MOST = 10**14
#: Opinions of the auditor. With one of the last two nothing may be paid.
OPINIONS = ("unqualified", "qualified", "adverse", "disclaimer")
PAYABLE_OPINIONS = OPINIONS[:2]
ROUNDING = "floor_to_fen_once"

_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,12})(?:\.([0-9]{1,2}))?")
_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_UNITS = ((10**8, "亿"), (10**4, "万"), (1000, "仟"), (100, "佰"), (10, "拾"))


class NotAnAmount(ValueError):
    """金额须为非负数字，最多两位小数，不超过一万亿元；千位分隔符须每三位一个，如 1,234.50。"""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What a project is entitled to at actuals, with everything the figure came from.

    All amounts are fen. `ratio_numerator / ratio_denominator` is the exact ratio that was applied
    to `base`, in lowest terms. A negative `payable` is what has to be clawed back.
    """

    planned_total: int
    approved: int
    audited_eligible: int
    other_fiscal: int
    already_paid: int
    opinion: str
    policy_key: str
    policy_ratio_ppm: int
    cap: int
    reading: str
    base: int
    ratio_numerator: int
    ratio_denominator: int
    entitled: int
    payable: int
    rounding: str = ROUNDING


def max_grant(policy: Policy, planned_total: int) -> int:
    """The most that may be granted to a project of this planned total, in fen."""
    return min(policy.cap, planned_total * policy.ratio_ppm // PPM)


def ratio_ppm(part: int, whole: int) -> int:
    """The share of `part` in `whole` in whole ppm, rounded down, to show; zero of nothing is zero.

    Limits are checked with `max_grant`, which does not round the ratio.
    """
    return part * PPM // whole if whole else 0


def settle(
    policy: Policy,
    *,
    planned_total: int,
    approved: int,
    audited_eligible: int,
    opinion: str,
    other_fiscal: int = 0,
    already_paid: int = 0,
) -> Settlement:
    """Settle at actuals: the audited, eligible spending times the ratio, never above the approval.

    `other_fiscal` is other public money that paid for the same costs. Under the reading "agreed"
    the ratio is that of the approval, under "flat" it is the policy's. An adverse opinion or a
    disclaimer entitles to nothing. Raises ValueError for amounts or opinions that cannot be.
    """
    if planned_total <= 0 or min(approved, audited_eligible, other_fiscal, already_paid) < 0:
        raise ValueError("the planned total must be positive and no amount negative")
    if opinion not in OPINIONS:
        raise ValueError(f"unknown opinion {opinion!r}")
    base = max(0, audited_eligible - other_fiscal)
    ratio = Fraction(policy.ratio_ppm, PPM)
    if policy.settlement_reading == "agreed":
        ratio = min(ratio, Fraction(approved, planned_total))
    entitled = 0
    if opinion in PAYABLE_OPINIONS:
        entitled = min(approved, policy.cap, base * ratio.numerator // ratio.denominator)
    return Settlement(
        planned_total=planned_total,
        approved=approved,
        audited_eligible=audited_eligible,
        other_fiscal=other_fiscal,
        already_paid=already_paid,
        opinion=opinion,
        policy_key=policy.key,
        policy_ratio_ppm=policy.ratio_ppm,
        cap=policy.cap,
        reading=policy.settlement_reading,
        base=base,
        ratio_numerator=ratio.numerator,
        ratio_denominator=ratio.denominator,
        entitled=entitled,
        payable=entitled - already_paid,
    )


def yuan(fen: int) -> str:
    """Fen as yuan with two places: 24000000 → "240000.00"."""
    whole, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole}.{rest:02d}"


def fen_of(text: str) -> int:
    """Yuan as people write them, in fen: "240000.5" → 24000050.

    Takes plain ASCII digits with at most two places and nothing else: no sign, exponent, blank or
    separator, no NaN or Infinity. Raises `NotAnAmount`, also above a trillion yuan.
    """
    found = _AMOUNT.fullmatch(text)
    if found is None:
        raise NotAnAmount
    fen = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))
    if fen > MOST:
        raise NotAnAmount
    return fen


def in_capitals(fen: int) -> str:
    """The amount in the characters of contracts and cheques: 24000000 → "贰拾肆万元整".

    One 零 stands for any run of zeros between two digits; the fen and jiao follow, or 整 closes.
    Raises `NotAnAmount` below zero and above a trillion yuan.
    """
    if not 0 <= fen <= MOST:
        raise NotAnAmount
    whole, rest = divmod(fen, 100)
    jiao, cents = divmod(rest, 10)
    if not rest:
        return f"{_characters(whole)}元整"
    yuan_part = f"{_characters(whole)}元" if whole else ""
    jiao_part = f"{_DIGITS[jiao]}角" if jiao else "零" if whole else ""
    return yuan_part + jiao_part + (f"{_DIGITS[cents]}分" if cents else "")


def _characters(number: int) -> str:
    for size, unit in _UNITS:
        if number >= size:
            high, low = divmod(number, size)
            gap = "零" if 0 < low < size // 10 else ""
            return _characters(high) + unit + gap + (_characters(low) if low else "")
    return _DIGITS[number]
