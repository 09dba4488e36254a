"""Words for a villager's own data: who acted, and everything as lines of a sheet or as JSON."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_babel import gettext

from portal.services.own_data import ActOnFile, OwnData
from portal.web import wording
from portal.web.wording.amounts import day, moment, yuan
from portal.web.wording.claims import kind_name, state_name
from portal.web.wording.ledger import movement_name
from portal.web.wording.records import benefit_name, scheme_name

Line = Sequence[str]


def who(act: ActOnFile) -> str:
    """Who acted, as the person concerned is told: staff by job number, never by name."""
    if act.job_no is not None:
        return gettext("窗口，工号%(number)s", number=act.job_no)
    if act.neighbour is not None:
        return gettext("帮您办的%(name)s", name=act.neighbour)
    # Until the code is right nobody is signed in yet, and it was the person all the same.
    if act.act in _AT_THE_DOOR:
        return _AT_THE_DOOR[act.act]()
    return {
        "citizen": gettext("您自己，或帮您办的人"),
        "claimant": gettext("继承人或受益人"),
        "anonymous": gettext("还没核对身份的人"),
        "system": gettext("网站自动"),
    }[act.actor_kind]


_AT_THE_DOOR: Mapping[str, Callable[[], str]] = {
    "identity_proven": lambda: gettext("您本人"),
    "claimant_admitted": lambda: gettext("继承人或受益人"),
}


def what(act: ActOnFile) -> str:
    """What was done."""
    return wording.act(act.act, act.facts)


def headers() -> Line:
    """The first line of the sheet."""
    return gettext("哪一部分"), gettext("日期"), gettext("是什么"), gettext("内容")


def lines(data: OwnData) -> Iterator[Line]:
    """Everything that is held about a person, in words."""
    person = data.person
    for name, value in (
        (gettext("名字"), person.name),
        (gettext("出生年份"), str(person.birth_year)),
        (gettext("住在"), f"{person.county} {person.town} {person.village} {person.village_group or ''}"),
        (gettext("参加的养老"), scheme_name(person.scheme)),
        (gettext("养老待遇"), benefit_name(person.benefit_status)),
        (gettext("保险编号"), person.insurance_no or ""),
        (gettext("手机尾号"), person.phone_tail or ""),
        (gettext("社保卡尾号"), person.card_tail or ""),
        (gettext("银行账号尾号"), person.account_tail or ""),
    ):
        yield gettext("登记"), day(person.data_as_of), name, value.strip()
    for entry in data.account:
        named = movement_name(entry.movement, entry.source, entry.contribution_year)
        yield gettext("账"), day(entry.on), named, yuan(entry.amount)
    for history in data.claims:
        claim = history.claim
        named = f"{kind_name(claim.kind, claim.region)} {claim.number}"
        yield gettext("申请"), moment(claim.filed_at), named, state_name(claim.state, claim.kind)
    for notice in data.notices:
        yield gettext("通知"), moment(notice.at), wording.text(notice.wording, notice.facts), ""
    for question in data.questions:
        yield gettext("提问"), moment(question.asked_at), question.words, question.answer or ""
    for act in data.acts:
        yield gettext("谁看过、动过"), moment(act.at), who(act), what(act)


def write_json(data: OwnData) -> bytes:
    """Everything that is held about a person, by the names that the portal itself uses."""
    return json.dumps(_plain(asdict(data)), ensure_ascii=False, indent=2).encode()


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {str(key): _plain(each) for key, each in value.items()}
        case tuple() if hasattr(value, "_asdict"):
            return _plain(value._asdict())
        case list() | tuple():
            return [_plain(each) for each in value]
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            return str(value)
    return value
