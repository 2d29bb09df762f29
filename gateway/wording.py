"""The faults of settings in our words: what is wrong, and what was perhaps meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

WORDS: Mapping[str, str] = {
    "missing": "it is missing, and the adapter needs it.",
    "string_type": "it must be a string.",
    "bool_type": "it must be true or false.",
    "bool_parsing": "it must be true or false.",
    "int_type": "it must be a whole number.",
    "int_parsing": "it must be a whole number.",
    "int_from_float": "it must be a whole number.",
    "float_type": "it must be a number.",
    "float_parsing": "it must be a number.",
    "finite_number": "it must be a finite number.",
    "list_type": "it must be a list.",
    "tuple_type": "it must be a list.",
    "set_type": "it must be a list of different values.",
    "frozen_set_type": "it must be a list of different values.",
    "dict_type": "it must be a table.",
    "mapping_type": "it must be a table.",
    "model_type": "it must be a table.",
    "literal_error": "it must be {expected}.",
    "enum": "it must be {expected}.",
    "greater_than": "it must be above {gt}.",
    "greater_than_equal": "it must be {ge} or more.",
    "less_than": "it must be below {lt}.",
    "less_than_equal": "it must be {le} or less.",
    "string_too_short": "it must have {min_length} characters or more.",
    "string_too_long": "it must have {max_length} characters or less.",
    "string_pattern_mismatch": "it must match {pattern}.",
    "too_short": "it must have {min_length} entries or more.",
    "too_long": "it must have {max_length} entries or less.",
    "url_parsing": "it must be a URL.",
    "url_type": "it must be a URL.",
    "url_scheme": "it must be a URL that starts with {expected_schemes}.",
}
"""What pydantic calls its errors, in our words."""


def worded(error: Mapping[str, Any], known: Iterable[str]) -> str:
    """A sentence for one of pydantic's errors. `known` are the settings that there are where it occurred."""
    kind = error["type"]
    if kind in ("extra_forbidden", "unexpected_keyword_argument"):
        return unknown(str(error["loc"][-1]), known)
    if kind in ("value_error", "assertion_error"):
        return str(error["msg"]).partition("error, ")[2].rstrip(".") + "."
    if kind in WORDS:
        return WORDS[kind].format_map(error.get("ctx", {}))
    return f"it cannot be used: {error['msg'].rstrip('.')}."


def unknown(name: str, known: Iterable[str]) -> str:
    """The sentence for a setting that does not exist."""
    names = list(known)
    told = f"; known are {', '.join(names)}" if names else "; there are none at all"
    return f"there is no such setting{nearest(name, names) or told}."


def nearest(name: str, known: Iterable[str]) -> str:
    """ "; did you mean …?" without its end; empty when nothing is near."""
    from difflib import get_close_matches

    by_letters = {_letters(one): one for one in known}
    found = get_close_matches(_letters(name), by_letters, n=1, cutoff=0.7)
    return f"; did you mean {by_letters[found[0]]}" if found else ""


def _letters(name: str) -> str:
    return name.replace("-", "_").casefold()
