"""The command line: `python -m simulators.entra TENANT_URL --token T PEOPLE.csv`."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence

from simulators.entra.arguments import options, parser
from simulators.entra.cycle import run
from simulators.entra.progress import Progress
from simulators.entra.report import Report
from simulators.entra.report_text import as_text
from simulators.pipes import quietly


def main(arguments: Sequence[str]) -> int:
    told = parser().parse_intermixed_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    progress = Progress()
    try:
        report = _run(told, progress)
        _publish(report, told)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped. What was done is kept in the state; the next run goes on.", file=sys.stderr)
        return 130
    return report.exit_status


def _run(told: argparse.Namespace, progress: Progress) -> Report:
    try:
        return run(options(told), progress)
    finally:
        progress.close()


def _publish(report: Report, told: argparse.Namespace) -> None:
    if told.report:
        try:
            with told.report.open("w", encoding="utf-8", errors="backslashreplace") as file:
                report.write_json(file)
        except OSError as error:
            raise ValueError(f"The report {told.report} cannot be written: {error.strerror}.") from None
    if told.json:
        report.write_json(sys.stdout)
    else:
        print(as_text(report))


if __name__ == "__main__":
    sys.exit(quietly(main))
