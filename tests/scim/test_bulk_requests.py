"""A Bulk as a whole: its limits, its time, its errors and its answer (RFC 7644 3.7.3 and 3.7.4)."""

from __future__ import annotations

import asyncio
import logging
import time
from types import SimpleNamespace
from typing import Any

import pytest
from scim2_models import BulkRequest, BulkResponse, EnterpriseUser, Group, User

from gateway.config import ConfigError
from gateway.config import read as read_config
from scim_adapter import Denied, Native, New, Unavailable
from tests.backends import Circle, Shelf
from tests.conformance.poor import document as configured
from tests.scim.bulking import REQUEST, RESPONSE, bulk, group, operation, outcomes, patch, statuses, user
from tests.scim.harness import BASE, ENTERPRISE, Engine

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


def engine(shelf: Shelf | None = None, **options: Any) -> Engine:
    return Engine(shelf, groups=Circle(), **{"write_deadline": 50.0, **options})


# -- the request -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("why", "body", "status", "said"),
    [
        ("no body", b"", 400, "no body"),
        ("no JSON", b"{", 400, "not valid JSON"),
        ("a list", [], 400, "must be a JSON object"),
        ("no operations", {"schemas": [REQUEST]}, 400, '"Operations"'),
        ("operations that are an object", {"Operations": {}}, 400, '"Operations"'),
        ("operations that are null", {"Operations": None}, 400, '"Operations"'),
        ("the schema of another message", {"schemas": [RESPONSE], "Operations": []}, 400, REQUEST),
        ("a schema that is no list", {"schemas": REQUEST, "Operations": []}, 400, REQUEST),
        ("failOnErrors as text", {"Operations": [], "failOnErrors": "1"}, 400, "failOnErrors"),
        ("failOnErrors below nothing", {"Operations": [], "failOnErrors": -1}, 400, "failOnErrors"),
        ("failOnErrors as a boolean", {"Operations": [], "failOnErrors": True}, 400, "failOnErrors"),
        ("failOnErrors as a broken number", {"Operations": [], "failOnErrors": 1.5}, 400, "failOnErrors"),
        ("no schemas", {"Operations": []}, 200, ""),
        ("failOnErrors as null", {"Operations": [], "failOnErrors": None}, 200, ""),
        ("members in other capitals", {"SCHEMAS": [REQUEST], "operations": [], "FAILONERRORS": 3}, 200, ""),
        ("members that nobody knows", {"Operations": [], "hat": 1}, 200, ""),
        ("too many operations", {"Operations": [{}] * 11}, 413, "exceeds the maxOperations (10)"),
        ("as many as there may be", {"Operations": [{}] * 10}, 200, ""),
        ("too large", {"Operations": [], "x": "y" * 2000}, 413, "exceeds the maxPayloadSize (2000)"),
        ("too large, and no JSON", b"x" * 2001, 413, "exceeds the maxPayloadSize (2000)"),
    ],
)
async def test_what_is_no_bulk_is_refused_as_a_whole(why: str, body: Any, status: int, said: str) -> None:
    answer = await engine(bulk_max_operations=10, bulk_max_payload_size=2000).send("POST", "/Bulk", body)
    assert answer.status == status, why
    assert answer.body["schemas"] == [RESPONSE if status == 200 else ERROR]
    assert said in answer.body.get("detail", "")


async def test_the_limits_are_told_as_they_are() -> None:
    config = await engine(bulk_max_operations=10, bulk_max_payload_size=2000).send("GET", "/ServiceProviderConfig")
    assert config.body["bulk"] == {"supported": True, "maxOperations": 10, "maxPayloadSize": 2000}


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("bulk_max_operations", 0, "above 0"),
        ("bulk_max_operations", "many", "above 0"),
        ("bulk_max_payload_size", 0, "above 0"),
        ("bulk_max_payload_size", 8_388_609, "8388608 or less"),
    ],
)
def test_a_limit_that_cannot_be_kept_is_a_fault_of_the_configuration(name: str, value: Any, said: str) -> None:
    document = configured("directory", {"path": ":memory:"})
    document["connections"]["acme"][name] = value
    with pytest.raises(ConfigError, match=f"connections.acme.{name}: .*{said}"):
        read_config(document, "test", {"TOKEN": "a-token-of-sixteen-characters"})


async def test_nothing_of_what_is_too_much_is_done() -> None:
    under = engine(bulk_max_operations=2)
    assert (await bulk(under, *(user(f"u{n}") for n in range(3)))).status == 413
    assert under.shelf.records == {}


