"""Invented people of the Entra simulator: always the same, edited in rounds, thousands of them in little memory."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.entra import Options, Person, run
from simulators.entra.__main__ import main
from simulators.entra.generated import Generated
from simulators.entra.mapping import DEFAULT, AttributeMapping
from simulators.entra.people import COLUMNS, OPTIONAL_COLUMNS
from simulators.okta.company import DEPARTMENTS as OKTA_DEPARTMENTS
from simulators.replicon.groups import DEPARTMENTS as REPLICON_DEPARTMENTS
from tests.simulators.entra_people import did
from tests.simulators.scim_target import TOKEN, ScimTarget, serving

ROOT = Path(__file__).parents[2]


@pytest.fixture
def target() -> Iterator[ScimTarget]:
    with serving() as served:
        yield served


def rows(*told: object, **more: object) -> dict[str, Person]:
    return {person.object_id: person for person in Generated(*told, **more)}  # type: ignore[arg-type]


def test_the_same_seed_gives_the_same_people_and_another_one_others() -> None:
    assert rows(300, 1) == rows(300, 1)
    assert not rows(300, 1).keys() & rows(300, 2).keys()
    assert list(rows(500, 1).values())[:300] == list(rows(300, 1).values()), "more people change nobody"


def test_invented_people_are_fit_for_entra() -> None:
    people = list(Generated(600, 3))
    names = [person.user_principal_name.casefold() for person in people]
    assert len(set(names)) == len({person.object_id for person in people}) == 600
    assert all(name.isascii() for name in names) and any("+" in name for name in names)
    assert all(set(person.row) == {*COLUMNS, *OPTIONAL_COLUMNS} for person in people)
    managers = {person.value("manager").casefold() for person in people}
    assert managers <= {*names, ""} and len(managers) == 1 + 75, "a tree, eight to a manager"
    shown = " ".join(person.value("displayName") + person.value("department") for person in people)
    assert all(part in shown for part in ("ë", "'", "田", "김", "Ł", "العلي", "%", "&"))


def test_the_other_end_knows_the_departments_of_everybody_who_is_invented() -> None:
    """Else a first try with more people than the sample's fails for most of them."""
    invented = {person.value("department") for person in Generated(300)} | set(OKTA_DEPARTMENTS)
    assert invented - {""} <= set(REPLICON_DEPARTMENTS)


def test_invented_people_have_every_attribute_of_the_default_mapping_somewhere() -> None:
    mapping = AttributeMapping()
    found = {path for person in Generated(100) for path in mapping.values(person)}
    assert found == set(DEFAULT)


def kinds(before: dict[str, Person], after: dict[str, Person]) -> Counter[str]:
    """What a round of edits did, seen from the rows."""
    found: Counter[str] = Counter(joined=len(after.keys() - before.keys()), gone=len(before.keys() - after.keys()))
    for object_id in before.keys() & after.keys():
        old, new = before[object_id], after[object_id]
        found["renamed"] += old.user_principal_name != new.user_principal_name
        found["changed"] += old.value("mobile") != new.value("mobile")
        for name in ("accountEnabled", "role", "softDeleted", "deleted"):
            if old.value(name) != new.value(name):
                found[f"{name} {old.value(name)}->{new.value(name)}"] += 1
    return found


def test_a_round_of_edits_touches_its_share_and_has_every_kind() -> None:
    before, after = rows(2000, 1), rows(2000, 1, (7,))
    found = kinds(before, after)
    assert found["joined"] == 20 and found["gone"] == 0
    names = ("renamed", "changed", "accountEnabled true->false", "softDeleted false->true", "deleted false->true")
    assert all(found[name] > 3 for name in names), found
    touched = sum(before[each].row != after[each].row for each in before)
    assert 100 < touched < 400, "a tenth, and those whose manager was renamed"


def test_rounds_are_applied_one_after_the_other() -> None:
    first, second = rows(2000, 1, (7,)), rows(2000, 1, (7, 8))
    found = kinds(first, second)
    deleted = {each for each, person in first.items() if person.deleted}
    assert deleted and deleted == first.keys() - second.keys(), "who was deleted has no row in the next round"
    assert found["accountEnabled false->true"] and found["softDeleted true->false"], "some come back"
    assert found["joined"] == 20


