"""The questions of a claim in words, and its answers as they are read back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext, ngettext

from portal.domain.claim_forms import Asks, Question
from portal.domain.claim_kinds import ClaimKind
from portal.services.drafts import Answered, OpenDraft
from portal.web.wording.amounts import day, spoken_yuan
from portal.web.wording.claims import payee_on_record
from portal.web.wording.papers import paper_name
from portal.web.wording.punctuation import mark


@dataclass(frozen=True)
class Asked:
    """A question in words: the page's heading, what it is for, and a hint before the field."""

    title: str
    why: str = ""
    hint: str = ""


_TITLES: Mapping[str, Callable[[OpenDraft], Asked]] = {
    "year": lambda _: Asked(
        gettext("领哪一年的补助？"),
        gettext("一次只领一年。今年以外的年份也可以交，要工作人员看过才定。"),
    ),
    "months": lambda opened: Asked(
        gettext("%(year)s年，缴了几个月？", year=opened.draft.answers.get("year", "")),
        gettext("缴满12个月的，填12。不满12个月也可以交，由工作人员来定。"),
        gettext("填1到12的数字"),
    ),
    "why": lambda _: Asked(gettext("您是哪一种情况？")),
    "rights_notice": lambda _: Asked(
        gettext("先看明白，再选"),
        gettext("居民养老，补助记到您的养老账户里，每年给您记。职工养老，您先缴费，再来领，打到您卡上。"),
    ),
    "route": lambda _: Asked(gettext("您选哪一条？")),
    "land": lambda _: Asked(
        gettext("您家哪块地，哪一年被征的？"), hint=gettext("写村名、地名和大概的年份就行。最多500个字")
    ),
    "default_read": lambda _: Asked(
        gettext("先看明白，再选"),
        gettext(
            "您不选的话，这笔钱记到您的居民养老账户。选专账管理的话，这笔钱单独记着，用来补您自己缴的职工养老费。"
        ),
    ),
    "ledger_option": lambda _: Asked(gettext("要不要专账管理？")),
    "own_contribution": lambda _: Asked(
        gettext("您自己一共缴了多少钱？"),
        gettext("只算您本人缴的职工养老费，单位缴的不算。"),
        gettext("单位是元，比如 3500.00"),
    ),
    "claimant": lambda _: Asked(gettext("是谁来领？")),
    "heirs": lambda _: Asked(
        gettext("都有谁来领？"),
        gettext("每个人的名字和银行卡都要填。没有另外商量的，平均分。"),
    ),
    "card": lambda _: Asked(gettext("社保卡真的用不了吗？")),
    "account": lambda _: Asked(
        gettext("打到您本人的哪个账户？"), gettext("只能是您自己名下的账户，要和银行核对。")
    ),
    "member": lambda _: Asked(gettext("您家选谁？"), hint=gettext("写他的名字，和身份证上一样")),
    "member_born_on": lambda _: Asked(
        gettext("他是哪一天生的？"), hint=gettext("照身份证填，比如 1990-05-01")
    ),
    "waiver_read": lambda _: Asked(
        gettext("放弃以前，先看明白"),
        gettext("放弃的指标回到村里，先给本村征了地、还没参保的人。放弃了，您家这次就不能用了。"),
    ),
    "field": lambda _: Asked(gettext("要改哪一样？")),
    "destination": lambda _: Asked(gettext("养老关系转到哪里？")),
    "where": lambda _: Asked(gettext("转到哪个市、哪个县？"), hint=gettext("比如 济南市历城区")),
    "cause": lambda _: Asked(gettext("为什么要注销？")),
    "about": lambda _: Asked(gettext("哪里不对？")),
}
_WHAT: Mapping[ClaimKind, Callable[[], Asked]] = {
    ClaimKind.OTHER_BANK_ACCOUNT: lambda: Asked(gettext("社保卡为什么用不了？")),
    ClaimKind.GOOD_REASON: lambda: Asked(gettext("为什么没赶上？")),
    ClaimKind.CHANGE: lambda: Asked(gettext("改成什么？"), gettext("银行卡号不要写在这里，带卡到窗口登记。")),
    ClaimKind.CANCELLATION: lambda: Asked(gettext("说一说是怎么回事")),
    ClaimKind.OBJECTION: lambda: Asked(gettext("说一说哪里不对")),
    ClaimKind.NOTICE_OBJECTION: lambda: Asked(
        gettext("名单里哪里不对？"), gettext("说清是哪个村、哪张名单、哪一条。")
    ),
    ClaimKind.TIP_OFF: lambda: Asked(
        gettext("您要举报什么？"), gettext("谁、什么时候、做了什么，知道多少写多少。")
    ),
}


def ask(opened: OpenDraft, question: Question) -> Asked:
    """A question of a draft in words."""
    if question.asks is Asks.PAYEE:
        return Asked(gettext("钱打到这张卡，对吗？"), gettext("只打到您本人的卡。"))
    if question.asks is Asks.PHOTOS:
        return _ask_for_papers(opened, question)
    if question.name == "what":
        asked = _WHAT[opened.draft.kind]()
        return Asked(asked.title, asked.why, gettext("最多500个字"))
    return _TITLES[question.name](opened)


def _ask_for_papers(opened: OpenDraft, question: Question) -> Asked:
    if "year" in opened.draft.answers:
        return Asked(
            gettext("拍一张%(year)s年的缴费收据", year=opened.draft.answers["year"]),
            gettext("收据能证明您这一年缴了费。照片上要看得清三样：名字、年份、金额。"),
        )
    optional = "" if question.required else gettext("没有就不用传，直接下一步。")
    if question.name == "proof":
        return Asked(gettext("有照片或者纸，可以拍上来"), optional)
    return Asked(gettext("拍一张：%(paper)s", paper=paper_name(opened, question.name)), optional)


