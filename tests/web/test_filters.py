"""Where a line of Chinese may break, and where it may not."""

import re

import pytest

from portal.web.filters import sentence


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("请在12月31日前办。", ["12月", "31日前办。"]),
        ("您的申请GD2026-0001办好了。", ["GD2026-0001办好了。"]),
        ("短信验证码10分钟作废。", ["10分钟作废。"]),
        ("一年最多能补12,345元。", ["12,345元。"]),
        ("一年申请一次，最多补15年。", ["最多补15年。"]),
        ("凭晋政办〔2020〕1号，五（四）2。", ["1号", "五（四）2。"]),
        ("周一到周五 8:30–12:00，13:30–17:30", ["8:30–12:00", "13:30–17:30"]),
        ("农村信用社 尾号0014", ["尾号0014"]),
        ("还在缴费，没有开始领职工养老金", ["职工养老金"]),
        ("領補助。原參保人不用認。", ["不用認。"]),
        ("Monday to Friday 8:30–12:00", ["8:30–12:00"]),
    ],
)
def test_what_is_read_in_one_breath_stays_on_one_line(text: str, whole: list[str]):
    assert re.findall(r'<span class="nb">(.*?)</span>', sentence(text)) == whole
