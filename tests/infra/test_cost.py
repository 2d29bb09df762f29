"""The cost model against the figures that were worked out by hand, and its manners on a command line."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys

import pytest

from gateway.cli import cost
from gateway.cli.cost import Item, Use, assumptions, first, month
from tests.infra.lint import ROOT

MILLION = 1_000_000


def dollars(items: list[Item], what: str) -> float:
    return next(item.dollars for item in items if item.what == what)


@pytest.mark.parametrize(
    ("memory", "concurrency", "instances", "gb_seconds", "computing"),
    [(2048, 1, 5, 800_000, 20.80), (2048, 16, 1, 160_000, 4.16), (512, 4, 2, 80_000, 2.08)],
)
def test_a_million_people_cost_what_was_worked_out(
    memory: int, concurrency: int, instances: int, gb_seconds: float, computing: float
) -> None:
    use = Use(MILLION, 0, memory, concurrency)
    assert use.instances == instances
    assert use.busy(2 * MILLION) == pytest.approx(gb_seconds)
    assert dollars(first(use), "computing") == pytest.approx(computing)
    assert dollars(first(use), "executions") == pytest.approx(0.80)
    assert dollars(first(use), "Table Storage") == pytest.approx(0.252)


def test_a_month_of_one_in_a_hundred_a_day_is_within_the_grant() -> None:
    use = Use(MILLION, 300_000)
    assert use.busy(600_000) == pytest.approx(48_000)
    assert dollars(month(use), "computing") == 0
    assert dollars(month(use), "executions") == pytest.approx((600_000 + cost.SWEEPS - 250_000) * 0.40e-6)
    assert dollars(month(use), "identity map") == pytest.approx(0.09)
    assert "1,200,000 GB-s" in " ".join(assumptions(use)), "the worst case is said"


def test_what_is_switched_on_is_on_the_bill() -> None:
    assert not {"always ready", "private endpoints", "alerts"} & {item.what for item in month(Use(1, 0))}
    full = month(Use(1, 0, always_ready=1, private_network=True, alerts=True))
    assert dollars(full, "always ready") == pytest.approx(20.7, rel=0.01)
    assert dollars(full, "private endpoints") == pytest.approx(21.9)
    assert dollars(full, "alerts") == pytest.approx(6.10)


def test_the_alerts_on_the_bill_are_those_of_the_template() -> None:
    source = (ROOT / "infra" / "modules" / "alerts.bicep").read_text()
    assert source.count("    pattern: '") == 4 and source.count("metricAlerts@") == 1
    assert (ROOT / "infra" / "modules" / "network.bicep").read_text().count("    group: ") == 3


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gateway", "cost", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_it_prints_both_bills_and_every_assumption() -> None:
    told = run("--users", "10000", "--changes", "500")
    assert (told.returncode, told.stderr) == (0, "")
    assert "First synchronisation of 10,000 people" in told.stdout and "A month with 500 people" in told.stdout
    assert all(f"- {sentence}" in told.stdout for sentence in assumptions(Use(10_000, 500)))


def test_it_prints_a_document() -> None:
    told = json.loads(run("--users", "10", "--changes", "0", "--json").stdout)
    assert told["first"] == [vars(item) for item in first(Use(10, 0))]
    assert told.keys() == {"first", "month", "assumptions"}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--users", "many", "--changes", "1"], "argument --users: it must be a whole number"),
        (["--users", "0", "--changes", "1"], "argument --users: it must be a whole number from 1"),
        (["--users", "-5", "--changes", "1"], "argument --users"),
        (["--users", "5", "--changes", "1.5"], "argument --changes: it must be a whole number"),
        (["--users", "5", "--changes", "9999999999"], "to 1,000,000,000"),
        (["--users", "5", "--changes", "1", "--memory", "1024"], "argument --memory: invalid choice"),
        (["--users", "5", "--changes", "1", "--concurrency", "0"], "argument --concurrency"),
        (["--users", "5"], "--changes"),
    ],
)
def test_a_mistake_is_a_sentence(arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    cost.arguments(parser)
    with pytest.raises(SystemExit) as ended:
        parser.parse_args(arguments)
    assert ended.value.code == 2
    assert sentence in capsys.readouterr().err
