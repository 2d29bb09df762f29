"""The command line of the Entra simulator, its files and its refusals."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from simulators.entra import Options, PeopleError, Report, read_people
from simulators.entra.__main__ import main
from simulators.entra.people import COLUMNS, SAMPLE
from tests.simulators.entra_people import person, write_csv
from tests.simulators.scim_target import TOKEN, Reply, ScimTarget, on, once, scim_error, serving


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ScimTarget]:
    monkeypatch.chdir(tmp_path)
    with serving() as served:
        yield served


def test_the_command_runs_a_cycle_and_says_what_it_did(target: ScimTarget, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "simulators.entra", target.base, "--token", TOKEN, "--report", "report.json"]
    folder = Path(__file__).parents[2]
    done = subprocess.run(command, cwd=tmp_path, env={"PYTHONPATH": str(folder)}, capture_output=True, text=True)
    assert (done.returncode, len(target.users)) == (0, 50)
    assert re.search(r"created +50\b", done.stdout) and "requests: 101 (GET 51, POST 50)" in done.stdout
    assert "kiosk.seattle@marisol.example.com: not effectively entitled" in done.stdout
    assert done.stderr.splitlines()[-1] == "100 %: 53 of 53" and len(done.stderr.splitlines()) == 10
    report = json.loads((tmp_path / "report.json").read_text())
    assert (report["counts"]["created"], report["requests"]["total"], report["exit"]) == (50, 101, 0)
    assert TOKEN not in done.stdout + done.stderr + str(report)
    assert [each.name[:12] for each in (tmp_path / ".data").iterdir()] == ["entra-state-"]


def test_json_is_printed_and_the_state_is_found_again(
    target: ScimTarget, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCIM_TOKEN", TOKEN)
    for counted in ("created", "unchanged"):
        assert main([target.base, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["counts"][counted] == 50
    assert main([target.base + "?aadOptscim062020", "--json", "--restart"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["cycle"], shown["dialect"], shown["requests"]["total"]) == ("initial", "aadOptscim062020", 101)


def test_the_exit_status_tells_how_it_went(target: ScimTarget, capsys: pytest.CaptureFixture[str]) -> None:
    people = str(write_csv(Path("people.csv"), [person(), person("joe")]))
    target.faults.append(
        on("POST", lambda call, reply: scim_error(400, "no such title") if b"joe" in call.body else reply)
    )
    assert main([target.base, people, "--token", TOKEN]) == 1
    assert "joe@contoso.example.com: POST was answered HTTP 400 no such title" in capsys.readouterr().out
    assert main([target.base, people, "--token", "wrong"]) == 3
    assert "You appear to have entered invalid credentials" in capsys.readouterr().out


def test_test_connection_says_in_a_line_how_it_went(target: ScimTarget, capsys: pytest.CaptureFixture[str]) -> None:
    alone = [target.base, "--test-connection", "--token"]
    assert main([*alone, TOKEN]) == 0
    assert capsys.readouterr().out == f"Test Connection succeeded: {target.base}\n"
    assert main([*alone, "wrong"]) == 3
    shown = capsys.readouterr().out
    assert shown.startswith("Test Connection failed: HTTP 401: You appear to have") and shown.count("\n") == 1
    target.faults.append(on("GET", lambda call, reply: scim_error(404, "no such path")))
    assert main([*alone, TOKEN, "--groups", "3", "--users", "5"]) == 3
    assert capsys.readouterr().out.startswith("Test Connection failed: HTTP 404 to a query of /Users: please check")


def test_the_parser_refuses_in_two_lines(capsys: pytest.CaptureFixture[str]) -> None:
    for told in ([], ["http://h", "--users", "many"], ["http://h", "--shoes"]):
        with pytest.raises(SystemExit, match="2"):
            main(told)
        usage, why = capsys.readouterr().err.splitlines()
        assert usage.startswith("usage: python -m simulators.entra TENANT_URL") and "error: " in why


def test_a_sentence_of_the_target_is_quoted_without_its_full_stop(
    target: ScimTarget, capsys: pytest.CaptureFixture[str]
) -> None:
    target.faults.append(on("POST", lambda call, reply: scim_error(400, "There is no such title.")))
    assert main([target.base, str(write_csv(Path("people.csv"), [person()])), "--token", TOKEN]) == 1
    assert "HTTP 400 There is no such title, not 201 Created\n" in capsys.readouterr().out


def test_a_smaller_mapping_can_be_told(target: ScimTarget) -> None:
    people = str(write_csv(Path("people.csv"), [person(mail="j@contoso.example.com", givenName="Jane")]))
    told = ["--attributes", "userName,active,Emails,name.givenName,externalId", "--map", "externalId=objectId"]
    assert main([target.base, people, "--token", TOKEN, *told]) == 0
    body = json.loads(target.sent("POST")[0].body)
    assert (body["externalId"], body["name"]) == ("o-jane", {"givenName": "Jane"})
    assert set(body) == {"schemas", "externalId", "userName", "active", "emails", "meta", "name", "roles"}


@pytest.mark.parametrize(
    ("told", "said", "why"),
    [
        (["ftp://x"], "must begin with https", "another scheme"),
        (["http://u:p@h/scim"], "must not hold credentials", "a password in the URL"),
        (["http://h:99999/"], "not a URL", "no such port"),
        (["http://h..example"], "not a URL", "a name with a gap"),
        (["http://xn--"], "not a URL", "half a name"),
        (["http://h/a b"], "no URL may have", "a blank"),
        (["http://h", "--token", ""], "--token T, or the environment variable SCIM_TOKEN", "a blank secret is none"),
        (["http://h", "--token", "Bearer x"], "without Bearer", "as the portal says"),
        (["http://h", "none.csv"], "cannot be read", "no file"),
        (["http://h", "--attributes", "userName,shoeSize"], "shoeSize", "an attribute without a row"),
        (["http://h", "--attributes", "title"], "lacks userName", "nothing to match by"),
        (["http://h", "--match", "nickName"], "lacks nickName", "not mapped"),
        (["http://h", "--map", "title"], "TARGET=SOURCE", "half a row"),
        (["http://h", "--map", "a[b=mail"], "not the path", "a broken path"),
        (["http://h", "--map", "title=shoeSize"], "source attribute shoeSize", "no such column"),
        (["http://h", "--on-demand", "nobody@x"], "has no nobody@x", "no such person"),
        (["http://h", "--workers", "0"], "from 1 to 200 workers", "nobody works"),
        (["http://h", "--workers", "100000"], "from 1 to 200 workers", "more threads than a machine has"),
        (["http://h", "--rate", "nan"], "a rate is not negative", "not a number"),
        (["http://h", "--timeout", "0"], "Time-out", "never"),
        (["http://h", "--timeout", "inf"], "Time-out", "more than a socket can bear"),
        (["http://h", "--timeout", "1e30"], "Time-out", "as long as the universe"),
        (["http://h", "--patience", "nan"], "patience", "not a number"),
        (["http://h", "--users", "-1"], "from 1 to 1,000,000 users", "below nothing"),
        (["http://h", "--users", "99999999999999999999"], "from 1 to 1,000,000 users", "they would be read for ever"),
        (["http://h", "--users", "5", "--groups", "0"], "from 1 to 1,000,000 groups", "none"),
        (["http://h", "--users", "5", "--edit-share", "nan"], "share of edits", "not a number"),
        (["http://h", "--groups", "5"], "Invented groups need invented people", "of whom?"),
        (["http://h", "--now", "yesterday"], "--now wants a date", "no date"),
        (["http://h", "--quarantine-limits", "1,2"], "wants four numbers", "two"),
        (["http://h", "--state", "bad.json"], "not a state file", "another file"),
        (["http://h", "--state", "file/state.json"], "cannot be written", "a folder that is none"),
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
    Path("bad.json").write_text("[]")
    Path("file").write_text("")
    assert main(["--token", TOKEN, *told]) == 2, why
    shown = capsys.readouterr().err
    assert said in shown and "Traceback" not in shown, why


HEAD = ",".join(COLUMNS)
ROW = "o1,a@x,A,B,A B,,,,,,,,,,,,true,,User,false"


@pytest.mark.parametrize(
    ("text", "said", "why"),
    [
        ("", "lacks the columns objectId, userPrincipalName", "an empty file"),
        (HEAD.replace("role,", ""), "lacks the column role", "one column"),
        (HEAD + ",role", "names a column twice", "which one counts?"),
        (f"{HEAD}\n{ROW}\n{ROW.replace('a@x', 'b@x')}", "objectId o1 twice", "one person twice"),
        (
            f"{HEAD}\n{ROW}\n{ROW.replace('o1', 'o2').replace('a@x', 'A@X')}",
            "userPrincipalName A@X twice",
            "in any case",
        ),
        (f"{HEAD}\n{ROW},more", "Line 2 of the people file has more or fewer", "a comma too many"),
        (f"{HEAD}\no1,a@x", "Line 2 of the people file has more or fewer", "half a line"),
        (f"{HEAD}\n{ROW.replace('o1', ' ')}", "Line 2 of the people file has no objectId", "nobody"),
        (f"{HEAD}\n{ROW.replace('true', 'yes')}", "accountEnabled must be true or false", "a guess is no answer"),
        (f"{HEAD}\n{ROW.replace('true', '')}", "accountEnabled must be true or false", "nor is silence"),
        (f'{HEAD}\n"o1', "not CSV", "an open quote"),
        (b"\xff\xfeo", "not CSV in UTF-8", "another encoding"),
    ],
)
def test_a_bad_people_file_is_refused_with_a_sentence(text: str | bytes, said: str, why: str, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(PeopleError, match=re.escape(said)):
        read_people(path)
    assert main(["http://127.0.0.1:1", str(path), "--token", "t", "--state", str(tmp_path / "s")]) == 2, why


def test_a_folder_is_no_people_file(tmp_path: Path) -> None:
    with pytest.raises(PeopleError, match="cannot be read"):
        read_people(tmp_path)


def test_a_byte_order_mark_and_windows_line_ends_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(b"\xef\xbb\xbf" + f"{HEAD}\r\n{ROW}\r\n".encode())
    assert [each.object_id for each in read_people(path)] == ["o1"]


def test_the_sample_company_is_what_it_promises() -> None:
    people = read_people(SAMPLE)
    assert [sum(each.why_skipped is None for each in people), len(people)] == [50, 53]
    assert all(each.value("mail").isascii() and each.user_principal_name.isascii() for each in people)
    assert all(each.user_principal_name.endswith(".example.com") for each in people)
    names = " ".join(each.value("displayName") for each in people)
    assert all(part in names for part in ("é", "'", "田", "김", "Ł", "-", "%"))
    assert any("+" in each.user_principal_name for each in people)
    assert any(not each.value("department") for each in people) and any(not each.value("manager") for each in people)
    known = {each.user_principal_name for each in people} | {""}
    assert {each.value("manager") for each in people} <= known
    with SAMPLE.open(encoding="utf-8", newline="") as file:
        assert next(csv.reader(file)) == list(COLUMNS)


def test_the_token_is_not_shown_with_the_options() -> None:
    assert TOKEN not in repr(Options("http://127.0.0.1", TOKEN))


def test_a_terminal_sees_a_bar_rewritten_in_place(
    target: ScimTarget, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    people = str(write_csv(Path("people.csv"), [person(), person("joe")]))
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    main([target.base, people, "--token", TOKEN])
    shown = capsys.readouterr().err
    assert shown.startswith("\r[############............]  50 %  1 of 2, ")
    assert re.search(r"\r\[#{24}\] 100 %  2 of 2, \d+/s +\n$", shown), "and the table begins on a new line"


def test_help_tells_the_exit_statuses(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    shown = capsys.readouterr().out
    assert all(f"\n  {status} " in shown for status in (0, 1, 2, 3, 130))


def test_the_page_has_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "try-it-with-simulators.md").read_text()
    with pytest.raises(SystemExit):
        main(["--help"])
    options = set(re.findall(r"--[a-z][a-z-]+", capsys.readouterr().out)) - {"--help"}
    assert len(options) > 30
    assert sorted(each for each in options if each not in page) == []


def test_the_json_report_has_every_request_with_its_answer_and_no_secret(
    target: ScimTarget, capsys: pytest.CaptureFixture[str]
) -> None:
    """The target echoes the token, and the mapping has a password."""
    people = str(write_csv(Path("people.csv"), [person(city="Pa55word"), person("joe")]))
    Path("mapping.toml").write_text('[attributes]\nuserName = "userPrincipalName"\npassword = "city"\n')
    target.faults.append(once(lambda call, reply: scim_error(400, f"who is {TOKEN}?"), "POST", after=1))
    told = [target.base, people, "--token", TOKEN, "--mapping", "mapping.toml", "--json", "--report", "report.json"]
    assert main(told) == 1
    printed = capsys.readouterr().out
    assert json.loads(printed) == json.loads(Path("report.json").read_text())
    assert TOKEN not in printed and "Pa55word" not in printed
    exchanges = json.loads(printed)["exchanges"]
    assert [(each["method"], each["status"]) for each in exchanges] == [
        ("GET", 200),
        ("GET", 200),
        ("POST", 201),
        ("GET", 200),
        ("POST", 400),
    ]
    assert exchanges[2]["url"] == f"{target.base}/Users"
    assert (exchanges[2]["body"]["password"], exchanges[2]["answer"]["id"]) == ("***", "u1")
    assert exchanges[4]["answer"]["detail"] == "who is ***?"
    assert b"Pa55word" in target.sent("POST")[0].body


def test_an_answer_that_never_came_is_in_the_report_too(target: ScimTarget) -> None:
    people = str(write_csv(Path("people.csv"), [person()]))
    target.faults.append(once(lambda call, reply: replace(reply, cut=True), "POST"))
    assert main([target.base, people, "--token", TOKEN, "--report", "report.json"]) == 0
    lost = json.loads(Path("report.json").read_text())["exchanges"][2]
    assert (lost["status"], lost["answer"]) == (None, "the connection failed or was cut (RemoteProtocolError)")


@pytest.mark.parametrize(
    ("content", "shown", "why"),
    [
        (b"<h1>Oops</h1>", "<h1>Oops</h1>", "no JSON"),
        (b"\xff\xfe", "\ufffd\ufffd", "no UTF-8"),
        (b'{"a": "\\ud800"}', {"a": "\ud800"}, "half a surrogate pair"),
        (b"[" * 70_000, "[" * 65_536, "too deep, and cut"),
    ],
)
def test_strange_answers_are_kept_as_they_are(target: ScimTarget, content: bytes, shown: object, why: str) -> None:
    people = str(write_csv(Path("people.csv"), [person()]))
    target.faults.append(on("POST", lambda call, reply: Reply(400, content)))
    assert main([target.base, people, "--token", TOKEN, "--report", "report.json"]) == 1, why
    assert json.loads(Path("report.json").read_text())["exchanges"][2]["answer"] == shown, why


def test_a_long_list_of_failures_is_cut_in_the_table_and_whole_in_the_report(
    target: ScimTarget, capsys: pytest.CaptureFixture[str]
) -> None:
    people = str(write_csv(Path("people.csv"), [person(f"p{number}") for number in range(23)]))
    target.faults.append(on("POST", lambda call, reply: scim_error(400, "no")))
    assert main([target.base, people, "--token", TOKEN, "--report", "report.json"]) == 1
    shown = capsys.readouterr().out
    assert shown.count("POST was answered HTTP 400 no") == 20
    assert "and 3 more: all are in the JSON report" in shown
    assert sum(each["action"] == "failed" for each in json.loads(Path("report.json").read_text())["people"]) == 23


def test_a_short_token_is_taken_out_of_reasons_without_garbling_words() -> None:
    report = Report("http://h", "initial", "default", secret="no")
    assert report.clean("no: not now,\tno\n") == "***: not now, ***"
