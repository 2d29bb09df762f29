"""A state machine of requests for people, in any order, beside a dictionary that says what is to be answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
)

from tests.conformance.poor import document
from tests.conformance.surface import Surface
from tests.corpus.row import CORE, ENT

Json = dict[str, Any]
LOGINS = st.sampled_from(["ada@x", "ADA@x", "bob", "zoë", "ZOË", "dave_%", "eve", "fay", "gus"])
WORDS = st.sampled_from(["Nurse", "nurse", 'q"q', "50% off"])
MAYBE = st.none() | WORDS
WRITTEN = st.fixed_dictionaries({"displayName": MAYBE, "title": MAYBE, "work": MAYBE, "department": MAYBE})


def fold(text: str | None) -> str | None:
    """As userName and most others are compared."""
    return None if text is None else text.casefold()


class People(RuleBasedStateMachine):
    """`people` and `teams` are the dictionary: by id, what a read must give."""

    configuration: ClassVar[Json] = document("directory", {"path": ":memory:"})
    anybody: Bundle[str] = Bundle("anybody")

    def __init__(self) -> None:
        super().__init__()
        self.surface = Surface(self.configuration)
        self.people: dict[str, Json] = {}
        self.teams: dict[str, Json] = {}
        self.used: set[str] = set()
        self.creates = 0

    def teardown(self) -> None:
        self.surface.close()

    def another(self) -> Json:
        """What makes each create one of its own: the same again would be a repeat, answered as the first was."""
        self.creates += 1
        return {"externalId": str(self.creates)}

    # -- people --------------------------------------------------------------------------------------------------

    @initialize(target=anybody, written=st.lists(WRITTEN, min_size=4, max_size=4))
    def begin(self, written: list[Json]) -> Any:
        """Four people, who are more than one page of the poor backend, and an id that nobody has."""
        ids = [self.create(login, one) for login, one in zip(("hal", "ida", "jon", "kim"), written, strict=True)]
        return multiple("aaaaaaaaaaaaaaaaaaaaaaaaaa", *ids)

    def taken(self, login: str, but: str = "") -> bool:
        return any(fold(one["userName"]) == fold(login) for id, one in self.people.items() if id != but)

    @rule(target=anybody, login=LOGINS, written=WRITTEN)
    def appear(self, login: str, written: Json) -> Any:
        return self.create(login, written)

    def create(self, login: str, written: Json) -> Any:
        answer = self.surface.send("POST", "/Users", _sent(login, written) | self.another())
        if self.taken(login):
            assert (answer.status_code, answer.json()["scimType"]) == (409, "uniqueness")
            return multiple()
        assert answer.status_code == 201
        id: str = answer.json()["id"]
        assert id not in self.used, "an id is never used again"
        assert answer.headers["location"] == answer.json()["meta"]["location"]
        self.used.add(id)
        self.people[id] = {"userName": login, "active": True, **written}
        assert _held(answer.json()) == self.people[id]
        return id

    @rule(id=anybody, login=LOGINS, written=WRITTEN)
    def put(self, id: str, login: str, written: Json) -> None:
        answer = self.surface.send("PUT", f"/Users/{id}", _sent(login, written))
        if id not in self.people:
            assert answer.status_code == 404
        elif self.taken(login, but=id):
            assert answer.status_code == 409
        else:
            self.people[id] = {"userName": login, "active": self.people[id]["active"], **written}
            assert (answer.status_code, _held(answer.json())) == (200, self.people[id])

    @rule(id=anybody)
    def put_back(self, id: str) -> None:
        """Okta's way: what was read is sent back whole, with all that is read-only, and nothing changes."""
        if id in self.people:
            read = self.surface.send("GET", f"/Users/{id}")
            answer = self.surface.send("PUT", f"/Users/{id}", read.json())
            assert (answer.status_code, answer.json()) == (200, read.json())
            assert answer.headers["etag"] == read.headers["etag"]

    @rule(id=anybody, written=WRITTEN, active=st.sampled_from([None, "False", True]), flag=st.booleans())
    def patch(self, id: str, written: Json, active: Any, flag: bool) -> None:
        answer = self.surface.patch(f"/Users/{id}", *_operations(written, active, flag))
        if id not in self.people:
            assert answer.status_code == 404
            return
        self.people[id] |= written | ({} if active is None else {"active": active is True})
        assert (answer.status_code, _held(answer.json())) == (200, self.people[id])

    @rule(id=anybody, login=LOGINS)
    def rename(self, id: str, login: str) -> None:
        answer = self.surface.patch(f"/Users/{id}", {"op": "Replace", "path": "userName", "value": login})
        if id not in self.people:
            assert answer.status_code == 404
        elif self.taken(login, but=id):
            assert answer.status_code == 409
        else:
            self.people[id]["userName"] = login
            assert answer.status_code == 200

    @rule(id=anybody)
    def delete(self, id: str) -> None:
        answer = self.surface.send("DELETE", f"/Users/{id}")
        assert answer.status_code == (204 if self.people.pop(id, None) else 404)
        for team in self.teams.values():
            team["members"].discard(id)

    @rule(id=anybody)
    def read(self, id: str) -> None:
        answer = self.surface.send("GET", f"/Users/{id}")
        assert answer.status_code == (200 if id in self.people else 404)
        if id in self.people:
            assert _held(answer.json()) == self.people[id]
            assert set(answer.json()["schemas"]) <= {CORE, ENT}

    # -- versions ------------------------------------------------------------------------------------------------

    @rule(id=anybody, title=WORDS)
    def change_with_a_version(self, id: str, title: str) -> None:
        """The version of now writes, one from before does not, and a reader who has it is told so."""
        if id not in self.people:
            return
        tag = self.surface.send("GET", f"/Users/{id}").headers["etag"]
        again = self.surface.send("GET", f"/Users/{id}", headers={"if-none-match": tag})
        assert (again.status_code, again.content) == (304, b"")
        operation = {"op": "replace", "path": "title", "value": title}
        changes = title != self.people[id]["title"]
        assert self.surface.patch(f"/Users/{id}", operation, headers={"if-match": tag}).status_code == 200
        self.people[id]["title"] = title
        answer = self.surface.patch(f"/Users/{id}", operation, headers={"if-match": tag})
        assert answer.status_code == (412 if changes else 200)

    # -- lists ---------------------------------------------------------------------------------------------------

    @invariant()
    def the_list_is_the_dictionary(self) -> None:
        answer = self.surface.send("GET", "/Users", params={"attributes": "userName"}).json()
        assert answer["totalResults"] == len(self.people)
        assert {one["id"]: one["userName"] for one in answer["Resources"]} == {
            id: one["userName"] for id, one in self.people.items()
        }

    @rule(count=st.integers(1, 4), by=st.sampled_from([None, "userName", "title"]), down=st.booleans())
    def walk(self, count: int, by: str | None, down: bool) -> None:
        """Pages have no gap and no repeat, and are in order where one was asked for."""
        order = {"sortBy": by, "sortOrder": "descending" if down else "ascending"} if by else {}
        ids: list[str] = []
        for start in range(1, len(self.people) + 2, count):
            page = self.surface.send("GET", "/Users", params={"startIndex": start, "count": count, **order}).json()
            assert (page["startIndex"], page["itemsPerPage"]) == (start, len(page["Resources"]))
            ids += [one["id"] for one in page["Resources"]]
        assert len(ids) == len(set(ids)) == len(self.people)
        if by:
            held = [fold(self.people[id][by]) for id in ids]
            there = [one for one in held if one is not None]
            assert there == sorted(there, reverse=down)
            missing = held[: len(held) - len(there)] if down else held[len(there) :]
            assert missing == [None] * len(missing), "who has no value is last, and first when descending (3.4.2.3)"

    @rule(login=LOGINS, word=WORDS)
    def search(self, login: str, word: str) -> None:
        text = word.replace('"', '\\"')
        work, department = 'emails[type eq "work"].value', f"{ENT}:department"
        asked: dict[str, Callable[[Json], bool]] = {
            f'userName eq "{login}"': lambda one: fold(one["userName"]) == fold(login),
            f'title eq "{text}"': lambda one: fold(one["title"]) == fold(word),
            f'title ne "{text}" and active eq "True"': lambda one: fold(one["title"]) != fold(word) and one["active"],
            f'{work} eq "{text}" or not ({department} pr)': lambda one: (
                fold(one["work"]) == fold(word) or one["department"] is None
            ),
        }
        for filter, holds in asked.items():
            answer = self.surface.send("GET", "/Users", params={"filter": filter, "attributes": "id"}).json()
            found = [one["id"] for one in answer["Resources"]]
            assert sorted(found) == sorted(id for id, one in self.people.items() if holds(one)), filter
            assert answer["totalResults"] == len(found)


