"""Sentences about files from offices: what is wrong in which cell, and what would change."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from flask_babel import gettext, lazy_gettext

from portal.domain.land_records import SHEETS
from portal.domain.sheets import SheetProblem
from portal.web.i18n import choose_locale
from portal.web.wording import identity
from portal.web.wording.amounts import day
from portal.web.wording.punctuation import listed

_Facts = Mapping[str, Any]

_COLUMNS = {(sheet, column.field): column for sheet, layout in SHEETS.items() for column in layout.columns}
# Where no sheet is named, the roster's word counts before that of the others.
_COLUMNS_ANYWHERE = {field: column for (_, field), column in reversed(_COLUMNS.items())}

SHEET_NAMES = {
    "roster": lazy_gettext("花名册"),
    "land_batch": lazy_gettext("征地批次"),
    "household": lazy_gettext("农户"),
    "quota_letter": lazy_gettext("参保指标"),
    "deposit": lazy_gettext("缴存记录"),
    "public_notice": lazy_gettext("公示"),
}

_CHOICES = {
    "legacy_member": lazy_gettext("原参保人"),
    "existing_landless": lazy_gettext("现有"),
    "new_landless": lazy_gettext("新产生"),
    "resident": lazy_gettext("居民"),
    "employee": lazy_gettext("职工"),
    "legacy": lazy_gettext("原办法"),
    "none": lazy_gettext("未参保"),
    "not_drawing": lazy_gettext("未领取"),
    "drawing": lazy_gettext("领取中"),
    "deposit_pending": lazy_gettext("待存入"),
    "deposited": lazy_gettext("已存入"),
    "plan_drafting": lazy_gettext("方案拟订"),
    "publicised": lazy_gettext("公示中"),
    "objection_handling": lazy_gettext("异议处理"),
    "waiting_land_approval": lazy_gettext("待批复"),
    "adjusting": lazy_gettext("名单调整"),
    "posting": lazy_gettext("记账中"),
    "posted": lazy_gettext("已记账"),
    "closed": lazy_gettext("已办结"),
    "legacy_backlog": lazy_gettext("历史结转"),
    "finance": lazy_gettext("财政"),
    "land_using_unit": lazy_gettext("用地单位"),
    "plan": lazy_gettext("方案"),
    "list": lazy_gettext("名单"),
    "identity": lazy_gettext("身份确认"),
    "reallocation": lazy_gettext("指标调剂"),
}
_WITH_CHOICES = frozenset({"category", "scheme", "benefit_status", "state", "payer_kind", "kind"})


def _missing(facts: _Facts) -> str:
    twice, missing = facts.get("twice") or (), facts.get("missing") or ()
    if missing:
        return gettext("没找到表头。还缺这几列：%(columns)s。", columns=_columns(missing))
    return gettext("表头里这几列写了两遍：%(columns)s。请各留一列。", columns=_columns(twice))


REFUSALS: dict[str, Callable[[_Facts], str]] = {
    "cell_empty": lambda _: gettext("这一格不能空着。"),
    "text_too_long": lambda facts: gettext("字太多，最多%(limit)s个字。", limit=facts["limit"]),
    "text_unclean": lambda _: gettext("里面有看不见的控制符，请重新打一遍。"),
    "name_unsound": lambda _: gettext("姓名里有数字或符号，请改。"),
    "not_a_choice": lambda facts: gettext(
        "只能填这几个词里的一个：%(choices)s。",
        choices=_list([each for each in facts["choices"] if not each.isascii()]),
    ),
    "date_not_understood": lambda _: gettext("日期看不懂。请写成 2020-06-11 这样。"),
    "date_in_the_future": lambda _: gettext("这一天还没到，请核对。"),
    "date_before_birth": lambda _: gettext("这一天比出生还早，请核对。"),
    "count_not_understood": lambda facts: gettext(
        "请填 %(least)s 到 %(most)s 之间的整数。", least=facts["least"], most=facts["most"]
    ),
    "area_not_understood": lambda _: gettext("面积看不懂。请填亩数，最多四位小数。"),
    "phone_unsound": lambda _: gettext("不是11位的手机号，请核对。"),
    "account_unsound": lambda _: gettext("不像银行账号或卡号，请核对。"),
    "insurance_no_unsound": lambda _: gettext("保险编号只能有数字和字母，4到30位。"),
    "digits_lost": lambda _: gettext(
        "表格软件把长号码变成了科学计数，后几位丢了。请把这一列设成文本，重新填。"
    ),
    "amount_not_a_number": lambda _: gettext("金额看不懂。请只填数字，比如 1000.00。"),
    "amount_is_nothing": lambda _: gettext("金额不能是0。"),
    "amount_too_precise": lambda _: gettext("金额最多到分，也就是两位小数。"),
    "amount_out_of_range": lambda _: gettext("金额不能是负数，也不能这么大。请核对。"),
    "formula_cell": lambda _: gettext("这一格是公式。请复制后“只粘贴数值”，再上传。"),
    "row_undecodable": lambda _: gettext("这一行有乱码。请用表格软件打开，另存一次再上传。"),
    "twice_in_the_file": lambda facts: gettext("和第%(row)s行重复了。", row=facts["first_row"]),
    "citizen_id_made_up": lambda _: gettext("这是演示用的号码，不是真的身份证号。"),
    "ends_before_it_begins": lambda _: gettext("结束的日子比开始的还早，请核对。"),
    "person_of_another_region": lambda _: gettext("这个人已经在别的地方登记，请先和那边核对。"),
    "outside_your_town": lambda _: gettext("这个人不归您的乡镇，请交给县里导入。"),
    "insurance_no_taken": lambda _: gettext("这个保险编号已经是另一个人的，请核对。"),
    "opening_already_posted": lambda _: gettext(
        "期初余额已经入账，数目不一样。入了账的只能在账上冲正，不能用表改。"
    ),
    "opening_not_in_region": lambda _: gettext("本地的文件里没有这种账户，这一格请空着。"),
    "opening_without_batch": lambda _: gettext("有征地社保费的，要写明是哪个征地批次。"),
    "file_has_problems": lambda facts: gettext(
        "文件里有%(problems)s处问题，一行也没有存。改好再来。", problems=facts["problems"]
    ),
    "proposer_missing": lambda _: gettext("文件要改手机号或收款账户，得写明是谁经手的（--staff）。"),
    "sheet_kind_not_taken": lambda _: gettext("只收 .xlsx 和 .csv 文件。请用表格软件打开，另存为 .xlsx。"),
    "sheet_broken": lambda _: gettext("文件打不开，可能坏了。请用表格软件打开，另存一次再上传。"),
    "sheet_locked": lambda _: gettext("文件加了密码。请去掉密码再上传。"),
    "sheet_has_macros": lambda _: gettext("文件里带了宏程序。请另存为不带宏的 .xlsx。"),
    "sheet_has_links": lambda _: gettext("文件引用了别的文件。请“只粘贴数值”到一个新文件，再上传。"),
    "sheet_has_formulas": lambda _: gettext("文件里公式太多。请全选、复制、“只粘贴数值”，再上传。"),
    "sheet_too_long": lambda facts: gettext(
        "超过%(limit)s行了。请另存为 CSV 再上传，CSV 多少行都可以。", limit=facts["limit"]
    ),
    "sheet_too_wide": lambda facts: gettext(
        "第%(row)s行太宽，超过%(limit)s列。请删去多余的列。", row=facts["row"], limit=facts["limit"]
    ),
    "sheet_too_heavy": lambda _: gettext("文件展开后太大。请只留这一张表，或者另存为 CSV。"),
    "sheet_empty": lambda _: gettext("文件里没有一行数据。请核对选的是不是这个文件，再上传一次。"),
    "header_not_found": _missing,
}

ACTS: dict[str, Callable[[_Facts], str]] = {
    "roster_previewed": lambda facts: gettext(
        "预览%(sheet)s文件：%(rows)s行，%(problems)s处问题",
        sheet=SHEET_NAMES[facts["sheet"]],
        rows=facts["rows"],
        problems=facts["problems"],
    ),
    "roster_accepted": lambda facts: gettext(
        "导入%(sheet)s：新增%(new)s，变动%(changed)s，没变%(unchanged)s，待第二个人确认%(held)s",
        sheet=SHEET_NAMES[facts["sheet"]],
        new=facts["new"],
        changed=facts["changed"],
        unchanged=facts["unchanged"],
        held=facts["held"],
    ),
}

TEXTS: dict[str, Callable[[_Facts], str]] = {
    "phone_change_proposed": lambda facts: gettext(
        "有人要把您登记的手机号换掉。不是您的意思，请马上给窗口打电话。到%(day)s为止，先不往外打钱。",
        day=_last_day(facts),
    ),
    "payee_change_proposed": lambda facts: gettext(
        "有人要把您的收款账户换掉。不是您的意思，请马上给窗口打电话。到%(day)s为止，先不往外打钱。",
        day=_last_day(facts),
    ),
}


def column_name(field: str | None, sheet: str = "roster") -> str:
    """The header of a column, as the reader's sheet has it; sheets call the same field by different words."""
    if field is None:
        return gettext("整行")
    column = _COLUMNS.get((sheet, field)) or _COLUMNS_ANYWHERE[field]
    return column.en if choose_locale() == "en" else column.zh


def headers(sheet: str) -> list[str]:
    """All headers of a sheet, for its template; the ones that must be there come marked."""
    english = choose_locale() == "en"
    return [
        f"{column.en if english else column.zh}{'*' if column.required else ''}"
        for column in SHEETS[sheet].columns
    ]


def problem(found: SheetProblem) -> str:
    """What is wrong in a cell."""
    return {**identity.REFUSALS, **REFUSALS}[found.code](found.facts)


def value(field: str, stored: str | None) -> str:
    """A value beside another: a choice in words, an empty one as a dash."""
    if stored is None:
        return "—"
    if field in _WITH_CHOICES:
        return str(_CHOICES.get(stored, stored))
    return stored


def _columns(fields: tuple[str, ...]) -> str:
    return _list([column_name(field) for field in fields])


def _list(words: list[str]) -> str:
    return listed(words)


def _last_day(facts: _Facts) -> str:
    return day(date.fromisoformat(facts["last_day"]))