def test_a_cycle_follows_the_rounds_and_sends_nothing_without_one(target: ScimTarget, tmp_path: Path) -> None:
    def cycle(*edit_seeds: int) -> Counter[str]:
        target.calls.clear()
        options = {"state": tmp_path / "state", "users": 120, "seed": 1, "map_manager": True}
        report = run(Options(target.base, TOKEN, edit_seeds=edit_seeds, edit_share=0.3, **options))  # type: ignore[arg-type]
        assert (report.exit_status, report.repeated) == (0, {})
        return Counter(did(report))

    assert cycle() == {"created": 120, "manager set": 119}
    assert cycle() == {"unchanged": 120}
    assert [call.method for call in target.calls] == ["GET"], "the Test Connection alone"
    edited = cycle(1)
    assert edited["created"] == 4 and edited["changed"] > 5 and edited["disabled"] > 2 and edited["deleted"]
    assert set(cycle(1)) <= {"unchanged", "skipped"} and [call.method for call in target.calls] == ["GET"]
    again = cycle(1, 2)
    assert again["enabled"], "restored"
    there = {person.user_principal_name.lower(): person for person in Generated(120, 1, (1, 2), 0.3)}
    for user in target.users.values():
        person = there.get(user["userName"].lower())
        assert user["active"] is bool(person and person.enabled and not person.why_skipped), user["userName"]


def test_the_command_takes_a_number_of_people(
    target: ScimTarget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    told = [target.base, "--token", TOKEN, "--users", "30", "--seed", "4", "--json"]
    assert main(told) == 0
    assert json.loads(capsys.readouterr().out)["counts"]["created"] == 30
    assert main([*told, "--edit-seed", "1", "--edit-seed", "2", "--edit-share", "0.5"]) == 0
    assert json.loads(capsys.readouterr().out)["cycle"] == "incremental", "the state is found again"


@pytest.mark.parametrize(
    ("told", "said", "why"),
    [
        (["--users", "-1"], "from 1 to 1,000,000 users", "fewer than nobody"),
        (["--users", "5", "--edit-share", "0"], "share of edits", "a round that does nothing"),
        (["--seed", "5"], "only with invented people", "a seed for a file"),
        (["--edit-seed", "5"], "only with invented people", "edits of a file"),
    ],
)
def test_wrong_numbers_are_a_sentence(told: list[str], said: str, why: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["http://h", "--token", "t", *told]) == 2, why
    assert said in capsys.readouterr().err, why


MEASURE = """
import json, sys, tracemalloc
from pathlib import Path
from simulators.entra import Options, run
from simulators.entra.report_text import as_text
base, token, users, folder, *rounds = sys.argv[1:]
options = Options(base, token, users=int(users), edit_seeds=tuple(map(int, rounds)), map_manager=True, record=True,
                  groups=int(users) // 50,
                  state=Path(folder, "state"), workers=2)
tracemalloc.start()
report = run(options)
with open(Path(folder, "report.json"), "w") as file:
    report.write_json(file)
shown = as_text(report)
print(json.dumps([tracemalloc.get_traced_memory()[1], report.counts, report.requests]))
"""


@pytest.mark.slow
def test_two_thousand_people_need_no_more_memory_than_two_hundred(target: ScimTarget, tmp_path: Path) -> None:
    def cycle(users: int, *rounds: int) -> tuple[int, dict[str, int], dict[str, int]]:
        folder = tmp_path / str(users)
        folder.mkdir(exist_ok=True)
        told = [target.base, TOKEN, str(users), str(folder), *map(str, rounds)]
        done = subprocess.run([sys.executable, "-c", MEASURE, *told], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        peak, counts, requests = json.loads(done.stdout)
        return peak, {name: number for name, number in counts.items() if number}, requests

    few, _, _ = cycle(200)
    target.users.clear()
    target.groups.clear()
    many, counts, requests = cycle(2000)
    assert {name: counts[name] for name in ("created", "manager set", "group created")} == {
        "created": 2000,
        "manager set": 1999,
        "group created": 40,
    }
    assert many < few + 2_000_000, f"{few} bytes for 200 people, {many} for 2,000"
    report = json.loads((tmp_path / "2000" / "report.json").read_text())
    assert len(report["exchanges"]) == sum(requests.values()) > 2 + 2000 * 2 + 1999 * 2 + 40 * 2
    unchanged, counts, requests = cycle(2000)
    assert (counts, requests) == ({"unchanged": 2000, "group unchanged": 40}, {"GET": 2})
    assert unchanged < few + 2_000_000
    edited, counts, _ = cycle(2000, 1)
    assert counts["changed"] > 50 and counts["created"] == 20 and edited < few + 2_000_000
