"""`cost`: what a deployment on Flex Consumption costs about, with everything that was assumed."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

NAME = "cost"
HELP = "Say what the first synchronisation and a month cost in Azure, roughly, and what that rests on."
MONTH = 30 * 24 * 3600
REQUESTS = 2
"""Requests for a person who is new or changed: one that looks and one that writes."""
OPERATIONS = 7
"""Operations on Table Storage for a person at the first synchronisation; a change takes as many at most."""
SWEEPS = MONTH // 300
ROW_GB = 2e-6
LOG_GB = 3e-6
GB_SECOND, EXECUTION, BASELINE_GB_SECOND = 0.000026, 0.40e-6, 0.000004
TABLE_OPERATION, TABLE_GB, LOG_PRICE = 0.00036 / 10_000, 0.045, 2.76
ENDPOINT, LOG_RULE, METRIC_RULE = 7.30, 1.50, 0.10
GRANT_GB_SECONDS, GRANT_EXECUTIONS = 100_000, 250_000
MOST = 1_000_000_000


@dataclass(frozen=True)
class Item:
    """One line of the bill: what, how much of it, and US dollars."""

    what: str
    quantity: str
    dollars: float


@dataclass(frozen=True)
class Use:
    """How the gateway is used, and what it runs on."""

    users: int
    changes: int
    memory: int = 2048
    concurrency: int = 16
    rate: int = 25
    milliseconds: int = 200
    always_ready: int = 0
    private_network: bool = False
    alerts: bool = False

    @property
    def instances(self) -> int:
        """Instances while requests come at the full rate."""
        return max(1, math.ceil(self.rate * self.milliseconds / 1000 / self.concurrency))

    def busy(self, requests: int) -> float:
        """GB-seconds for so many requests in a row; an instance is billed as long as it is busy, however little."""
        return self.gb_seconds(requests / self.rate) * self.instances

    def gb_seconds(self, seconds: float) -> float:
        """GB-seconds of one instance."""
        return seconds * self.memory / 1024


def first(use: Use) -> list[Item]:
    """The bill of the first synchronisation of all people, without grants."""
    requests, operations = use.users * REQUESTS, use.users * OPERATIONS
    compute = use.busy(requests)
    return [
        Item("computing", f"{compute:,.0f} GB-s", compute * GB_SECOND),
        Item("executions", f"{requests:,}", requests * EXECUTION),
        Item("Table Storage", f"{operations:,} operations", operations * TABLE_OPERATION),
        Item("logs", f"{requests * LOG_GB:,.2f} GB", requests * LOG_GB * LOG_PRICE),
    ]


def month(use: Use) -> list[Item]:
    """The bill of a month after it; the grants of a month are taken off."""
    requests = use.changes * REQUESTS
    executions = requests + SWEEPS
    compute = use.busy(requests) + use.gb_seconds(SWEEPS)
    held = use.users * ROW_GB
    items = [
        Item("computing", f"{compute:,.0f} GB-s", max(0.0, compute - GRANT_GB_SECONDS) * GB_SECOND),
        Item("executions", f"{executions:,}", max(0, executions - GRANT_EXECUTIONS) * EXECUTION),
        Item("Table Storage", f"{use.changes * OPERATIONS:,} operations", use.changes * OPERATIONS * TABLE_OPERATION),
        Item("identity map", f"{held:,.2f} GB", held * TABLE_GB),
        Item("logs", f"{executions * LOG_GB:,.2f} GB", executions * LOG_GB * LOG_PRICE),
    ]
    if use.always_ready:
        awake = use.always_ready * use.gb_seconds(MONTH)
        items.append(Item("always ready", f"{awake:,.0f} GB-s", awake * BASELINE_GB_SECOND))
    if use.private_network:
        items.append(Item("private endpoints", "3", 3 * ENDPOINT))
    if use.alerts:
        items.append(Item("alerts", "4 on logs, 1 on a metric", 4 * LOG_RULE + METRIC_RULE))
    return items


def assumptions(use: Use) -> list[str]:
    """Everything that the figures rest on, in sentences."""
    worst = use.changes * REQUESTS * use.gb_seconds(1)
    return [
        f"{REQUESTS} requests for each person, {use.rate} a second, {use.milliseconds} ms each, as the backend has it.",
        f"{use.memory} MB and {use.concurrency} requests at once on an instance: {use.instances} at work at that rate.",
        f"If no two requests of a month overlap, each is billed a whole second: {worst:,.0f} GB-s instead.",
        f"A sweep every five minutes, {SWEEPS:,} a month, each billed a second.",
        f"{OPERATIONS} operations on Table Storage and {ROW_GB * 1e6:.0f} KB of it for each person.",
        f"{LOG_GB * 1e6:.0f} KB of log for each request; the host's sampling makes it less.",
        f"Grants of a month: {GRANT_GB_SECONDS:,} GB-s and {GRANT_EXECUTIONS:,} executions; they are taken off the "
        "month only, and cover the whole subscription.",
        f"Prices in US dollars: {GB_SECOND:f} a GB-s, {EXECUTION * 1e6:.2f} a million executions, "
        f"{BASELINE_GB_SECOND:f} a GB-s that is always ready, {TABLE_OPERATION * 10_000} for 10,000 operations and "
        f"{TABLE_GB} a GB on Table Storage, "
        f"{LOG_PRICE} a GB of log, {ENDPOINT:.2f} a private endpoint, {LOG_RULE:.2f} an alert on logs.",
        "Prices differ by region and change; those of logs, endpoints and alerts are remembered, not looked up.",
        "Not counted: Key Vault (a few cents), traffic, the backend, Entra's licences.",
    ]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    usual = Use(0, 0)
    parser.add_argument("--users", type=_number(1), required=True, metavar="N", help="people in scope")
    parser.add_argument("--changes", type=_number(0), required=True, metavar="M", help="people who change in a month")
    parser.add_argument("--memory", type=int, choices=(512, 2048, 4096), default=2048, help="MB of an instance (2048)")
    for name, least, text in (
        ("concurrency", 1, "requests at once on an instance"),
        ("rate", 1, "requests a second"),
        ("milliseconds", 1, "how long a request takes"),
        ("always-ready", 0, "instances that never sleep"),
    ):
        default = getattr(usual, name.replace("-", "_"))
        parser.add_argument(f"--{name}", type=_number(least), default=default, metavar="N", help=f"{text} ({default})")
    parser.add_argument("--private-network", action="store_true", help="storage and vault behind private endpoints")
    parser.add_argument("--alerts", action="store_true", help="with the alerts of infra/modules/alerts.bicep")
    parser.add_argument("--json", action="store_true", help="print a document instead of a table")


def _number(least: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if text.isascii() and text.isdigit() and least <= int(text) <= MOST:
            return int(text)
        raise argparse.ArgumentTypeError(f"it must be a whole number from {least} to {MOST:,}.")

    return read


def run(chosen: argparse.Namespace) -> int:
    """Print both bills and what they rest on."""
    use = Use(**{name: getattr(chosen, name) for name in Use.__dataclass_fields__})
    if chosen.json:
        bills = {"first": first(use), "month": month(use)}
        document = {name: [asdict(item) for item in items] for name, items in bills.items()}
        print(json.dumps({**document, "assumptions": assumptions(use)}, indent=2))
        return 0
    hours = use.users * REQUESTS / use.rate / 3600
    _table(f"First synchronisation of {use.users:,} people, about {hours:,.1f} hours", first(use))
    _table(f"A month with {use.changes:,} people who change", month(use))
    print("What this rests on:")
    for sentence in assumptions(use):
        print(f"- {sentence}")
    return 0


def _table(title: str, items: Sequence[Item]) -> None:
    print(title)
    for item in items:
        print(f"  {item.what:<18}{item.quantity:>26}{item.dollars:>12,.2f} USD")
    print(f"  {'together':<18}{'':>26}{sum(item.dollars for item in items):>12,.2f} USD\n")
