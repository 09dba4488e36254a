"""How much of a private number or name is shown: enough to recognise one's own, too little to guess.

Every mask leaves at least 100,000 valid numbers open to whoever already knows the person's birth
year, sex, village, bank and phone company. The citizen number's mask is ``CitizenId.masked``.
"""

_SHOWN_OF_PHONE = 2
_SHOWN_OF_ACCOUNT = 4
# Six digits name the bank, one is the check digit, five leave 100,000 accounts.
_HIDDEN_OF_ACCOUNT = 12


def mask_phone(phone: str) -> str:
    """Return ``*********78`` of a mobile number: the last two digits.

    The usual ``138****5678`` leaves only ten thousand numbers.
    """
    return phone_tail(phone).rjust(len(phone), "*")


def phone_tail(phone: str) -> str:
    """Return as much of a mobile number as its mask shows."""
    return phone[-_SHOWN_OF_PHONE:]


def mask_account(number: str) -> str:
    """Return the last four digits (尾号) of a card or bank account, fewer when it is short.

    A 16- to 19-digit card shows four; an account of 15, 14 or 13 digits shows three, two or one,
    and a shorter one shows none.
    """
    return account_tail(number).rjust(len(number), "*")


def account_tail(number: str) -> str:
    """Return as much of a card or bank account as its mask shows."""
    return number[max(_HIDDEN_OF_ACCOUNT, len(number) - _SHOWN_OF_ACCOUNT) :]


def mask_name(name: str) -> str:
    """Return ``张*`` or ``欧*娜`` for a public notice: neighbours know who is meant, a search does not."""
    if len(name) < 3:
        return name[:1] + "*"
    return name[0] + "*" * (len(name) - 2) + name[-1]
