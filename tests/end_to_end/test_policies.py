"""What an operator decides for a connection, each decision over HTTP against a running gateway."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.end_to_end.processes import start

POLICIES: dict[str, str] = {
    "default": "",
    "deleting": 'on_delete = "delete"',
    "adopting": 'on_conflict = "adopt"',
    "matching": 'on_conflict = "adopt"\nmatch = ["emails[type eq \\"work\\"].value"]',
    "keeping": 'unmapped = "keep"',
    "rejecting": 'unmapped = "reject"',
    "titled": 'keep = ["title"]',
}
CONNECTION = """
[connections.{name}]
adapter = "tests.end_to_end.narrow:Narrow"
token = {{ env = "TOKEN-{name}" }}
{policy}
[connections.{name}.settings]
path = "{folder}/{name}.db"
"""
ADA: dict[str, Any] = {
    "userName": "ada",
    "displayName": "Ada",
    "active": True,
    "title": "Countess",
    "nickName": "Ad",
    "emails": [{"type": "work", "value": "ada@example.com", "primary": True}],
}


def bearer(connection: str) -> dict[str, str]:
    """The header that opens one connection."""
    return {"authorization": f"Bearer the-token-of-{connection}"}


@dataclass
class Wire:
    """A gateway with one connection for each policy; every one has a directory of its own with few attributes."""

    url: str
    folder: Path
    client: httpx.Client

    def ask(self, connection: str, method: str, path: str, body: Any = None) -> httpx.Response:
        headers = {**bearer(connection), "content-type": "application/scim+json"}
        return self.client.request(method, f"{self.url}/{connection}/scim/v2{path}", json=body, headers=headers)

    def find(self, connection: str, filter: str) -> list[Any]:
        answer = self.client.get(
            f"{self.url}/{connection}/scim/v2/Users",
            params={"filter": filter},
            headers=bearer(connection),
        )
        assert answer.status_code == 200, answer.text
        found: list[Any] = answer.json()["Resources"]
        return found

    def accounts(self, connection: str) -> list[tuple[str, bool]]:
        """Login and whether it is enabled, as the directory's own file says."""
        with sqlite3.connect(self.folder / f"{connection}.db") as file:
            return [(login, bool(on)) for login, on in file.execute("select login, enabled from users order by login")]


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    folder = tmp_path_factory.mktemp("policies")
    text = f'[gateway]\nstore = "sqlite:{folder}/map.db"\n'
    text += "".join(CONNECTION.format(name=n, policy=p, folder=folder) for n, p in POLICIES.items())
    (folder / "gateway.toml").write_text(text)
    arguments = ["gateway", "serve", "--config", str(folder / "gateway.toml"), "--port", "0"]
    gateway = start(arguments, folder / "log", {f"TOKEN-{name}": f"the-token-of-{name}" for name in POLICIES})
    with httpx.Client(trust_env=False, timeout=30) as client:
        yield Wire(gateway.url, folder, client)
    gateway.stop()


def made(wire: Wire, connection: str, **more: Any) -> Any:
    answer = wire.ask(connection, "POST", "/Users", {**ADA, **more})
    assert answer.status_code == 201, answer.text
    return answer


@pytest.mark.parametrize(("connection", "left"), [("default", [("gone", False)]), ("deleting", [])])
def test_a_delete_disables_or_deletes_and_the_id_is_gone_either_way(
    wire: Wire, connection: str, left: list[tuple[str, bool]]
) -> None:
    id = made(wire, connection, userName="gone").json()["id"]
    assert wire.ask(connection, "DELETE", f"/Users/{id}").status_code == 204
    assert wire.accounts(connection) == left
    for method, body in (("GET", None), ("PATCH", {"Operations": []}), ("PUT", ADA), ("DELETE", None)):
        assert wire.ask(connection, method, f"/Users/{id}", body).status_code == 404
    assert wire.find(connection, 'userName eq "gone"') == []
    again = made(wire, connection, userName="gone", displayName="Back", title="x").json()
    assert (again["id"] != id, again["displayName"], wire.accounts(connection)) == (True, "Back", [("gone", True)])
    assert wire.ask(connection, "GET", f"/Users/{id}").status_code == 404, "the old id stays gone"
    wire.ask(connection, "DELETE", f"/Users/{again['id']}")


