"""How each region's bank wants its payment files: ``kb/regions/<region>/bank.toml``.

purpose = "征地缴费补助"

[[columns]]
field = "payee"          # position, reference, payee, account, bank, amount, purpose
header = "收款人"

[answer]
reference = "业务编号"    # headers of the return file
amount = "金额"
outcome = "结果"
reason = "失败原因"
paid = ["成功"]           # words in its outcome column
failed = ["失败"]

[reasons]                # words that occur in its reason column
name_differs = ["户名"]  # account_wrong, account_closed, account_frozen
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

from portal.content.problems import Problem
from portal.content.toml import Table
from portal.domain.payments import BankLayout, FailReason, PaymentField

STANDARD = BankLayout(
    columns=(
        (PaymentField.POSITION, "序号"),
        (PaymentField.REFERENCE, "业务编号"),
        (PaymentField.PAYEE, "收款人"),
        (PaymentField.ACCOUNT, "收款账号"),
        (PaymentField.BANK, "开户行"),
        (PaymentField.AMOUNT, "金额（元）"),
        (PaymentField.PURPOSE, "用途"),
    ),
    purpose="被征地养老补助",
    reference="业务编号",
    amount="金额（元）",
    outcome="结果",
    reason="失败原因",
    paid=frozenset({"成功", "已付", "paid"}),
    failed=frozenset({"失败", "退汇", "failed"}),
    reasons=MappingProxyType(
        {
            "户名": FailReason.NAME_DIFFERS,
            "销户": FailReason.ACCOUNT_CLOSED,
            "冻结": FailReason.ACCOUNT_FROZEN,
            "账号": FailReason.ACCOUNT_WRONG,
        }
    ),
)
"""For a region whose bank asks for nothing else."""


def read_bank_layouts(
    regions_folder: Path, regions: Iterable[str], problems: list[Problem]
) -> Mapping[str, BankLayout]:
    """Read every region's layout, noting everything wrong; a region without one has ``STANDARD``."""
    return {region: _read(regions_folder / region / "bank.toml", problems) for region in regions}


def _read(path: Path, problems: list[Problem]) -> BankLayout:
    if not path.exists():
        return STANDARD
    table = Table.read(path, problems)
    answer, reasons = table.table("answer"), table.table("reasons")
    layout = BankLayout(
        columns=tuple(_read_column(column) for column in table.tables("columns")),
        purpose=table.text("purpose"),
        reference=answer.text("reference"),
        amount=answer.text("amount"),
        outcome=answer.text("outcome"),
        reason=answer.text("reason"),
        paid=frozenset(answer.texts("paid")),
        failed=frozenset(answer.texts("failed")),
        reasons={word: FailReason(name) for name in _known(reasons) for word in reasons.texts(name)},
    )
    if PaymentField.REFERENCE not in {field for field, _ in layout.columns}:
        table.complain("a file without references cannot be matched with the bank's answer", "columns")
    for each in (answer, reasons, table):
        each.close()
    return layout


def _known(reasons: Table) -> tuple[str, ...]:
    """The reasons that the bank has words for; any other name is told as a field that nobody reads."""
    return tuple(reason for reason in FailReason if reason in reasons)


def _read_column(column: Table) -> tuple[PaymentField, str]:
    name, header = column.text("field"), column.text("header")
    column.close()
    if name in list(PaymentField):
        return PaymentField(name), header
    column.complain(f"{name!r} is no field of a payment", "field")
    return PaymentField.POSITION, header