_CHOICES: Mapping[tuple[str, str], Callable[[], str]] = {
    ("why", "draws_employee_pension"): lambda: gettext("已经在领职工养老金"),
    ("why", "pays_employee_pension"): lambda: gettext("在缴职工养老，不并到居民养老"),
    ("why", "neither"): lambda: gettext("居民养老、职工养老都不参加"),
    ("route", "resident"): lambda: gettext("居民养老"),
    ("route", "employee"): lambda: gettext("职工养老"),
    ("ledger_option", "chosen"): lambda: gettext("要专账管理"),
    ("ledger_option", "not_chosen"): lambda: gettext("不要，记到居民养老账户"),
    ("claimant", "self"): lambda: gettext("本人"),
    ("claimant", "heir"): lambda: gettext("法定继承人"),
    ("claimant", "beneficiary"): lambda: gettext("指定的受益人"),
    ("card", "impossible"): lambda: gettext("用不了"),
    ("card", "possible"): lambda: gettext("其实能用"),
    ("field", "phone"): lambda: gettext("手机号"),
    ("field", "account"): lambda: gettext("银行卡"),
    ("field", "household"): lambda: gettext("户口"),
    ("field", "name"): lambda: gettext("名字"),
    ("field", "other"): lambda: gettext("别的"),
    ("destination", "other_pooling_area"): lambda: gettext("外地"),
    ("destination", "same_pooling_area"): lambda: gettext("还在本市"),
    ("cause", "leaves"): lambda: gettext("不再参加"),
    ("cause", "deceased"): lambda: gettext("家里人去世了"),
    ("about", "years"): lambda: gettext("年数不对"),
    ("about", "account"): lambda: gettext("账上的钱不对"),
    ("about", "registration"): lambda: gettext("登记的情况不对"),
    ("about", "payment"): lambda: gettext("补助没到账"),
    ("about", "other"): lambda: gettext("别的"),
}


def choice(question: str, value: str) -> str:
    """The words of one answer."""
    return _CHOICES[question, value]()


_ROWS: Mapping[str, Callable[[], str]] = {
    "year": lambda: gettext("补哪一年"),
    "months": lambda: gettext("缴了几个月"),
    "why": lambda: gettext("哪种情况"),
    "rights_notice": lambda: gettext("两条路的说明"),
    "route": lambda: gettext("选哪一条"),
    "land": lambda: gettext("被征的地"),
    "default_read": lambda: gettext("专账的说明"),
    "ledger_option": lambda: gettext("专账管理"),
    "own_contribution": lambda: gettext("自己缴了"),
    "claimant": lambda: gettext("谁来领"),
    "heirs": lambda: gettext("来领的人"),
    "payee": lambda: gettext("打到哪张卡"),
    "card": lambda: gettext("社保卡"),
    "account": lambda: gettext("打到哪个账户"),
    "member": lambda: gettext("选的人"),
    "member_born_on": lambda: gettext("他的生日"),
    "waiver_read": lambda: gettext("放弃的说明"),
    "field": lambda: gettext("改哪一样"),
    "destination": lambda: gettext("转到"),
    "where": lambda: gettext("哪个市县"),
    "cause": lambda: gettext("为什么"),
    "about": lambda: gettext("哪里不对"),
    "what": lambda: gettext("您说的"),
    "proof": lambda: gettext("照片"),
}


def row_name(opened: Answered, question: Question) -> str:
    """What an answer is called in the list that is checked."""
    named = _ROWS.get(question.name)
    return named() if named is not None else paper_name(opened, question.name)


def spell_answer(opened: Answered, question: Question) -> str:
    """An answer as it is read back; empty where there is none."""
    answers = opened.answers
    if question.asks is Asks.PHOTOS:
        count = sum(receipt.material == question.name for receipt in opened.receipts)
        return ngettext("%(num)s张照片", "%(num)s张照片", count) if count else ""
    if question.name not in answers:
        return ""
    return _SPELL[question.asks](opened, question, answers[question.name])


_SPELL: Mapping[Asks, Callable[[Answered, Question, Any], str]] = {
    Asks.YEAR: lambda _, __, value: gettext("%(year)s年", year=value),
    Asks.MONTHS: lambda _, __, value: gettext("%(count)s个月", count=value),
    Asks.CHOICE: lambda _, question, value: choice(question.name, value),
    Asks.READ: lambda _, __, ___: gettext("看过了"),
    Asks.WORDS: lambda _, __, value: str(value),
    Asks.NAME: lambda _, __, value: str(value),
    Asks.DAY: lambda _, __, value: day(date.fromisoformat(value)),
    Asks.MONEY: lambda _, __, value: gettext("%(amount)s元", amount=spoken_yuan(Decimal(value))),
    Asks.PAYEE: lambda opened, _, __: payee_on_record(
        bank=opened.person.bank_name, tail=opened.person.account_tail or opened.person.card_tail
    ),
    Asks.ACCOUNT: lambda opened, _, __: mark("；").join(
        payee_on_record(bank=payee.bank_name, tail=payee.account_tail) for payee in opened.payees
    ),
    Asks.HEIRS: lambda opened, _, __: mark("；").join(
        gettext("%(name)s 尾号%(tail)s", name=payee.name, tail=payee.account_tail) for payee in opened.payees
    ),
}
