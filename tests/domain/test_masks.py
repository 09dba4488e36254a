import pytest

from portal.domain.masks import mask_account, mask_name, mask_phone


def test_a_phone_shows_two_digits():
    assert mask_phone("13900000078") == "*********78"


def test_a_phone_s_mask_leaves_a_hundred_thousand_numbers_within_one_company():
    hidden = mask_phone("13900000078").count("*")
    known_company_prefix = 3

    assert 10 ** (hidden - known_company_prefix) >= 100_000


@pytest.mark.parametrize(("digits", "shown"), [(19, 4), (16, 4), (15, 3), (13, 1), (12, 0), (8, 0), (0, 0)])
def test_an_account_shows_at_most_its_last_four_digits(digits, shown):
    number = ("1234567890" * 2)[:digits]

    assert mask_account(number) == "*" * (digits - shown) + number[digits - shown :]


@pytest.mark.parametrize("digits", [13, 14, 15, 16, 17, 18, 19])
def test_an_account_s_mask_leaves_a_hundred_thousand_numbers_within_one_bank(digits):
    hidden = mask_account("6" * digits).count("*")
    known_bank_prefix, check_digit = 6, 1

    assert 10 ** (hidden - known_bank_prefix - check_digit) >= 100_000


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三", "张*"),
        ("王小二", "王*二"),
        ("欧阳小二", "欧**二"),
        ("李", "李*"),
        ("", "*"),
        ("古丽·买买提", "古****提"),
    ],
)
def test_a_name_on_a_public_notice_is_known_to_neighbours_only(name, masked):
    assert mask_name(name) == masked
