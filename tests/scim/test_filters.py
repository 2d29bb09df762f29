"""The grammar of filters and paths as a table, and their evaluation as another; each row says why."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import version
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scim.evaluation import FilterRefused, fulfils, sensible
from scim.filters import (
    And,
    AttributePath,
    Comparison,
    Filter,
    FilterSyntaxError,
    Not,
    Or,
    PatchPath,
    Present,
    ValuePath,
    parse_filter,
    parse_path,
)
from scim.filters.grammar import filter_of, path_of
from scim.schemas import USERS

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
ENT = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def p(text: str, schema: str | None = None) -> AttributePath:
    name, _, sub = text.partition(".")
    return AttributePath(name, sub or None, schema)


def compared(path: AttributePath, op: str, value: Any, text: str | None = None) -> Comparison:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return Comparison(path, op, value, text or (str(value) if number else None))


def eq(path: str, value: Any, op: str = "eq", text: str | None = None) -> Comparison:
    return compared(p(path), op, value, text)


A, B, C, D = (Present(p(name)) for name in "abcd")
GOOD: list[tuple[str, str, Filter]] = [
    ("RFC figure 2", 'userName eq "bjensen"', eq("userName", "bjensen")),
    ("RFC figure 2", 'name.familyName co "O\'Malley"', eq("name.familyName", "O'Malley", "co")),
    ("RFC figure 2", 'userName sw "J"', eq("userName", "J", "sw")),
    ("RFC figure 2, with a URN", f'{CORE}:userName sw "J"', Comparison(p("userName", CORE), "sw", "J")),
    ("RFC figure 2", "title pr", Present(p("title"))),
    ("RFC figure 2", 'meta.lastModified gt "2011-05-13T04:42:34Z"', eq("meta.lastModified", "2011-05-13T04:42:34Z", "gt")),
    ("RFC figure 2", 'title pr and userType eq "Employee"', And((Present(p("title")), eq("userType", "Employee")))),
    ("RFC figure 2", 'title pr or userType eq "Intern"', Or((Present(p("title")), eq("userType", "Intern")))),
    ("RFC figure 2", f'schemas eq "{ENT}"', eq("schemas", ENT)),
    ("RFC figure 2", 'userType eq "E" and (emails co "x" or emails.value co "y")',
     And((eq("userType", "E"), Or((eq("emails", "x", "co"), eq("emails.value", "y", "co")))))),
    ("RFC figure 2", 'userType ne "E" and not (emails co "x" or emails.value co "y")',
     And((eq("userType", "E", "ne"), Not(Or((eq("emails", "x", "co"), eq("emails.value", "y", "co"))))))),
    ("RFC figure 2", 'emails[type eq "work" and value co "@x"]', ValuePath(p("emails"), And((eq("type", "work"), eq("value", "@x", "co"))))),
    ("RFC figure 2", 'emails[type eq "work"] or ims[type eq "xmpp"]',
     Or((ValuePath(p("emails"), eq("type", "work")), ValuePath(p("ims"), eq("type", "xmpp"))))),
    ("and binds closer than or", "a pr or b pr and c pr", Or((A, And((B, C))))),
    ("and binds closer than or", "a pr and b pr or c pr", Or((And((A, B)), C))),
    ("both sides", "a pr and b pr or c pr and d pr", Or((And((A, B)), And((C, D))))),
    ("inside brackets too", "x[a pr or b pr and c pr]", ValuePath(p("x"), Or((A, And((B, C)))))),
    ("one conjunction", "a pr and b pr and c pr", And((A, B, C))),
    ("one disjunction", "a pr or b pr or c pr", Or((A, B, C))),
    ("grouping wins", "(a pr or b pr) and c pr", And((Or((A, B)), C))),
    ("groups are transparent", "((a pr))", A),
    ("not binds closest", "not (a pr) and b pr", And((Not(A), B))),
    ("not of not", "not (not (a pr))", Not(Not(A))),
    ("not without a blank", "not(a pr)", Not(A)),
    ("operators ignore case", 'a EQ "x" AND b Pr', And((eq("a", "x"), B))),
    ("more blanks", '  a   eq   "x"  ', eq("a", "x")),
    ("tab", 'a\teq\t"x"', eq("a", "x")),
    ("true is a boolean", "active eq true", eq("active", True)),
    ("Entra and Python write True", "active eq True", eq("active", True)),
    ("quoted true is text", 'active eq "true"', eq("active", "true")),
    ("false", "active ne false", eq("active", False, "ne")),
    ("null", "title eq null", eq("title", None)),
    ("quoted null is text", 'title eq "null"', eq("title", "null")),
    ("two digits", "age eq 42", eq("age", 42)),
    ("zero", "age eq 0", eq("age", 0)),
    ("negative", "age ge -7", eq("age", -7, "ge")),
    ("decimal", "x lt 1.5", eq("x", 1.5, "lt")),
    ("exponent", "x gt 1e3", eq("x", 1000.0, "gt", "1e3")),
    ("quoted number is text", 'x eq "42"', eq("x", "42")),
    ("escaped quote", r'a eq "a\"b"', eq("a", 'a"b')),
    ("escaped backslash", r'a eq "CORP\\alice"', eq("a", "CORP\\alice")),
    ("escaped newline", r'a eq "x\ny"', eq("a", "x\ny")),
    ("escaped unicode", r'a eq "\u00e9"', eq("a", "é")),
    ("surrogate pair", r'a eq "\ud83d\ude00"', eq("a", "😀")),
    ("escaped slash", r'a eq "\/"', eq("a", "/")),
    ("unicode as it is", 'a eq "Zoë 漢字"', eq("a", "Zoë 漢字")),
    ("operators inside a string", 'a eq "x and y or (z)"', eq("a", "x and y or (z)")),
    ("brackets inside a string", 'a eq "x[1]"', eq("a", "x[1]")),
    ("empty string", 'a eq ""', eq("a", "")),
    ("plus and percent", 'a eq "a+b%20"', eq("a", "a+b%20")),
    ("keyword as the start of a name", 'trueName eq "x"', eq("trueName", "x")),
    ("keyword as the start of a name", 'nullable eq "x"', eq("nullable", "x")),
    ("keyword as the start of a name", 'orders eq "x" and notes pr', And((eq("orders", "x"), Present(p("notes"))))),
    ("operator as the start of a name", 'equal eq "x"', eq("equal", "x")),
    ("hyphen and digits", 'x-1_y eq "x"', eq("x-1_y", "x")),
    ("$ref", 'manager.$ref eq "x"', eq("manager.$ref", "x")),
    ("extension attribute", f'{ENT}:department eq "x"', Comparison(p("department", ENT), "eq", "x")),
    ("extension sub-attribute", f'{ENT}:manager.value eq "x"', Comparison(p("manager.value", ENT), "eq", "x")),
    ("extension in a group", f"({ENT}:department pr)", Present(p("department", ENT))),
    ("Entra: value path with a sub-attribute", 'emails[type eq "work"].value eq "x"',
     ValuePath(p("emails"), And((eq("type", "work"), eq("value", "x"))))),
    ("Entra: the same, any operator", 'emails[type eq "work"].value co "x"',
     ValuePath(p("emails"), And((eq("type", "work"), eq("value", "x", "co"))))),
    ("Entra: the same, present", 'emails[type eq "work"].value pr', ValuePath(p("emails"), And((eq("type", "work"), Present(p("value")))))),
    ("old docs: without .value", 'emails[type eq "work"] eq "x"', ValuePath(p("emails"), And((eq("type", "work"), eq("value", "x"))))),
    ("Entra: reference check", 'id eq "u1" and manager eq "b1"', And((eq("id", "u1"), eq("manager", "b1")))),
    ("members", 'members[value eq "u1"]', ValuePath(p("members"), eq("value", "u1"))),
    ("primary as text", 'roles[primary eq "True"]', ValuePath(p("roles"), eq("primary", "True"))),
    ("primary as a literal", "roles[primary eq true]", ValuePath(p("roles"), eq("primary", True))),
    ("Microsoft's collection: no quotes", "userName sw O", eq("userName", "O", "sw")),
    ("no quotes, an address", "userName eq a.b+c@x.com", eq("userName", "a.b+c@x.com")),
    ("value path among others", 'a pr and x[b pr] and c pr', And((A, ValuePath(p("x"), B), C))),
]  # fmt: skip

BAD: list[tuple[str, str]] = [
    ("no escape of JSON's", r'a eq "\N"'), ("empty", ""), ("blank", "  "), ("name alone", "userName"), ("no value", "userName eq"), ("no operator", 'userName "x"'),
    ("unknown operator", 'userName is "x"'), ("no name", 'eq "x"'), ("open string", 'a eq "x'), ("open group", "(a pr"),
    ("closed only", "a pr)"), ("open bracket", "x[a pr"), ("closed bracket only", "a pr]"), ("empty group", "()"),
    ("empty brackets", "x[]"), ("nothing after and", "a pr and"), ("nothing before and", "and a pr"), ("two operators", "a pr and or b pr"),
    ("no operator between", "a pr b pr"), ("not without a group", 'not a eq "x"'), ("nested brackets", "x[y[a pr]]"),
    ("no blank after a string", 'a eq "x"and b pr'), ("no blank before a string", 'a eq"x"'), ("two dots", 'a..b eq "x"'),
    ("dot at the end", 'a. eq "x"'), ("dot at the start", '.a eq "x"'), ("blank before a sub-attribute", 'a .b eq "x"'),
    ("three levels", 'a.b.c eq "x"'), ("raw newline in a string", 'a eq "x\ny"'), ("raw NUL in a string", 'a eq "x\x00"'),
    ("unknown escape", r'a eq "\x"'), ("half an escape", r'a eq "\u00"'), ("half a surrogate pair", r'a eq "\ud800"'),
    ("value after pr", 'a pr "x"'), ("semicolon", 'a eq "x"; drop'), ("comment", 'a eq "x" -- '), ("single quotes around blanks", "a eq 'x y'"),
    ("deep", "(" * 31 + "a pr" + ")" * 31), ("very deep", "(" * 4000), ("too long", 'a eq "' + "x" * 4096 + '"'),
    ("digit first", '1a eq "x"'), ("keyword as a name", 'not eq "x"'), ("URN without a name", f'{ENT}: eq "x"'),
]  # fmt: skip


@pytest.mark.parametrize(("why", "text", "tree"), GOOD, ids=[f"{why}: {text[:40]}" for why, text, _ in GOOD])
def test_a_filter_is_read_as_it_is_meant(why: str, text: str, tree: Filter) -> None:
    assert parse_filter(text) == tree
    assert filter_of(text) == tree, "the fast path and the grammar agree"


@pytest.mark.parametrize(("why", "text"), BAD, ids=[why for why, _ in BAD])
def test_what_is_no_filter_is_refused_with_its_place(why: str, text: str) -> None:
    with pytest.raises(FilterSyntaxError) as refused:
        parse_filter(text)
    assert "cannot be read" in str(refused.value)
    assert len(str(refused.value)) < 200
    assert refused.value.position is None or 0 <= refused.value.position <= len(text)


PATHS = [
    ("a name", "userName", PatchPath(p("userName"))),
    ("a sub-attribute", "name.givenName", PatchPath(p("name.givenName"))),
    ("a value path", 'emails[type eq "work"]', PatchPath(p("emails"), eq("type", "work"))),
    ("a value path's sub-attribute", 'emails[type eq "work"].value', PatchPath(p("emails.value"), eq("type", "work"))),
    ("capital Value", 'emails[type eq "other"].Value', PatchPath(p("emails.Value"), eq("type", "other"))),
    ("members", 'members[value eq "x"]', PatchPath(p("members"), eq("value", "x"))),
    ("URN", f"{ENT}:department", PatchPath(p("department", ENT))),
    ("URN and sub-attribute", f"{ENT}:manager.value", PatchPath(p("manager.value", ENT))),
    ("URN and filter", f'{CORE}:emails[type eq "work"].value', PatchPath(p("emails.value", CORE), eq("type", "work"))),
    ("two conditions", 'a[type eq "x" and primary eq true].v', PatchPath(p("a.v"), And((eq("type", "x"), eq("primary", True))))),
]  # fmt: skip


@pytest.mark.parametrize(("why", "text", "path"), PATHS, ids=[why for why, _, _ in PATHS])
def test_a_path_is_read_as_it_is_meant(why: str, text: str, path: PatchPath) -> None:
    assert parse_path(text) == path
    assert path_of(text) == path, "the fast path and the grammar agree"


NEAR = [
    'a[b EQ "x"].c', 'a[b  eq\t"x"]', 'a[ b eq "x"]', 'a[b eq "x" ]', 'a[b eq "x"] ', ' a[b eq "x"]', 'a[b eq "x"]c', 'a[b eq "x"]. c',
    'a[eq eq "x"]', 'or[a eq "x"]', 'a[b eq "x"].or', 'a.b[c eq "x"]', 'a[b.c eq "x"].d', 'a[b eq "x"].c.d', 'a[b eq "x"][c eq "y"]',
    r'a[b eq "\"]\u00e9"].c', r'a[b eq "\ud800"]', r'a[b eq "\N"]', 'a[b eq "\x01"]', 'a[b eq ""]', 'a[b eq "true"]', 'a[b eq true]',
    'a[b eq 5]', 'a[b ne "x"]', 'a[b eqq "x"]', 'a[urn:x:y:b eq "x"]', 'urn:x:2.0:User:a[b eq "x"].$ref', 'urn:x:a[b eq "x"', 'é[b eq "x"]',
]  # fmt: skip


@pytest.mark.parametrize("text", NEAR)
def test_what_is_near_the_usual_path_is_read_as_the_grammar_reads_it(text: str) -> None:
    read = list[PatchPath | None]()
    for one in (parse_path, path_of):
        try:
            read.append(one(text))
        except FilterSyntaxError:
            read.append(None)
    assert read[0] == read[1]


def test_what_is_usual_needs_no_grammar() -> None:
    usual = ["parse_filter('userName eq \"x\"')", "parse_path('title')", "parse_path('emails[type eq \"work\"].value')"]
    code = f"import sys; from scim.filters import parse_filter, parse_path; {'; '.join(usual)}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"sly", "scim.filters.grammar"} & set(done.stdout.split())


@pytest.mark.parametrize("text", ["", "a b", 'a eq "x"', "a[", "a[]", 'a[b eq "x"', 'a[b eq "x"].', "a.b.c", "a pr", "(a)", "not (a)", "a and b", ".", "a[b pr].c.d"])  # fmt: skip
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(FilterSyntaxError):
        parse_path(text)


USER: dict[str, Any] = {
    "id": "AbC", "userName": "Ada@X", "displayName": "Zoë", "active": True, "externalId": "E1",
    "name": {"familyName": "Lovelace", "givenName": "Ada"},
    "emails": [{"type": "work", "value": "ada@x", "primary": True}, {"type": "home", "value": "h@x"}],
    ENT: {"department": "ER", "manager": {"value": "b1"}},
    "meta": {"created": "2026-01-31T12:00:00Z", "lastModified": "2026-02-01T01:00:00+01:00", "resourceType": "User"},
}  # fmt: skip
EVALUATED: list[tuple[str, str, bool]] = [
    ("userName ignores case", 'userName eq "ADA@x"', True),
    ("id is caseExact", 'id eq "abc"', False),
    ("id", 'id eq "AbC"', True),
    ("externalId is caseExact", 'externalId eq "e1"', False),
    ("attribute names ignore case", 'USERNAME eq "ada@x"', True),
    ("core URN", f'{CORE}:userName eq "ada@x"', True),
    ("unicode folds", 'displayName eq "ZOË"', True),
    ("contains", 'userName co "A@"', True), ("starts", 'userName sw "ada"', True), ("ends", 'userName ew "X"', True),
    ("does not contain", 'userName co "q"', False),
    ("order of texts", 'userName gt "ad"', True), ("order of texts", 'userName lt "ad"', False),
    ("at least itself", 'userName ge "ada@x"', True), ("at most itself", 'userName le "ada@x"', True),
    ("not equal", 'userName ne "other"', True), ("not equal to itself", 'userName ne "ada@x"', False),
    ("missing is not equal", 'title ne "x"', True), ("missing equals null", "title eq null", True),
    ("present is not null", "userName ne null", True), ("present does not equal null", "userName eq null", False),
    ("present", "userName pr", True), ("missing", "title pr", False), ("complex present", "name pr", True),
    ("boolean", "active eq true", True), ("boolean as text", 'active eq "True"', True), ("other boolean", "active eq false", False),
    ("boolean ne", "active ne true", False), ("text is no boolean", 'active eq "perhaps"', False),
    ("sub-attribute", 'name.familyName eq "lovelace"', True),
    ("multi-valued means value", 'emails co "h@"', True), ("multi-valued eq", 'emails eq "ada@x"', True),
    ("any value", 'emails.value eq "h@x"', True), ("no value", 'emails.value eq "z@x"', False),
    ("none equals", 'emails.value ne "h@x"', False),
    ("one and the same value", 'emails[type eq "work" and value eq "h@x"]', False),
    ("one and the same value", 'emails[type eq "home" and value eq "h@x"]', True),
    ("not inside", 'emails[not (type eq "work")]', True), ("or inside", 'emails[type eq "x" or primary eq true]', True),
    ("primary as text", 'emails[primary eq "True"]', True),
    ("Entra's form", 'emails[type eq "work"].value eq "ADA@X"', True), ("Entra's form", 'emails[type eq "work"].value eq "h@x"', False),
    ("extension", f'{ENT}:department eq "er"', True), ("extension by its bare name", 'department eq "er"', True),
    ("manager means value", 'manager eq "b1"', True), ("manager", f'{ENT}:manager.value eq "b2"', False),
    ("moments, not texts", 'meta.lastModified eq "2026-02-01T00:00:00Z"', True),
    ("later", 'meta.lastModified gt "2026-01-31T23:59:59Z"', True), ("earlier", 'meta.created lt "2026-01-31T13:00:00+02:00"', False),
    ("a moment without a zone is UTC", 'meta.created eq "2026-01-31T12:00:00"', True),
    ("and", 'active eq true and userName sw "a"', True), ("and", 'active eq true and userName sw "b"', False),
    ("or", 'active eq false or userName sw "a"', True), ("not", 'not (userName sw "b")', True),
    ("number against text", "userName eq 5", False),
]  # fmt: skip


@pytest.mark.parametrize(("why", "text", "holds"), EVALUATED, ids=[f"{why}: {text[:40]}" for why, text, _ in EVALUATED])
def test_a_filter_holds_where_it_should(why: str, text: str, holds: bool) -> None:
    filter = parse_filter(text)
    sensible(USERS, filter)
    assert fulfils(USERS, filter, USER) is holds


@pytest.mark.parametrize("text", ["active gt true", 'active sw "t"', 'x509Certificates.value gt "x"', 'name eq "x"', 'emails[primary gt true]', 'meta.created gt "yesterday"'])  # fmt: skip
def test_a_comparison_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(FilterRefused):
        sensible(USERS, parse_filter(text))


def rendered(filter: Filter) -> str:
    """A tree as text, every group in parentheses."""

    def path(at: AttributePath) -> str:
        return f"{at.schema}:" * bool(at.schema) + at.attribute + (f".{at.sub}" if at.sub else "")

    match filter:
        case Comparison():
            return f"{path(filter.path)} {filter.op} {json.dumps(filter.value, ensure_ascii=False)}"
        case Present():
            return f"{path(filter.path)} pr"
        case Not():
            return f"not ({rendered(filter.term)})"
        case ValuePath():
            return f"{path(filter.path)}[{rendered(filter.filter)}]"
        case And() | Or():
            word = " and " if isinstance(filter, And) else " or "
            return word.join(f"({rendered(term)})" for term in filter.terms)


NAMES = st.sampled_from(["a", "userName", "trueName", "x-1", "nullable", "equal"])
ATTRIBUTES = st.builds(AttributePath, NAMES, st.none() | NAMES, st.none() | st.just(ENT))
SIMPLE = st.builds(AttributePath, NAMES)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)
LITERALS = TEXTS | st.booleans() | st.none() | st.integers(-(10**6), 10**6)
OPERATORS = st.sampled_from(["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"])


def expressions(paths: st.SearchStrategy[AttributePath]) -> st.SearchStrategy[Filter]:
    return st.builds(compared, paths, OPERATORS, LITERALS) | st.builds(Present, paths)


def groups(inner: st.SearchStrategy[Filter]) -> st.SearchStrategy[Filter]:
    def terms(kind: type[And] | type[Or]) -> st.SearchStrategy[Filter]:
        parts = st.lists(inner.filter(lambda term: not isinstance(term, kind)), min_size=2, max_size=3)
        return parts.map(lambda found: kind(tuple(found)))

    return terms(And) | terms(Or) | st.builds(Not, inner)


TREES = st.recursive(
    expressions(ATTRIBUTES) | st.builds(ValuePath, SIMPLE, st.recursive(expressions(SIMPLE), groups, max_leaves=3)),
    groups,
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(TREES)
def test_a_tree_that_is_written_out_is_read_back(tree: Filter) -> None:
    text = rendered(tree)
    if len(text) <= 4096:
        assert parse_filter(text) == tree


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40) | st.lists(st.sampled_from(['"x"', "a", "eq", "and", "or", "not", "(", ")", "[", "]", ".b", "pr", " ", "5", "true"]), max_size=12).map(" ".join))  # fmt: skip
def test_nothing_but_a_syntax_error_ever_comes_out(text: str) -> None:
    for read in (parse_filter, parse_path):
        try:
            read(text)
        except FilterSyntaxError:
            continue


def test_a_long_chain_needs_no_deep_stack() -> None:
    chain = parse_filter(" or ".join(["a pr"] * 450))
    assert isinstance(chain, Or)
    assert len(chain.terms) == 450


def test_the_corrected_library_is_the_one_that_was_corrected() -> None:
    assert (version("scim2-filter-parser"), version("sly")) == ("0.7.0", "0.5"), "read scim/filters/grammar.py again"
