"""The command line: `python -m simulators.okta URL --token T [--users N --seed N | people.csv] [--groups N]`."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from simulators.okta.company import Company
from simulators.okta.cycle import run
from simulators.okta.options import Options
from simulators.okta.people import Source, read_people
from simulators.okta.profile import Mapping
from simulators.pipes import quietly

EXITS = """exit status:
  0    all well
  1    somebody or something failed, or Test API Credentials did
  2    wrong use: an option or a file; one sentence says which
  130  stopped with Ctrl-C; the state is kept
  141  all done, but nobody read the report to its end
"""
TOKEN_VARIABLE = "SCIM_TOKEN"
STEP = 1000


def main(arguments: Sequence[str]) -> int:
    told = parser().parse_intermixed_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        report = run(options(told), _progress())
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped. The state file, if there is one, knows what was done; the next run goes on.", file=sys.stderr)
        return 130
    print(report.as_text())
    return report.exit_status


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="python -m simulators.okta",
        usage="python -m simulators.okta URL --token T [PEOPLE.csv | --users N --groups N] [more options: --help]",
        description="Runs an app integration of Okta once against a target: what is new, what changed, who left.",
        epilog=EXITS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = made.add_argument
    add("url", help="the base URL of the SCIM connector")
    add("people", nargs="?", type=Path, help="people as CSV (default: an invented company)")
    add("--token", default=os.environ.get(TOKEN_VARIABLE, ""), help=f"the bearer token (default: ${TOKEN_VARIABLE})")
    _add_company(made.add_argument_group("invented company"))
    _add_app(made.add_argument_group("app integration"))
    _add_run(made.add_argument_group("run"))
    return made


def _add_company(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--users", type=int, metavar="N", help="how many people (default: 50)")
    add("--groups", type=int, metavar="N", help="how many groups are pushed (default: 0)")
    add("--seed", type=int, metavar="N", help="another company (default: 1)")
    add("--edit-seed", type=int, metavar="N", help="the same company later: renames, leavers, joiners, moves")


def _add_app(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--app", choices=("catalog", "wizard"), default="catalog", help="an app of the catalogue, or of the wizard")
    add(
        "--deactivate",
        choices=("patch", "put"),
        help="write active and passwords by this (default: the habit of the app)",
    )
    add("--unmap", metavar="A,B", default="", help="send no such attributes, for example department,title,locale")
    add("--no-password", action="store_true", help="send no passwords")
    add("--create-groups", choices=("empty", "members"), default="empty", help="whether a POST carries the members")
    add("--push-now", action="store_true", help="send every group whole, changed or not")
    add("--keep-groups", action="store_true", help="leave groups in the target that are no longer pushed")


def _add_run(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--state", type=Path, metavar="FILE", help="what is remembered between runs (default: nothing is)")
    add("--json", type=Path, metavar="FILE", help="the report with every request and answer, secrets masked")
    add("--import", dest="import_users", action="store_true", help="read the target's users first, and match them")
    add("--import-groups", action="store_true", help="read the target's groups first")
    add("--only", choices=("test", "import"), help="stop after Test API Credentials, or after the import")
    add("--timeout", type=float, default=60.0, metavar="SECONDS", help="wait so long for an answer")
    add("--patience", type=float, default=60.0, metavar="SECONDS", help="honour Retry-After so long for one request")


def options(told: argparse.Namespace) -> Options:
    return Options(
        url=told.url,
        token=told.token,
        source=_source(told),
        state=told.state,
        json=told.json,
        app=told.app,
        mapping=Mapping().without(filter(None, told.unmap.split(","))),
        deactivate=told.deactivate,
        password=not told.no_password,
        only=told.only,
        import_users=told.import_users or (told.only == "import" and not told.import_groups),
        import_groups=told.import_groups,
        create_groups=told.create_groups,
        push_now=told.push_now,
        keep_groups=told.keep_groups,
        timeout=told.timeout,
        patience=told.patience,
    )


def _source(told: argparse.Namespace) -> Source:
    company = {"users": told.users, "groups": told.groups, "seed": told.seed, "edit_seed": told.edit_seed}
    given = {name: value for name, value in company.items() if value is not None}
    if not told.people:
        return Company(**given)
    if given:
        raise ValueError("A people file says itself who and which groups there are; leave out the invented company.")
    return read_people(told.people)


def _progress() -> Callable[[int], None]:
    def show(done: int) -> None:
        if done % STEP == 0:
            print(f"{done} people", file=sys.stderr, flush=True)

    return show


if __name__ == "__main__":
    sys.exit(quietly(main))
