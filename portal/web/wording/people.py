"""Sentences of the desk about villagers: finding them, seeing a whole number, and changes that wait."""

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext

from portal.domain.disclosure import SealedField, UncoverReason
from portal.domain.enrolment import BenefitStatus, Category, Scheme

Sentence = Callable[[Mapping[str, Any]], str]

REFUSALS: dict[str, Sentence] = {
    "proposed_by_you": lambda _: gettext("这个改动是您录的，要另一个人来核。"),
}

ACTS: dict[str, Sentence] = {
    "person_viewed": lambda _: gettext("打开个人档案"),
    "people_searched": lambda facts: gettext(
        "查人（按%(mark)s），找到%(found)s人", mark=_mark_name(facts["by"]), found=facts["found"]
    ),
    "number_uncovered": lambda facts: gettext(
        "查看全号：%(field)s，事由：%(reason)s",
        field=field_name(SealedField(facts["field"])),
        reason=reason_name(UncoverReason(facts["reason"])),
    ),
    "held_change_proposed": lambda facts: gettext(
        "录入待核的改动：%(field)s", field=field_name(SealedField(facts["field"]))
    ),
    "held_change_decided": lambda facts: gettext(
        "核对改动：%(field)s，%(verdict)s",
        field=field_name(SealedField(facts["field"])),
        verdict=gettext("采用") if facts["accepted"] else gettext("不采用"),
    ),
    "paper_code_issued": lambda _: gettext("看过身份证，发登录纸条"),
}

TEXTS: dict[str, Sentence] = {
    "phone_changed": lambda facts: gettext("您登记的手机号换好了，尾号%(tail)s。", tail=facts["tail"]),
    "card_changed": lambda facts: gettext("您登记的社保卡换好了，尾号%(tail)s。", tail=facts["tail"]),
    "account_changed": lambda facts: gettext("您的收款账户换好了，尾号%(tail)s。", tail=facts["tail"]),
}


def field_name(field: SealedField) -> str:
    """What a sealed field is called."""
    return {
        SealedField.NUMBER: gettext("公民身份号码"),
        SealedField.PHONE: gettext("手机号"),
        SealedField.CARD: gettext("社保卡号"),
        SealedField.ACCOUNT: gettext("收款账号"),
    }[field]


def reason_name(reason: UncoverReason) -> str:
    """Why a whole number is uncovered."""
    return {
        UncoverReason.COMPARE_WITH_CARD: gettext("和本人的证件、银行卡核对"),
        UncoverReason.COMPARE_WITH_RECEIPT: gettext("和收据核对"),
        UncoverReason.ASK_THE_BANK: gettext("和银行核对"),
        UncoverReason.CALL_THE_PERSON: gettext("给本人打电话"),
        UncoverReason.INSPECTION: gettext("稽核检查"),
    }[reason]


def category_name(category: Category) -> str:
    """One of the three groups of land-expropriated people."""
    return {
        Category.LEGACY_MEMBER: gettext("原参保人员"),
        Category.EXISTING_LANDLESS: gettext("现有被征地人员"),
        Category.NEW_LANDLESS: gettext("新产生被征地人员"),
    }[category]


def scheme_name(scheme: Scheme) -> str:
    """A pension insurance."""
    return {
        Scheme.RESIDENT: gettext("城乡居民养老"),
        Scheme.EMPLOYEE: gettext("城镇职工养老"),
        Scheme.LEGACY: gettext("原被征地养老"),
        Scheme.NONE: gettext("未参保"),
    }[scheme]


def benefit_name(status: BenefitStatus) -> str:
    """Whether a pension is drawn."""
    return gettext("领取中") if status is BenefitStatus.DRAWING else gettext("未领取")


def _mark_name(by: str) -> str:
    return {
        "citizen_number": gettext("身份证号"),
        "claim_number": gettext("受理编号"),
        "insurance_no": gettext("保险编号"),
        "name": gettext("姓名、村、出生年"),
    }[by]
