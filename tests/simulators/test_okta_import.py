"""Imports of the Okta simulator: pages, matches, and what a bad list does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.simulators.okta_people import TEAM, Integration, did, person
from tests.simulators.okta_target import Call, OktaTarget, Reply, instead, on, scim_error, serving


@pytest.fixture
def target() -> Iterator[OktaTarget]:
    with serving() as served:
        yield served


@pytest.fixture
def okta(target: OktaTarget, tmp_path: Path) -> Integration:
    return Integration(target, tmp_path, {"import_users": True})


def fill(okta: Integration, number: int, **more: Any) -> None:
    for each in range(number):
        okta.target.hold("Users", **{"userName": f"user{each}@acme.example.com", "active": True, **more})


def page(start: int, kind: str = "Users") -> str:
    return f"GET /{kind}?startIndex={start}&count=100"


@pytest.mark.parametrize(
    ("number", "pages", "why"),
    [
        (0, [1], "an empty target is asked once"),
        (99, [1], "one page"),
        (100, [1], "a full page, and the total says that it is the last"),
        (101, [1, 101], "one more"),
        (250, [1, 101, 201], "the last one is short"),
    ],
)
def test_an_import_reads_all_pages_of_a_hundred(okta: Integration, number: int, pages: list[int], why: str) -> None:
    fill(okta, number)
    report = okta.go(only="import")
    assert (okta.lines(), dict(report.warnings)) == ([page(each) for each in pages], {}), why
    assert report.counts["import"]["scanned"] == number, why


def test_an_import_matches_by_user_name_and_spares_the_look_up(okta: Integration) -> None:
    fill(okta, 3)
    okta.target.users["u2"]["userName"] = "User1@Acme.example.com"
    okta.target.hold("Users", userName="gone@acme.example.com", active=False)
    report = okta.go(person("x", login="USER1@acme.example.com"), person("gone"), person("new"))
    assert dict(report.counts["import"]) == {"scanned": 3, "matched": 1, "new": 2, "inactive": 1}
    assert did(report) == {"linked": 1, "reactivated": 1, "created": 1}
    assert [line.split("%22")[0] for line in okta.lines()] == [
        page(1),
        "GET /Users/u2",
        "PUT /Users/u2",
        "GET /Users?filter=userName%20eq%20",
        "GET /Users/u4",
        "PUT /Users/u4",
        "PATCH /Users/u4",
        "GET /Users?filter=userName%20eq%20",
        "POST /Users",
    ], "inactive accounts are passed over by imports, and found by the filter"
    assert okta.target.user("user0@acme.example.com")["active"] is True, "nobody's account is left alone"


def test_who_is_linked_counts_as_matched_whatever_the_name(okta: Integration) -> None:
    okta.go(person())
    okta.target.users["u1"]["userName"] = "renamed-by-hand@acme.example.com"
    report = okta.go(person())
    assert dict(report.counts["import"]) == {"scanned": 1, "matched": 1, "new": 0}
    assert did(report) == {"unchanged": 1}


def test_groups_are_imported_only_when_asked_for(okta: Integration) -> None:
    okta.target.hold("Groups", displayName="Team")
    report = okta.go(groups=(TEAM,), import_groups=True, only="import")
    assert (okta.lines(), report.counts["import"]["groups"]) == ([page(1), page(1, "Groups")], 1)
    okta.go(only="import")
    assert okta.lines() == [page(1)]


def short(call: Call, reply: Reply) -> Reply:
    """A server that gives 50 at most."""
    return Reply(200, {**reply.body, "itemsPerPage": 50, "Resources": reply.body["Resources"][:50]})


def unsteady(call: Call, reply: Reply) -> Reply:
    return Reply(200, {**reply.body, "Resources": [{"id": "u1", "userName": "a", "active": True}]})


@pytest.mark.parametrize(
    ("fault", "warned", "pages", "why"),
    [
        (short, "the page of Users from 1 held 50 instead of 100", 2, "Okta goes on at 101 all the same"),
        (unsteady, "Users came twice: the order of pages is not stable", 2, "the same user on two pages"),
    ],
)
def test_pages_that_lose_people_are_warned_of(okta: Integration, fault: Any, warned: str, pages: int, why: str) -> None:
    fill(okta, 150)
    okta.target.faults.append(on("GET /Users?startIndex=", fault))
    report = okta.go(only="import")
    assert warned in report.warnings and len(okta.lines()) == pages, why


@pytest.mark.parametrize(
    ("resources", "pages", "why"),
    [
        ([], 1, "an empty page"),
        ([{"id": "u1", "userName": "a", "active": True}], 2, "the same page again"),
    ],
)
def test_a_total_that_is_not_true_ends_at_a_page_that_brings_nothing_new(
    okta: Integration, resources: list[Any], pages: int, why: str
) -> None:
    endless = instead(Reply(200, {"totalResults": 10**12, "Resources": resources}))
    okta.target.faults.append(on("GET /Users?startIndex=", endless))
    okta.go(only="import")
    assert len(okta.lines()) == pages, why


@pytest.mark.parametrize(
    ("reply", "said", "why"),
    [
        (scim_error(500, "oops"), "HTTP 500 Internal Server Error: oops", "down"),
        (scim_error(404), "HTTP 404", "absent is not empty here"),
        (Reply(200, {"totalResults": "1", "Resources": []}), "totalResults must be an integer", "a string"),
        (Reply(200, {"totalResults": 1, "startIndex": "1"}), "startIndex must be an integer", "another"),
        (Reply(200, {"totalResults": True}), "totalResults must be an integer", "nor is it a boolean"),
        (Reply(200, {"totalResults": 1, "Resources": [7]}), "no usable id", "not a resource"),
        (
            Reply(200, {"totalResults": 1, "Resources": [{"id": "\ud800"}]}),
            "no usable id",
            "nothing that could be kept",
        ),
        (Reply(200, b"[" * 100_000), "not JSON", "too deep"),
    ],
)
def test_a_page_that_cannot_be_read_stops_the_run(okta: Integration, reply: Reply, said: str, why: str) -> None:
    okta.target.faults.append(on(page(1), instead(reply)))
    report = okta.go(person())
    assert report.stopped and said in report.stopped and report.stopped.startswith("The import failed"), why
    assert (report.exit_status, okta.target.users) == (1, {}), why
