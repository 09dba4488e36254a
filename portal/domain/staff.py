"""Roles at the desk."""

from enum import StrEnum


class Role(StrEnum):
    """What a staff account may do; one account may hold several, one claim still takes four people."""

    CLERK = "clerk"
    FIRST_REVIEWER = "first_reviewer"
    SECOND_REVIEWER = "second_reviewer"
    APPROVER = "approver"
    CASHIER = "cashier"
    AUDITOR = "auditor"
    CURATOR = "curator"
    ADMINISTRATOR = "administrator"
