"""The command line of the Okta simulator, its files, its invented company and its refusals."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simulators.okta import Mapping, Options, PeopleError, Report, Roster, run
from simulators.okta.__main__ import main, options, parser
from simulators.okta.company import Company
from simulators.okta.masking import Mask
from simulators.okta.state import State
from tests.simulators.okta_people import person
from tests.simulators.okta_target import TOKEN, OktaTarget, instead, on, scim_error, serving

ROOT = Path(__file__).parents[2]


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OktaTarget]:
    monkeypatch.chdir(tmp_path)
    with serving() as served:
        yield served


def table(text: str) -> dict[str, dict[str, int]]:
    """The closing table as it is shown."""
    found: dict[str, dict[str, int]] = {}
    for part in re.split(r"\n(?=users:|groups:|import:)", text)[1:]:
        rows = re.findall(r"^  (\w+) +(\d+)$", part, re.MULTILINE)
        found[part.partition(":")[0]] = {name: int(number) for name, number in rows if number != "0"}
    return found


def test_the_command_does_its_work_and_says_what_it_did(target: OktaTarget, tmp_path: Path) -> None:
    told = ["--token", TOKEN, "--users", "10", "--groups", "3", "--json", "report.json"]
    command = [sys.executable, "-m", "simulators.okta", target.base, *told]
    done = subprocess.run(command, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
    assert (done.returncode, len(target.users), len(target.groups)) == (0, 10, 3), done.stderr
    assert table(done.stdout) == {"users": {"created": 10}, "groups": {"created": 3}}
    assert "requests: 33 (GET 14, PATCH 6, POST 13)" in done.stdout
    report = json.loads((tmp_path / "report.json").read_text())
    assert (report["sent"]["total"], len(report["requests"]), report["exit"]) == (33, 33, 0)
    assert TOKEN not in done.stdout + done.stderr + json.dumps(report)
    assert all(each["answer"] or each["method"] == "DELETE" for each in report["requests"])


def test_the_same_company_later_has_leavers_joiners_renames_and_moves(
    target: OktaTarget, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCIM_TOKEN", TOKEN)
    told = [target.base, "--users", "40", "--groups", "4", "--state", "state.db"]
    shown = []
    for more in ([], [], ["--edit-seed", "7"], ["--edit-seed", "7"], ["--groups", "3"], ["--edit-seed", "8"]):
        assert main([*told, *more]) == 0
        shown.append(table(capsys.readouterr().out))
    assert shown[0] == {"users": {"created": 40}, "groups": {"created": 4}}
    assert shown[1] == {"users": {"unchanged": 40}, "groups": {"unchanged": 4}}
    assert shown[2]["users"] == {"created": 1, "updated": 2, "deactivated": 1, "unchanged": 37}
    assert shown[2]["groups"].get("members", 0) + shown[2]["groups"].get("renamed", 0) > 1
    assert shown[3] == {"users": {"unchanged": 40}, "groups": {"unchanged": 4}}
    # The first edits are undone: the joiner leaves, the leaver returns, and with one group less a team is deleted.
    assert shown[4]["users"] == {"updated": 2, "reactivated": 1, "deactivated": 1, "unchanged": 37}
    assert shown[4]["groups"]["deleted"] == 1
    assert shown[5]["groups"]["created"] == 1
    assert sum(user["active"] for user in target.users.values()) == 40


@pytest.mark.parametrize(
    ("users", "left", "renamed", "moved", "joined"),
    [(200, 6, 10, 10, 4), (10, 1, 1, 1, 1), (2, 1, 1, 0, 1), (0, 0, 0, 0, 1)],
)
def test_an_edit_seed_edits_that_many(users: int, left: int, renamed: int, moved: int, joined: int) -> None:
    before = {each.id: each for each in Company(users, 3).people()}
    edited = Company(users, 3, edit_seed=5)
    after = {each.id: each for each in edited.people()}
    same = before.keys() & after.keys()
    assert (len(before.keys() - after.keys()), len(after.keys() - before.keys())) == (left, joined)
    assert sum(before[each].display_name != after[each].display_name for each in same) == renamed
    assert sum(before[each].groups != after[each].groups for each in same) == moved
    assert sum(old != new for old, new in zip(Company(users, 3).groups(), edited.groups(), strict=True)) == 1
    assert list(edited.people()) == list(edited.people()), "it says the same each time"
    logins = [each.login for each in edited.people()]
    assert len(set(logins)) == len(logins) and all(login.isascii() for login in logins)


@pytest.mark.parametrize("told", [{"seed": 2}, {"seed": 2, "edit_seed": 1}])
def test_another_seed_is_another_company(told: dict[str, int]) -> None:
    ours = {each.id for each in Company(20, 3).people()} | {each.id for each in Company(20, 3).groups()}
    other = Company(20, 3, **told)
    assert not ours & ({each.id for each in other.people()} | {each.id for each in other.groups()})


def test_the_target_becomes_what_the_company_is_whatever_came_before(target: OktaTarget) -> None:
    told = [target.base, "--token", TOKEN, "--users", "40", "--groups", "4", "--state", "s.db"]
    for seed in range(12):
        app = ["--app", "wizard"] if seed % 3 == 2 else []
        assert main([*told, "--edit-seed", str(seed), *app]) == 0
        company = Company(40, 4, edit_seed=seed)
        people = {each.login: each for each in company.people()}
        accounts = {user["userName"]: key for key, user in target.users.items() if user["active"]}
        assert accounts.keys() == people.keys()
        teams = {group["displayName"]: group for group in target.groups.values()}
        assert teams.keys() == {group.name for group in company.groups()}
        for group in company.groups():
            members = {each["value"] for each in teams[group.name]["members"]}
            assert members == {accounts[login] for login, each in people.items() if group.id in each.groups}


def test_the_exit_status_tells_how_it_went(target: OktaTarget, capsys: pytest.CaptureFixture[str]) -> None:
    told = [target.base, "--users", "2", "--token"]
    assert main([*told, "wrong"]) == 1
    assert "Stopped: Test API Credentials failed: GET was answered HTTP 401" in capsys.readouterr().out
    assert main([*told, TOKEN, "--only", "test"]) == 0
    assert not target.users
    target.faults.append(on("POST", instead(scim_error(400, "no room"))))
    assert main([*told, TOKEN]) == 1
    assert "user0@acme.example.com: POST was answered HTTP 400 Bad Request: no room" in capsys.readouterr().out
    target.faults.clear()
    assert main([*told, TOKEN, "--only", "import"]) == 0
    assert table(capsys.readouterr().out) == {"users": {}, "import": {}}
    assert len(target.users) == 0


def test_people_may_come_from_a_file(target: OktaTarget, capsys: pytest.CaptureFixture[str]) -> None:
    Path("people.csv").write_text(
        "login,firstName,lastName,email,title,status,groups,password\n"
        "ann@x.example,Ann,Lee,ann@x.example,Nurse,ACTIVE,Nurses; Night shift;,sesame\n"
        "bob@x.example,Bob,Ray,bob@x.example,,,Nurses;Nurses,\n"
        "cat@x.example,Cat,Roe,cat@x.example,,SUSPENDED,Nurses,\n",
        encoding="utf-8-sig",
    )
    assert main([target.base, "people.csv", "--token", TOKEN]) == 0
    assert table(capsys.readouterr().out) == {"users": {"created": 2}, "groups": {"created": 2}}
    assert target.user("ann@x.example")["title"] == "Nurse"
    assert target.sent("POST")[0].json["password"] == "sesame"
    assert [each["display"] for each in target.group("Nurses")["members"]] == ["ann@x.example", "bob@x.example"]
    assert len(target.group("Night shift")["members"]) == 1


@pytest.mark.parametrize(
    ("told", "setting", "value"),
    [
        ("--app wizard", "app", "wizard"),
        ("--deactivate put", "deactivate", "put"),
        ("--unmap title,,locale", "mapping", Mapping().without(["locale", "title"])),
        ("--no-password", "password", False),
        ("--create-groups members", "create_groups", "members"),
        ("--push-now", "push_now", True),
        ("--keep-groups", "keep_groups", True),
        ("--import", "import_users", True),
        ("--import-groups", "import_groups", True),
        ("--import-groups", "import_users", False),
        ("--only import", "import_users", True),
        ("--only import --import-groups", "import_users", False),
        ("--timeout 5", "timeout", 5.0),
        ("--patience 0", "patience", 0.0),
        ("--state a.db", "state", Path("a.db")),
        ("--json a.json", "json", Path("a.json")),
    ],
)
def test_what_is_told_on_the_command_line_is_what_runs(told: str, setting: str, value: Any) -> None:
    assert getattr(options(parser().parse_args(["http://h", "--token", "t", *told.split()])), setting) == value


def test_a_long_run_says_how_far_it_is(
    target: OktaTarget, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("simulators.okta.__main__.STEP", 4)
    assert main([target.base, "--token", TOKEN, "--users", "9"]) == 0
    assert capsys.readouterr().err == "4 people\n8 people\n"


def test_a_proxy_of_the_environment_does_not_swallow_calls_to_this_machine(
    target: OktaTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert run(Options(target.base, TOKEN, Roster([person()]))).exit_status == 0


@pytest.mark.parametrize("twin", [{"login": "JANE@acme.example.com"}, {"id": "00U-jane"}])
def test_people_who_share_what_is_one_persons_are_refused(twin: dict[str, Any]) -> None:
    with pytest.raises(PeopleError, match="twice"):
        Roster([person(), replace(person("other"), **twin)])


HEAD = "login,firstName,lastName,email\n"


@pytest.mark.parametrize(
    ("text", "said", "why"),
    [
        ("", "lacks the columns login, firstName, lastName, email", "an empty file"),
        ("login,firstName,lastName\n", "lacks the column email", "one column"),
        ("login,firstName,lastName,email,shoeSize\n", "unknown column 'shoeSize'", "a typing error, perhaps"),
        ("login,firstName,lastName,email,login\n", "names a column twice", "which one counts?"),
        (HEAD + "a,b,c\n", "Line 2 of the people file has more or fewer", "half a line"),
        (HEAD + "a,b,c,d,e\n", "Line 2 of the people file has more or fewer", "a comma too many"),
        (HEAD + " ,b,c,d\n", "Line 2 of the people file has no login", "nobody"),
        (HEAD + "a,b,c,d\nA,b,c,d\n", "have the login A twice", "in any case"),
        ("id," + HEAD + "1,a,b,c,d\n1,e,b,c,d\n", "have the id 1 twice", "one person twice"),
        ("status," + HEAD + "yes,a,b,c,d\n", "status must be one of ACTIVE, SUSPENDED, DEPROVISIONED", "a guess"),
        (HEAD + '"a', "not CSV", "an open quote"),
        (b"\xff\xfeo", "not CSV in UTF-8", "another encoding"),
    ],
)
def test_a_bad_people_file_is_refused_with_a_sentence(
    target: OktaTarget, text: str | bytes, said: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("people.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    assert main([target.base, "people.csv", "--token", TOKEN]) == 2, why
    assert said in capsys.readouterr().err and not target.calls, why


@pytest.mark.parametrize(
    ("told", "said", "why"),
    [
        (["ftp://x"], "must begin with https", "another scheme"),
        (["http://u:p@h/scim"], "must not hold credentials", "a password in the URL"),
        (["http://h/scim?a=b"], "a query", "Okta has no place for it"),
        (["http://h:99999/"], "not a URL", "no such port"),
        (["http://[::1"], "not a URL", "half an address"),
        (["http://h/a b"], "no URL may have", "a blank"),
        (["http://h", "--token", ""], "--token T, or the environment variable SCIM_TOKEN", "no token"),
        (["http://h", "--token", "Bearer x"], "without Bearer", "the client puts it there"),
        (["http://h", "none.csv"], "cannot be read", "no file"),
        (["http://h", "."], "cannot be read", "a folder"),
        (["http://h", "people.csv", "--users", "3"], "leave out the invented company", "two companies"),
        (["http://h", "--users", "-1"], "fewer than no users", "below nothing"),
        (["http://h", "--groups", "-1"], "fewer than no users or groups", "below nothing"),
        (["http://h", "--unmap", "title,userName"], "'userName' cannot be unmapped", "nothing to find anybody by"),
        (["http://h", "--unmap", "shoeSize"], "these can: givenName, familyName, emails, displayName", "no such row"),
        (["http://h", "--timeout", "0"], "Time-out", "never"),
        (["http://h", "--timeout", "inf"], "Time-out", "more than a socket can bear"),
        (["http://h", "--timeout", "1e30"], "Time-out", "as long as the universe"),
        (["http://h", "--users", "9999999999"], "more than 1,000,000", "they would be invented for ever"),
        (["http://h", "--patience", "nan"], "patience", "not a number"),
        (["http://h", "--state", "text"], "text cannot be used", "another file"),
        (["http://h", "--state", "other.db"], "is the file of another program", "an SQLite file, but not ours"),
        (["http://h", "--state", "mine.db"], "it belongs to http://elsewhere", "the accounts of another target"),
        (["http://h", "--state", "text/state.db"], "cannot be used", "a folder that is none"),
        (["http://h", "--json", "text/report.json"], "cannot be written", "here, too"),
        (["http://h", "--json", "a.db", "--state", "x/../a.db"], "cannot be the same file", "one would eat the other"),
    ],
)
def test_wrong_use_is_a_sentence_and_status_2(
    told: list[str],
    said: str,
    why: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("text").write_text("a text that is long enough to be taken for the head of a file" * 9)
    Path("people.csv").write_text(HEAD)
    other = sqlite3.connect("other.db")
    other.execute("CREATE TABLE t (a)")
    other.close()
    with State(Path("mine.db"), "http://elsewhere"):
        pass
    assert main(["--token", TOKEN, *told]) == 2, why
    shown = capsys.readouterr().err
    assert said in shown and "Traceback" not in shown and shown.count("\n") == 1, why


@pytest.mark.parametrize("told", [["--users", "many"], ["--app", "bookmark"], ["--only", "export"], []])
def test_the_parser_refuses_with_status_2_as_well(told: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(told)
    usage, why = capsys.readouterr().err.splitlines()
    assert usage.startswith("usage: python -m simulators.okta URL") and "error: " in why


def test_a_state_is_used_by_one_run_at_a_time(target: OktaTarget, tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    with State(path, target.base), pytest.raises(ValueError, match="database is locked"):
        run(Options(target.base, TOKEN, Roster([person()]), state=path))
    assert not target.calls


def test_a_killed_run_goes_on_where_it_stopped(target: OktaTarget, tmp_path: Path) -> None:
    """The process dies after its fifth create, before it has seen the answer."""
    code = (
        "import os, sys; from simulators.okta import client; from simulators.okta.__main__ import main\n"
        "once = client.Client._once\n"
        "def dying(self, method, *rest):\n"
        "    response = once(self, method, *rest)\n"
        "    if self.sent['POST'] == 5: os.kill(os.getpid(), 9)\n"
        "    return response\n"
        "client.Client._once = dying\n"
        "main(sys.argv[1:])\n"
    )
    told = [target.base, "--token", TOKEN, "--users", "8", "--state", str(tmp_path / "state.db")]
    done = subprocess.run([sys.executable, "-c", code, *told], cwd=ROOT, capture_output=True)
    assert (done.returncode, len(target.users)) == (-9, 5)
    target.calls.clear()
    assert main(told) == 0
    assert len(target.users) == 8
    assert [call.method for call in target.calls] == ["GET", *["GET", "GET", "PUT"], *["GET", "POST"] * 3]


def test_a_report_that_stops_half_way_is_still_json(target: OktaTarget, tmp_path: Path) -> None:
    def stop(_: int) -> None:
        raise KeyboardInterrupt

    path = tmp_path / "report.json"
    with pytest.raises(KeyboardInterrupt):
        run(Options(target.base, TOKEN, Roster([person(), person("joe")]), json=path), progress=stop)
    document = json.loads(path.read_text())
    assert (len(document["requests"]), document["counts"]["users"]["created"]) == (3, 1)


@pytest.mark.parametrize(
    ("token", "text", "expected", "why"),
    [
        ("t0ken-of-the-tests", "xt0ken-of-the-testsx", "x***x", "wherever it stands"),
        ("no", "no: not now, no", "***: not now, ***", "a short one is part of words"),
        ("a.b+c(d)e", "a.b+c(d)e", "***", "its characters mean nothing"),
    ],
)
def test_a_token_is_masked(token: str, text: str, expected: str, why: str) -> None:
    assert Mask(token).text(text) == expected, why
    assert Mask(token).value({text: [text], "Password": "x", "n": 1}) == {
        expected: [expected],
        "Password": "***",
        "n": 1,
    }, why


def test_a_line_of_the_target_is_one_short_line() -> None:
    assert Mask("t").line("a\r\n\tb\x1b[31m" + "c" * 999) == "a b [31m" + "c" * 392


def test_the_table_shows_twenty_tasks_and_counts_the_others() -> None:
    report = Report("http://h", "catalog", Mask("t0ken"))
    for number in range(25):
        report.fail("users", f"user{number}", "no room", 0)
    text = report.as_text()
    assert (text.count("no room"), table(text)) == (20, {"users": {"failed": 25}}) and "and 5 more" in text


def test_the_token_is_not_shown_with_the_options() -> None:
    assert TOKEN not in repr(Options("http://127.0.0.1", TOKEN))


MEASURE = """
import resource, sys
from simulators.okta import Mapping, Options, run
from simulators.okta.company import Company
run(Options(sys.argv[1], sys.argv[2], Company(int(sys.argv[3]), 3)))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.slow
def test_ten_times_the_people_need_hardly_more_memory() -> None:
    def megabytes(people: int) -> float:
        with serving() as served:
            told: list[Any] = [sys.executable, "-c", MEASURE, served.base, TOKEN, str(people)]
            done = subprocess.run(told, cwd=ROOT, capture_output=True, text=True, check=True)
            assert len(served.users) == people
        return int(done.stdout) / 1024

    few, many = megabytes(300), megabytes(3000)
    assert many < few + 8, (few, many)
