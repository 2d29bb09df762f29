"""People's names: what stands in for one that is missing, and the forms of a display name.

Replicon makes a display text from the names, "Family, Given" unless the company chose otherwise, until a display name
was written. A client whose text says no more than the names must not see another form of it, or it would write it
again in every cycle; so such a text is shown in the form that the connection expects, and is not written.
"""

from __future__ import annotations

import logging
import re
import unicodedata
from typing import Literal

from scim_adapter import Native

log = logging.getLogger(__name__)
Form = Literal["given-family", "family-given", "family-comma-given", "as-sent", "off"]
NO_NAME = "-"
"""The family name of somebody who has none; Replicon wants one."""
LONGEST = 50
"""Characters of a first or last name."""
REMEMBERED = 10_000
"""Display names that are remembered as written."""
NOT_KEPT = (
    "Replicon does not show the display name that was written for a user; it is not written again. If that is how this "
    'company is set up, set display_name = "off" for the connection, and keep = ["displayName"] to remember the names.'
)


def given_name(record: Native) -> str:
    """A first name for who has none: the local part of the login."""
    login = str(record.get("loginName") or NO_NAME)
    return (login.split("@", maxsplit=1)[0] or login)[:LONGEST]


def family_name(record: Native) -> str:
    """A last name for who has none."""
    return NO_NAME


def read_family_name(value: str) -> str | None:
    """The last name that a person really has."""
    return None if value == NO_NAME else value


def says_no_more(text: str | None, first: str | None, last: str | None) -> bool:
    """Whether a text is the two names in any order, whatever the commas, blanks and case."""
    names = (first or "", last or "")
    real = tuple("" if name == NO_NAME else name for name in names)
    known = {_letters(a + b) for pair in (names, real) for a, b in (pair, pair[::-1])}
    return _letters(text or "") in known - {""}


def _letters(text: str) -> str:
    return re.sub(r"[\s,、]+", "", unicodedata.normalize("NFKC", text)).casefold()


def shown(text: str | None, first: str | None, last: str | None, form: Form) -> str | None:
    """A display text in the form that the connection expects; one that says more stays as it is."""
    if form == "as-sent" or not says_no_more(text, first, last):
        return text
    names = [name for name in (first, last) if name and name != NO_NAME]
    if form != "given-family":
        names.reverse()
    return (", " if form == "family-comma-given" else " ").join(names)


class DisplayNames:
    """Which display names are worth a write."""

    def __init__(self, form: Form) -> None:
        self.form = form
        self._written: dict[str, tuple[str | None, str | None]] = {}
        self._warned = False

    def worth_writing(self, key: str, before: Native, wanted: str | None) -> bool:
        """Whether a user's display name is to be written, which would otherwise stay as it is in `before`."""
        if self._written.get(key) == (before.get("shownAs"), wanted):
            self._warn()
            return False
        return self.form == "as-sent" or not _made_anyway(before, wanted)

    def _warn(self) -> None:
        if not self._warned:
            self._warned = True
            log.warning(NOT_KEPT)

    def written(self, key: str, before: Native, wanted: str | None) -> None:
        """Remember a write: Replicon may have taken it and yet show what it showed before."""
        if len(self._written) >= REMEMBERED:
            self._written.clear()
        self._written[key] = (before.get("shownAs"), wanted)


def _made_anyway(before: Native, wanted: str | None) -> bool:
    """Whether Replicon makes the display text itself and the wanted one says no more than the same names."""
    names = before.get("firstName"), before.get("lastName")
    return says_no_more(before.get("shownAs"), *names) and (wanted is None or says_no_more(wanted, *names))
