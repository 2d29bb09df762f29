"""Keys of users (`7`) and groups (`g7`), and the numbers that stand for both: a group's has a minus sign."""

from __future__ import annotations

USER, GROUP = "User", "Group"
PREFIX = "g"


def number(key: object) -> int:
    """The number in a key; 0, which nobody has, when it is not written as we write it (SQLite takes 1.0 for 1)."""
    text = str(key)
    digits = text.removeprefix(PREFIX)
    plain = digits.isascii() and digits.isdecimal() and len(digits) < 19 and str(int(digits)) == digits
    if not plain:
        return 0
    return int(digits) if digits == text else -int(digits)


def row_of(type: str, key: object) -> int:
    """The row that a key means in the table of this type; 0 when it is a key of the other one."""
    found = number(key)
    return max(0, -found if type == GROUP else found)


def key(number: int) -> str:
    """The key that a number stands for."""
    return str(number) if number > 0 else f"{PREFIX}{-number}"


def key_of(type: str, row: int) -> str:
    """The key of a row."""
    return key(-row if type == GROUP else row)