def _sent(login: str, written: Json) -> Json:
    """A resource as a client sends it: what is None is left out."""
    plain = {name: written[name] for name in ("displayName", "title") if written[name] is not None}
    emails = [{"type": "work", "value": written["work"]}] if written["work"] else []
    extension = {"department": written["department"]} if written["department"] else {}
    return {"schemas": [CORE, ENT], "userName": login, **plain, "emails": emails, ENT: extension}


def _held(resource: Json) -> Json:
    """A resource as the dictionary holds it."""
    [work, *others] = [one["value"] for one in resource.get("emails", [])] or [None]
    assert not others
    return {
        "userName": resource["userName"], "active": resource["active"], "displayName": resource.get("displayName"),
        "title": resource.get("title"), "work": work, "department": resource.get(ENT, {}).get("department"),
    }  # fmt: skip


def _operations(written: Json, active: Any, flag: bool) -> list[Json]:
    """The same change in both of Entra's dialects."""
    paths = {"work": 'emails[type eq "work"].value', "department": f"{ENT}:department"}
    values = {paths.get(name, name): value for name, value in written.items()}
    values |= {} if active is None else {"active": active}
    if flag:
        return [{"op": "replace", "value": values}]
    return [
        {"op": "Remove", "path": path} if value is None else {"op": "Replace", "path": path, "value": value}
        for path, value in values.items()
    ]