async def test_a_bulk_is_posted_and_nothing_else() -> None:
    under = engine()
    told = await under.send("OPTIONS", "/Bulk")
    assert (told.status, told.headers["allow"]) == (204, "OPTIONS, POST")
    assert [(await under.send(method, "/Bulk", {})).status for method in ("GET", "PUT", "PATCH", "DELETE")] == [405] * 4


# -- failOnErrors ----------------------------------------------------------------------------------------------------

GOOD, BAD = user("good"), operation("DELETE", "/Users/nobody")


@pytest.mark.parametrize(
    ("why", "operations", "limit", "expected"),
    [
        ("no limit", [BAD, BAD, GOOD, BAD], None, ["404", "404", "201", "404"]),
        ("the first error ends it", [BAD, GOOD, BAD], 1, ["404"]),
        ("none is accepted", [BAD, GOOD], 0, ["404"]),
        ("none happens", [GOOD, user("other")], 0, ["201", "201"]),
        ("the second ends it", [BAD, GOOD, BAD, user("other")], 2, ["404", "201", "404"]),
        ("there are fewer", [BAD, GOOD, user("other")], 2, ["404", "201", "201"]),
        ("a malformed one counts", [7, GOOD], 1, ["400 invalidSyntax"]),
        ("who refers to what failed counts", [group("g", "bulkId:x"), GOOD], 1, ["400 invalidValue"]),
        ("the one that is needed fails first, and then who needs it is not tried",
         [group("g", "bulkId:x"), operation("POST", "/Users", {}, bulkId="x"), GOOD], 1, ["400 invalidValue"]),
        ("both of a circle count",
         [group("g1", "bulkId:g2"), {**group("g2", "bulkId:g1"), "data": {}}, GOOD, BAD], 3,
         ["409", "400 invalidValue", "201", "404"]),
    ],
)  # fmt: skip
async def test_too_many_errors_end_a_bulk(why: str, operations: list[Any], limit: Any, expected: list[str]) -> None:
    under = engine()
    told = await outcomes(under, *operations, failOnErrors=limit)
    assert statuses(told) == expected, why
    assert len(under.shelf.records) + len(under.groups.records if under.groups else ()) == expected.count("201")


async def test_a_circle_of_which_the_rest_is_not_tried_says_so() -> None:
    """g2 is made without g1; then what g1 needs too fails, and that ends it all."""
    under = engine()
    told = await outcomes(under, group("g1", "bulkId:g2", "bulkId:x"), group("g2", "bulkId:g1"),
                          operation("POST", "/Users", {}, bulkId="x"), failOnErrors=1)  # fmt: skip
    assert [(one["bulkId"], one["status"]) for one in told] == [("g2", "409"), ("x", "400")]
    assert "was not tried" in told[0]["response"]["detail"]


async def test_a_circle_that_a_limit_leaves_open_says_what_was_made() -> None:
    """g2 is made without g1, which then fails: g2's answer has its location and says that it is not complete."""
    under = engine()
    await under.group("taken")
    told = await outcomes(under, group("taken", "bulkId:g2"), group("g2", "bulkId:taken"), failOnErrors=1)
    assert statuses(told) == ["409 uniqueness", "409"]
    assert "location" not in told[0]
    made = (await under.find('displayName eq "g2"', "/Groups"))[0]
    assert told[1]["location"] == made["meta"]["location"]


# -- time ------------------------------------------------------------------------------------------------------------


