from pathlib import Path

import pytest

from portal.content.bank_layouts import STANDARD, read_bank_layouts
from portal.content.problems import Problem
from portal.domain.payments import FailReason, PaymentField
from tests.builders import KB, real_packs


def read(folder: Path, text: str) -> list[Problem]:
    (folder / "here").mkdir()
    (folder / "here" / "bank.toml").write_text(text, encoding="utf-8")
    problems: list[Problem] = []
    read_bank_layouts(folder, ["here"], problems)
    return problems


def test_every_region_has_a_layout_and_jinning_its_own():
    layouts = real_packs().bank_layouts

    assert set(layouts) == set(real_packs().regions)
    assert layouts["taizhou"] is STANDARD
    assert (PaymentField.PAYEE, "收款人名称") in layouts["jinning"].columns
    assert layouts["jinning"].reason_in("收款户名与账号不符") is FailReason.NAME_DIFFERS
    assert layouts["jinning"].reason_in("对方行系统维护") is FailReason.OTHER


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ('field = "reference"', 'field = "number"', "is no field of a payment"),
        ('field = "reference"', 'field = "bank"', "without references"),
        ('name_differs = ["户名"]', 'closed = ["户名"]', "closed"),
    ],
)
def test_what_is_wrong_in_a_layout_is_told_with_its_file(tmp_path: Path, was: str, becomes: str, told: str):
    sound = (KB / "regions" / "jinning" / "bank.toml").read_text(encoding="utf-8")
    assert was in sound

    problems = read(tmp_path, sound.replace(was, becomes))

    assert any(told in problem.message for problem in problems), problems
