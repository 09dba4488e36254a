"""Words of the audit log itself: who acted, and on what."""

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext

ACTS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "audit_exported": lambda facts: gettext("导出留痕%(lines)s行", lines=facts["lines"]),
}


# What an auditor looks for; each group with the acts in it.
GROUPS: Mapping[str, tuple[Callable[[], str], frozenset[str]]] = {
    "uncovered": (
        lambda: gettext("看全号、取原件、发纸条"),
        frozenset({"number_uncovered", "receipt_original_released", "paper_code_issued"}),
    ),
    "viewed": (
        lambda: gettext("查人、打开档案和申请"),
        frozenset({"people_searched", "person_viewed", "claim_viewed", "receipt_viewed"}),
    ),
    "decided": (
        lambda: gettext("审核和核对改动"),
        frozenset({"claim_decided", "held_change_proposed", "held_change_decided"}),
    ),
    "paid": (
        lambda: gettext("付款和账"),
        frozenset(
            {
                "payment_file_made",
                "payment_file_taken_out",
                "bank_return_taken_in",
                "entry_reversed",
                "interest_posted",
            }
        ),
    ),
    "accounts": (
        lambda: gettext("账号和权限"),
        frozenset(
            {
                "staff_added",
                "staff_disabled",
                "sign_in_reset",
                "password_changed",
                "rights_reviewed",
            }
        ),
    ),
    "taken_out": (lambda: gettext("导出"), frozenset({"audit_exported", "payment_file_taken_out"})),
}


def actor_name(kind: str, job_no: str | None) -> str:
    """Who acted: staff by job number, villagers never by name."""
    if job_no is not None:
        return gettext("工号%(number)s", number=job_no)
    return {
        "citizen": gettext("群众本人"),
        "claimant": gettext("继承人或受益人"),
        "anonymous": gettext("没有登录的人"),
        "system": gettext("系统自动"),
    }[kind]


def subject_name(kind: str | None, row: int | None) -> str:
    """What was acted on, by its row."""
    if kind is None:
        return ""
    named = {
        "claim": gettext("申请"),
        "person": gettext("个人档案"),
        "account": gettext("账号"),
        "receipt": gettext("材料"),
        "draft": gettext("草稿"),
        "payment_file": gettext("付款文件"),
        "roster_import": gettext("花名册"),
        "entry": gettext("账目"),
    }
    return f"{named.get(kind, kind)} {row}"
