"""The options of the command line, and what they say of a cycle."""

from __future__ import annotations

import argparse
import os
from datetime import datetime
from pathlib import Path

from simulators.entra.clock import moment
from simulators.entra.mapping import AttributeMapping
from simulators.entra.mapping_file import read_mapping
from simulators.entra.options import Options
from simulators.entra.patch import FLAG
from simulators.entra.people import SAMPLE
from simulators.entra.quarantine import Limits
from simulators.entra.roles import FORMS
from simulators.entra.state import default_state

EXITS = """exit status:
  0    all well
  1    somebody failed, or waits in escrow
  2    wrong use: an option, a file or a mapping; one sentence says which
  3    quarantine: the Test Connection failed, the credentials or the URL are wrong, too much failed, deletions wait for
       --allow-deletions, or the next try is later
  130  stopped with Ctrl-C; the state is kept
  141  all done, but nobody read the report to its end
"""
TOKEN_VARIABLE = "SCIM_TOKEN"


def parser() -> argparse.ArgumentParser:
    """All options, with the exit statuses below them."""
    made = argparse.ArgumentParser(
        prog="python -m simulators.entra",
        usage="python -m simulators.entra TENANT_URL --token T [PEOPLE.csv | --users N] [more options: --help]",
        description="Runs one provisioning cycle of Microsoft Entra ID, or what is left to do of it, against a target.",
        epilog=EXITS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = made.add_argument
    add("tenant_url", help=f"the Tenant URL of the portal, with ?{FLAG} for the newer PATCH dialect")
    add("people", nargs="?", type=Path, default=SAMPLE, help="people as CSV (default: the sample company)")
    add("--users", type=int, default=0, metavar="N", help="invented people instead of a file")
    add("--seed", type=int, default=0, metavar="N", help="another company of invented people")
    add(
        "--edit-seed",
        type=int,
        action="append",
        default=[],
        metavar="N",
        help="a round of random edits of them; repeat it for a further round",
    )
    add(
        "--edit-share",
        type=float,
        default=0.1,
        metavar="X",
        help="share of the people that a round touches (default: 0.1)",
    )
    add("--token", default=os.environ.get(TOKEN_VARIABLE, ""), help=f"the Secret Token (default: ${TOKEN_VARIABLE})")
    _add_cycle(made.add_argument_group("cycle"))
    _add_mapping(made.add_argument_group("mapping"))
    _add_health(made.add_argument_group("health"))
    _add_groups(made.add_argument_group("groups"))
    _add_pace(made.add_argument_group("pace"))
    _add_output(made.add_argument_group("output"))
    return made


def _add_cycle(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--state", type=Path, help="what is remembered between cycles (default: .data/entra-state-<hash>.json)")
    add("--restart", action="store_true", help="restart provisioning: forget the state, match everyone again")
    add("--full", action="store_true", help="read and compare everyone, changed in the source or not")
    add("--on-demand", metavar="UPN", help="provision this one person now, in the default dialect")
    add("--test-connection", action="store_true", help="only press Test Connection")
    add("--hard-delete", action="store_true", help="people whose row is gone are deleted instead of disabled")
    add("--flag", action="store_true", help=f"put {FLAG} into the tenant URL")
    add("--dialect", choices=("default", FLAG), help="speak this PATCH dialect whatever the URL says")


def _add_mapping(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--mapping", type=Path, metavar="FILE.toml", help="a mapping of one's own; the format is in mapping_file.py")
    add("--attributes", metavar="A,B", help="map only these target attributes, for example userName,active,emails")
    add("--map", action="append", default=[], metavar="TARGET=SOURCE", help="for example externalId=objectId")
    add("--roles", choices=FORMS, help="provision app roles in this form")
    add("--match", metavar="A,B", help="matching attributes in order of precedence")
    add("--map-manager", action="store_true", help="write managers after the users")
    add("--clear-empty", action="store_true", help="remove what lost its value in the source; Entra does not")


def _add_health(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--now", metavar="TIME", help="a simulated clock (2026-01-31T12:00): escrow and quarantine wait by it")
    limits = "failures, per cent, failures at most, and with references (default: 5000,40,40000,60000)"
    add("--quarantine-limits", metavar="N,P,N,N", default="5000,40,40000,60000", help=limits)
    add("--deletion-threshold", type=int, metavar="N", help="hold back disables and deletes above N in a cycle")
    add("--allow-deletions", action="store_true", help="carry out what the threshold held back")
    add("--skip-out-of-scope-deletions", action="store_true", help="leave who leaves the scope as is")


def _now(told: str | None) -> datetime | None:
    try:
        return moment(told) if told else None
    except ValueError:
        raise ValueError(f"--now wants a date or a time such as 2026-01-31T12:00, not {told}.") from None


def _limits(told: str) -> Limits:
    try:
        minimum, share, failures, references = (int(each) for each in told.split(","))
    except ValueError:
        raise ValueError(f"--quarantine-limits wants four numbers such as 5000,40,40000,60000, not {told}.") from None
    return Limits(minimum, share / 100, failures, references)


def _add_groups(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    told = "groups as CSV (objectId, displayName, members; names separated by semicolons), or N invented ones"
    add("--groups", type=_groups, metavar="FILE|N", help=told)
    add("--members-per-patch", type=int, default=100, metavar="N", help="memberships gathered in one PATCH")
    add("--adscim-groups", action="store_true", help="create groups with the second schema of Microsoft's sample")


def _groups(told: str) -> Path | int:
    return int(told) if told.isdecimal() else Path(told)


def _add_pace(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--patience", type=float, default=60.0, metavar="SECONDS", help="honour Retry-After so long for one person")
    add("--timeout", type=float, default=60.0, metavar="SECONDS", help="wait so long for an answer")
    add("--workers", type=int, default=1, metavar="N", help="people visited at the same time")
    add("--rate", type=float, default=0.0, metavar="N", help="requests a second at most; Entra asks targets to bear 25")


def _add_output(group: argparse._ArgumentGroup) -> None:
    told = "every request with its answer included"
    group.add_argument("--report", type=Path, metavar="FILE.json", help=f"write the closing report as JSON, {told}")
    group.add_argument("--json", action="store_true", help=f"print the closing report as JSON, {told}")


def options(told: argparse.Namespace) -> Options:
    """The cycle that is asked for; ValueError with a sentence for what cannot be."""
    mapping, managers = _mapping(told)
    return Options(
        tenant_url=told.tenant_url,
        token=told.token,
        people=told.people,
        users=told.users,
        seed=told.seed,
        edit_seeds=tuple(told.edit_seed),
        edit_share=told.edit_share,
        groups=told.groups,
        members_per_patch=told.members_per_patch,
        adscim_groups=told.adscim_groups,
        state=told.state or default_state(told.tenant_url, _source(told)),
        mapping=mapping,
        flag=told.flag,
        dialect=told.dialect,
        on_demand=told.on_demand,
        full=told.full,
        restart=told.restart,
        hard_delete=told.hard_delete,
        skip_out_of_scope_deletions=told.skip_out_of_scope_deletions,
        deletion_threshold=told.deletion_threshold,
        allow_deletions=told.allow_deletions,
        limits=_limits(told.quarantine_limits),
        now=_now(told.now),
        clear_empty=told.clear_empty,
        map_manager=managers,
        test_connection_only=told.test_connection,
        patience=told.patience,
        timeout=told.timeout,
        workers=told.workers,
        rate=told.rate,
        record=told.json or bool(told.report),
    )


def _source(told: argparse.Namespace) -> str:
    return f"{told.users} invented, seed {told.seed}" if told.users else str(told.people.resolve())


def _mapping(told: argparse.Namespace) -> tuple[AttributeMapping, bool]:
    """The mapping, and whether managers are mapped."""
    mapping, managers = read_mapping(told.mapping) if told.mapping else (AttributeMapping(), False)
    if told.roles:
        mapping = mapping.with_flow(*FORMS[told.roles])
    for pair in told.map:
        target, equals, source = pair.partition("=")
        if not (equals and target and source):
            raise ValueError(f"--map wants TARGET=SOURCE, not {pair}.")
        mapping = mapping.with_flow(target, source)
    if told.attributes:
        mapping = mapping.only(told.attributes.split(","))
    if told.match:
        mapping = mapping.matched_by(name.strip() for name in told.match.split(","))
    return mapping, managers or told.map_manager
