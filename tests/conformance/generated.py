"""People, filters and operations at random, of the kinds that occur: few values, so that they often meet."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.corpus.row import CORE, ENT

Json = dict[str, Any]
WORDS = st.sampled_from(["a", "A", "b", "ab", "Zoë", "ZOË", "ß", "42", 'q"q', "x y", "\\", "%"])
TYPES = st.sampled_from(["work", "Work", "home", "other"])
TEXTS = ("displayName", "title", "nickName", "userType", "externalId", "locale")
PARTS = ("givenName", "familyName", "formatted")
LISTS = ("emails", "phoneNumbers", "roles")
EXTENDED = ("department", "employeeNumber", "costCenter")
MOMENTS = st.sampled_from(["2026-01-01T12:00:00Z", "2026-01-01T13:00:00+01:00", "2026-06-01T00:00:00.5Z"])


def _values(marks: st.SearchStrategy[bool | None]) -> st.SearchStrategy[Json]:
    made = st.fixed_dictionaries({"value": WORDS, "type": TYPES}, optional={"display": WORDS, "primary": marks})
    return made.map(lambda value: {name: one for name, one in value.items() if one is not None})


def _settled(values: list[Json]) -> list[Json]:
    """At most one primary value, and one of each type and value, as a server holds them."""
    found: dict[tuple[str, str], Json] = {}
    for value in values:
        primary = any(one.get("primary") for one in found.values())
        found.setdefault((value["type"].lower(), value["value"]), value if not primary else {**value, "primary": False})
    return list(found.values())


LIST = st.lists(_values(st.sampled_from([None, True, False])), min_size=1, max_size=3).map(_settled)
ADDRESS = st.fixed_dictionaries({"type": TYPES, "country": WORDS}, optional={"locality": WORDS})
NAME = st.fixed_dictionaries({}, optional=dict.fromkeys(PARTS, WORDS)).filter(bool)
BLOCK = st.fixed_dictionaries(
    {}, optional={**dict.fromkeys(EXTENDED, WORDS), "manager": st.fixed_dictionaries({"value": WORDS})}
).filter(bool)
PEOPLE = st.fixed_dictionaries(
    {"userName": WORDS},
    optional={
        "active": st.booleans(), "name": NAME, "addresses": st.lists(ADDRESS, min_size=1, max_size=2), ENT: BLOCK,
        **dict.fromkeys(TEXTS, WORDS), **dict.fromkeys(LISTS, LIST),
    },
)  # fmt: skip
WITH_TIMES = st.builds(
    lambda person, moment: {**person, "meta": {"resourceType": "User", "created": moment}}, PEOPLE, MOMENTS
)


def quoted(text: str) -> str:
    """A text as a literal of a filter."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


# -- filters ---------------------------------------------------------------------------------------------------------