def test_a_login_that_is_disabled_here_cannot_be_taken_by_a_rename_and_the_answer_says_why(wire: Wire) -> None:
    hidden = made(wire, "titled", userName="hidden").json()["id"]
    wire.ask("titled", "DELETE", f"/Users/{hidden}")
    other = made(wire, "titled", userName="other", emails=[]).json()["id"]
    operation = {"op": "Replace", "path": "userName", "value": "hidden"}
    answer = wire.ask("titled", "PATCH", f"/Users/{other}", {"Operations": [operation]})
    assert (answer.status_code, answer.json()["scimType"]) == (409, "uniqueness")
    assert "disabled in the backend" in answer.json()["detail"]


def test_an_account_that_exists_is_a_conflict_or_is_taken_over(wire: Wire) -> None:
    for connection in ("keeping", "adopting"):
        first = made(wire, connection, userName="there").json()["id"]
        second = wire.ask(connection, "POST", "/Users", {"userName": "THERE", "displayName": "New"})
        if connection == "keeping":
            assert (second.status_code, second.json()["scimType"]) == (409, "uniqueness")
        else:
            assert (second.status_code, second.json()["id"], second.json()["displayName"]) == (201, first, "New")
    assert len(wire.accounts("adopting")) == 1


def test_an_account_is_recognised_by_a_further_attribute(wire: Wire) -> None:
    first = made(wire, "matching").json()["id"]
    second = wire.ask("matching", "POST", "/Users", {**ADA, "userName": "ada.lovelace"})
    assert (second.status_code, second.json()["id"], wire.accounts("matching")) == (
        201,
        first,
        [("ada.lovelace", True)],
    )


def test_what_the_backend_has_no_place_for_is_named_kept_or_refused(wire: Wire) -> None:
    ignoring = made(wire, "default", userName="i")
    assert ignoring.headers["x-scimgate-ignored"] == "nickName, title"
    assert not {"title", "nickName"} & ignoring.json().keys()
    keeping = made(wire, "keeping", userName="k")
    assert "x-scimgate-ignored" not in keeping.headers
    assert (keeping.json()["title"], keeping.json()["nickName"]) == ("Countess", "Ad")
    some = made(wire, "titled", userName="s")
    assert (some.json()["title"], some.headers["x-scimgate-ignored"]) == ("Countess", "nickName")
    refused = wire.ask("rejecting", "POST", "/Users", {**ADA, "userName": "r"})
    assert (refused.status_code, refused.json()["scimType"]) == (400, "invalidValue")
    assert "nickName, title" in refused.json()["detail"]
    assert wire.find("rejecting", 'userName eq "r"') == []


def test_what_is_kept_is_found_changed_and_cleared(wire: Wire) -> None:
    id = made(wire, "keeping", userName="kept", title="Old title").json()["id"]
    assert [user["id"] for user in wire.find("keeping", 'title eq "old TITLE"')] == [id]
    for value, found in (("New title", [id]), ("", [])):
        operation = {"op": "Replace", "path": "title", "value": value}
        answer = wire.ask("keeping", "PATCH", f"/Users/{id}", {"Operations": [operation]}).json()
        assert answer.get("title") == (value or None)
        assert [user["id"] for user in wire.find("keeping", 'title eq "New title"')] == found


def test_a_filter_on_what_is_not_held_is_refused_and_never_an_empty_list(wire: Wire) -> None:
    answer = wire.client.get(
        f"{wire.url}/default/scim/v2/Users",
        params={"filter": 'title eq "x"'},
        headers=bearer("default"),
    )
    assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidFilter")


@pytest.mark.parametrize("connection", POLICIES)
def test_the_schemas_say_what_the_connection_holds(wire: Wire, connection: str) -> None:
    schema = wire.ask(connection, "GET", "/Schemas/urn:ietf:params:scim:schemas:core:2.0:User").json()
    names = {attribute["name"] for attribute in schema["attributes"]}
    assert ("title" in names) == (connection in ("keeping", "titled"))
    assert ("nickName" in names) == (connection == "keeping")
    assert {"userName", "displayName", "active", "emails", "externalId"} <= names