class Slow(Shelf):
    """Each create takes four seconds, by the clock that deadlines are read from."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__()
        self.passed = 0.0
        clock = SimpleNamespace(monotonic=lambda: time.monotonic() + self.passed)
        monkeypatch.setattr("scim.deadline.time", clock)

    async def create(self, new: New) -> Native | str:
        self.passed += 4
        return await super().create(new)


async def test_when_the_time_is_over_the_rest_answers_503_and_the_repeat_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    under = engine(Slow(monkeypatch))
    operations = [user(f"u{n}") for n in range(30)]
    first = await outcomes(under, *operations)
    done = statuses(first).count("201")
    assert statuses(first) == ["201"] * done + ["503"] * (30 - done)
    assert 0 < done < 13, "45 of the 50 seconds may be begun in"
    assert under.shelf.calls["create"] == done, "what was not begun has not touched the backend"
    told = first
    for _ in range(30):
        told = await outcomes(under, *operations)
        if statuses(told) == ["201"] * 30:
            break
    assert [one["location"] for one in told[:done]] == [one["location"] for one in first[:done]]
    assert under.shelf.calls["create"] == len(under.shelf.records) == 30, "nothing is made twice"


async def test_who_refers_to_what_was_not_tried_is_503_too(monkeypatch: pytest.MonkeyPatch) -> None:
    told = await outcomes(engine(Slow(monkeypatch)), *(user(f"u{n}") for n in range(30)), group("g", "bulkId:u29"))
    assert statuses(told)[-2:] == ["503", "503"]


async def test_the_first_operation_that_time_forbids_counts_as_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    told = await outcomes(engine(Slow(monkeypatch)), *(user(f"u{n}") for n in range(30)), failOnErrors=1)
    assert 1 < len(told) < 15
    assert statuses(told) == ["201"] * (len(told) - 1) + ["503"]


class Stuck(Shelf):
    """A backend that does not answer to one create, whatever its deadline."""

    async def create(self, new: New) -> Native | str:
        if new.record["login"] == "stuck":
            await asyncio.sleep(600)
        return await super().create(new)


async def test_operations_that_are_stuck_take_half_of_what_is_left_and_the_others_are_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However often the same Bulk is sent, who hangs does not starve who stands behind."""
    monkeypatch.setattr("scim.service.GRACE", 0.1)
    under = engine(Stuck(), write_deadline=1.0)
    told = await outcomes(under, user("a"), user("stuck"), user("b"))
    assert statuses(told) == ["201", "503", "201"]


class Noting(Shelf):
    """Notes how much time every create is given."""

    def __init__(self) -> None:
        super().__init__()
        self.given: list[float] = []

    async def create(self, new: New) -> Native | str:
        self.given.append(new.ask.deadline - time.monotonic())
        return await super().create(new)


async def test_an_operation_has_half_of_the_time_of_the_whole_and_a_request_alone_has_all_of_it() -> None:
    shelf = Noting()
    under = engine(shelf, write_deadline=500.0)
    await outcomes(under, *(user(f"u{n}") for n in range(3)))
    await under.create("later")
    assert [round(given, -2) for given in shelf.given] == [200.0] * 3 + [500.0]


async def test_a_circle_that_runs_out_of_time_is_completed_by_its_repetition() -> None:
    circle = Circle()
    under = Engine(groups=circle, write_deadline=50.0)
    pair = [group("g1", "bulkId:g2"), group("g2", "bulkId:g1")]

    def down() -> None:
        raise Unavailable("The backend is down.")

    circle.before["update"] = down
    first = await outcomes(under, *pair)
    assert statuses(first) == ["201", "503"]
    assert "location" in first[1], "it was made"
    del circle.before["update"]
    again = await outcomes(under, *pair)
    assert statuses(again) == ["201", "201"]
    assert [one["location"] for one in again] == [one["location"] for one in first]
    assert sorted(len(one["people"]) for one in circle.records.values()) == [1, 1]
    assert circle.calls["create"] == 2


# -- the answer ------------------------------------------------------------------------------------------------------


BUSY = {
    "brief@x": Unavailable("Slow down.", retry_after=7, throttled=True),
    "long@x": Unavailable("Slow down.", retry_after=40, throttled=True),
    "silent@x": Unavailable("The backend is down."),
    "ours@x": Denied("The password is wrong."),
}


class Choosy(Shelf):
    """Makes nobody whose login has an error of its own."""

    async def create(self, new: New) -> Native | str:
        if (error := BUSY.get(new.record["login"])) is not None:
            raise error
        return await super().create(new)


@pytest.mark.parametrize(
    ("why", "logins", "status", "seconds"),
    [
        ("all is well", ["ada@x", "bob@x"], "201 201", None),
        ("a throttled one says how long", ["ada@x", "brief@x"], "201 429", "7"),
        ("the longest of all counts, wherever it stands", ["long@x", "brief@x"], "429 429", "40"),
        ("nobody knows how long", ["silent@x"], "503", "10"),
        ("a person must see to it", ["brief@x", "ours@x"], "429 502", "60"),
        ("who is there already may not be sent again", ["ada@x", "ADA@x"], "201 409", None),
    ],
)
async def test_the_whole_answer_says_when_to_try_again(why: str, logins: list[str], status: str, seconds: str) -> None:
    answer = await bulk(engine(Choosy()), *map(user, logins))
    assert [one["status"] for one in answer.body["Operations"]] == status.split(), why
    assert answer.headers.get("retry-after") == seconds