OPERATORS = st.sampled_from(["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "EQ"])
NAMES = st.sampled_from(
    ["userName", "USERNAME", "emails.value", "emails", "roles", "emails.type", "addresses.country", f"{CORE}:title",
     *TEXTS, *(f"name.{part}" for part in PARTS), *(f"{ENT}:{name}" for name in EXTENDED), f"{ENT}:manager.value"]
)  # fmt: skip
COMPARED = st.builds(lambda name, op, word: f"{name} {op} {quoted(word)}", NAMES, OPERATORS, WORDS)
FLAGS = st.builds(
    lambda name, op, flag: f"{name} {op} {flag}",
    st.sampled_from(["active", "emails.primary"]),
    st.sampled_from(["eq", "ne"]),
    st.sampled_from(["true", "false", '"True"', '"False"']),
)
TIMES = st.builds(
    lambda op, moment: f'meta.created {op} "{moment}"', st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"]), MOMENTS
)
PRESENT = (NAMES | st.sampled_from(["name", "active", "emails.primary", ENT + ":manager"])).map("{} pr".format)
NULLS = st.builds(lambda name, op: f"{name} {op} null", NAMES, st.sampled_from(["eq", "ne"]))
INSIDE = st.builds(
    lambda name, op, word: f"{name} {op} {quoted(word)}",
    st.sampled_from(["value", "type", "display"]),
    OPERATORS,
    WORDS | TYPES,
) | st.sampled_from(["primary eq true", 'primary eq "True"', "primary pr", "display pr", "primary eq false"])


def _joined(terms: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.builds(lambda a, word, b: f"{a} {word} {b}", terms, st.sampled_from(["and", "or", "AND"]), terms)
    return pair | terms.map("({})".format) | terms.map("not ({})".format)


CHOICES = st.recursive(INSIDE, _joined, max_leaves=3)
BRACKETS = st.builds("{}[{}]".format, st.sampled_from(LISTS), CHOICES)
BEHIND = st.builds(lambda path, op, word: f"{path}.value {op} {quoted(word)}", BRACKETS, OPERATORS, WORDS)
FILTERS = st.recursive(COMPARED | FLAGS | TIMES | PRESENT | NULLS | BRACKETS | BEHIND, _joined, max_leaves=6)

# -- operations ------------------------------------------------------------------------------------------------------

SELECTED = st.builds("{}[type eq {}]".format, st.sampled_from(LISTS), TYPES.map(quoted))
CHOSEN = st.builds("{}[{}]".format, st.sampled_from(LISTS), CHOICES)
TEXT_PATHS = st.sampled_from(
    [*TEXTS, *(f"name.{part}" for part in PARTS), *(f"{ENT}:{name}" for name in EXTENDED), f"{CORE}:title",
     f"{ENT}:manager.value"]
) | st.builds("{}.{}".format, SELECTED | CHOSEN, st.sampled_from(["value", "display", "type"]))  # fmt: skip
EMPTY: st.SearchStrategy[Any] = st.sampled_from([None, ""])


def _operation(ops: list[str], path: Any, value: Any) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries({"op": st.sampled_from(ops), "path": path, "value": value})


SETTING = ["add", "Add", "replace", "Replace"]
REMOVALS = st.fixed_dictionaries(
    {"op": st.sampled_from(["remove", "Remove"]),
     "path": TEXT_PATHS | SELECTED | CHOSEN | st.sampled_from([*LISTS, "name", "addresses", ENT, f"{ENT}:manager"])}
)  # fmt: skip
TAKEN = st.fixed_dictionaries({"value": WORDS}, optional={"type": TYPES})
WHOLE = st.fixed_dictionaries(
    {}, optional={**dict.fromkeys(TEXTS, WORDS), "name": NAME, "emails": LIST, ENT: BLOCK, "active": st.booleans(),
                  "name.givenName": WORDS, f"{ENT}:department": WORDS}
).filter(bool)  # fmt: skip
OPERATIONS = st.one_of(
    _operation(SETTING, TEXT_PATHS, WORDS),
    _operation(SETTING, TEXT_PATHS, EMPTY),
    _operation(SETTING, st.just("active"), st.sampled_from([True, False, "True", "False", "true", "false"])),
    _operation(SETTING, st.sampled_from(LISTS), LIST),
    _operation(SETTING, st.sampled_from(LISTS), LIST.map(lambda values: values[0])),
    _operation(SETTING, st.just("name"), NAME),
    _operation(SETTING, st.just(ENT), BLOCK),
    _operation(SETTING, SELECTED | CHOSEN, st.fixed_dictionaries({"value": WORDS}, optional={"display": WORDS})),
    _operation(SETTING, SELECTED.map("{}.primary".format), st.sampled_from([True, False, "True"])),
    _operation(["remove"], st.sampled_from(LISTS), st.lists(TAKEN, min_size=1, max_size=2)),
    st.fixed_dictionaries({"op": st.sampled_from(["add", "replace"]), "value": WHOLE}),
    REMOVALS,
)