async def test_what_was_not_tried_in_time_says_when_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scim.bulk.request.MARGIN", 2)
    answer = await bulk(engine(), user("ada@x"))
    assert (answer.body["Operations"][0]["status"], answer.headers["retry-after"]) == ("503", "10")


async def test_each_answer_has_what_the_rfc_says() -> None:
    under = engine()
    ada = await under.create("ada")
    told = await outcomes(
        under,
        user("bob"),
        patch(f"/Users/{ada.id}", "add", "displayName", "A", bulkId="mine"),
        operation("DELETE", f"/Users/{ada.id}"),
        operation("DELETE", f"/Users/{ada.id}"),
        user("bob2", active="maybe"),
    )
    [bob] = await under.find('userName eq "bob"')
    ada_url = f"{BASE}/Users/{ada.id}"
    assert told[0] == {
        "location": bob["meta"]["location"],
        "method": "POST",
        "bulkId": "bob",
        "version": bob["meta"]["version"],
        "status": "201",
    }
    assert (told[1]["location"], told[1]["bulkId"], told[1]["status"]) == (ada_url, "mine", "200")
    assert told[2] == {"location": ada_url, "method": "DELETE", "status": "204"}
    assert told[3]["location"] == ada_url
    assert told[3]["response"] == {"schemas": [ERROR], "status": "404", "detail": "There is no User with this id."}
    assert told[4].keys() == {"method", "bulkId", "status", "response"}, "a POST that failed has no location"


async def test_scim2_models_reads_the_request_and_the_answer() -> None:
    """An oracle that was not made here."""
    under = engine()
    taken = {**user("a", displayName="B"), "bulkId": "b"}
    sent = {"schemas": [REQUEST], "failOnErrors": 5, "Operations": [user("a"), group("g", "bulkId:a"), taken, BAD]}
    asked = BulkRequest[User[EnterpriseUser] | Group].model_validate(sent)
    assert asked.operations and len(asked.operations) == 4
    answer = await under.send("POST", "/Bulk", asked.model_dump_json(exclude_none=True).encode())
    read = BulkResponse[User[EnterpriseUser] | Group].model_validate(answer.body)
    assert read.operations
    assert [one.status for one in read.operations] == [201, 201, 409, 404]
    assert [one.bulk_id for one in read.operations] == ["a", "g", "b", None]
    assert read.operations[0].location and read.operations[0].version


async def test_what_is_left_out_is_named_once_for_all() -> None:
    under = engine()
    answer = await bulk(under, user("a", title="x"), user("b", title="y", nickName="z"), user("c"))
    assert sorted(answer.headers["x-scimgate-ignored"].split(", ")) == ["nickName", "title"]


async def test_the_log_has_a_line_for_each_operation_and_nothing_of_what_was_sent(
    caplog: pytest.LogCaptureFixture,
) -> None:
    under = engine()
    with caplog.at_level(logging.INFO, "scimgate"):
        told = await outcomes(
            under,
            user("ada@example.com"),
            operation("DELETE", "/Users/ada@example.com"),
            operation("POST", "/ada@example.com", {}, bulkId="x"),
            operation("ADA@EXAMPLE.COM\n", "/Users"),
        )
    id = told[0]["location"].rsplit("/", 1)[1]
    assert [record.getMessage() for record in caplog.records] == [
        f"Within a Bulk: POST /users 201 id={id}",
        "Within a Bulk: DELETE /users 404",
        "Within a Bulk: POST other 404",
        "Within a Bulk: other other 400",
        "A Bulk of 4 operations: {201: 1, 400: 1, 404: 2}",
    ]


async def test_a_version_of_the_answer_is_one_to_go_on_with() -> None:
    under = engine()
    [made] = await outcomes(under, user("a", **{ENTERPRISE: {"department": "x"}}))
    path = made["location"].removeprefix(BASE)
    [changed] = await outcomes(under, patch(path, "add", "displayName", "A", version=made["version"]))
    [refused] = await outcomes(under, patch(path, "add", "displayName", "B", version=made["version"]))
    [again] = await outcomes(under, patch(path, "add", "displayName", "B", version=changed["version"]))
    assert [changed["status"], refused["status"], again["status"]] == ["200", "412", "200"]


async def test_after_a_circle_no_version_is_told_that_is_old_by_then() -> None:
    told = await outcomes(engine(), group("g1", "bulkId:g2"), group("g2", "bulkId:g1"))
    assert [(one["status"], "version" in one) for one in told] == [("201", True), ("201", False)]
