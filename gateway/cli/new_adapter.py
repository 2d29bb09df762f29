"""`new-adapter`: a repository for an adapter of one's own, complete and tested, made from the template."""

from __future__ import annotations

import argparse
import json
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from gateway.guard import ROOT
from gateway.registry import available

NAME = "new-adapter"
HELP = "Make a repository for an adapter of your own: package, fake backend and contract tests, all of which pass."
TEMPLATE = ROOT / "examples" / "scim-adapter-template"
ALLOWED = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
LONGEST = 40
LEFT_OUT = shutil.ignore_patterns("__pycache__", ".*", "*.egg-info", "dist", "build")


class Refused(Exception):
    """The repository cannot be made. The message says why and what to do."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("name", metavar="NAME", help="the adapter's name in a configuration, such as acme-hr")
    parser.add_argument("--into", type=Path, default=Path(), metavar="DIR", help="the folder to make it in (this one)")
    parser.add_argument("--json", action="store_true", help="write where it is as JSON, instead of what to do next")


def run(chosen: argparse.Namespace) -> int:
    """Make it and print what to do next; 2 when the name or the place cannot be used."""
    try:
        made = make(chosen.name, chosen.into)
    except Refused as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{error.filename or chosen.into}: {error.strerror}.", file=sys.stderr)
        return 2
    print(json.dumps({"name": chosen.name, "path": str(made)}) if chosen.json else _next_steps(chosen.name, made))
    return 0


def make(name: str, into: Path) -> Path:
    """The new repository's folder. `Refused` or OSError when there is none; then nothing was made."""
    _named(name)
    target = into / f"scim-adapter-{name}"
    if target.exists() or target.is_symlink():
        raise Refused(f"{target} exists already; choose another name, or another folder with --into.")
    if not TEMPLATE.is_dir():
        raise Refused(f"The template is missing ({TEMPLATE}); this command needs a clone of the whole repository.")
    words = _words(name)
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-adapter-", dir=into) as place:
        draft = Path(shutil.copytree(TEMPLATE, Path(place) / "draft", ignore=LEFT_OUT))
        for path in sorted(draft.rglob("*"), reverse=True):  # the deepest first: names change on the way
            _rewrite(path, words)
        draft.rename(target)
    return target


def _named(name: str) -> None:
    if name.startswith("scim-adapter-"):
        raise Refused(f"The name is that of the adapter alone: {name.removeprefix('scim-adapter-')}.")
    if not ALLOWED.fullmatch(name) or len(name) > LONGEST:
        raise Refused(
            f"An adapter's name has at most {LONGEST} of a-z, 0-9 and single hyphens, and starts with a letter, "
            "such as acme-hr."
        )
    if name in available():
        raise Refused(f"There is an adapter {name} already, and a configuration could not tell them apart.")


def _rewrite(path: Path, words: Mapping[str, str]) -> None:
    if path.is_file():
        path.write_text(_renamed(path.read_text(encoding="utf-8"), words), encoding="utf-8")
    path.rename(path.with_name(_renamed(path.name, words)))


def _renamed(text: str, words: Mapping[str, str]) -> str:
    """All words at once: a new one may hold an old one, such as `staffing`."""
    return re.sub("|".join(map(re.escape, words)), lambda match: words[match[0]], text)


def _words(name: str) -> Mapping[str, str]:
    """The template's words and the new ones; of two that begin alike the longer one comes first."""
    snake, parts = name.replace("-", "_"), [part.capitalize() for part in name.split("-")]
    return {
        "scim-adapter-staff": f"scim-adapter-{name}",
        "staff.example.com": f"{name}.example.com",
        "staff = ": f"{name} = ",  # the entry point
        '"staff"': f'"{name}"',
        "`staff`": f"`{name}`",
        "/staff": f"/{name}",
        "staff(": f"{snake}_adapter(",  # a function in the tests, which must not hide what they import
        "staff": snake,
        "STAFF": snake.upper(),
        "Staff API": f"{' '.join(parts)} API",
        "Staff": "".join(parts),
    }


def _next_steps(name: str, made: Path) -> str:
    repository, contract = shlex.quote(str(made)), shlex.quote(f"{ROOT}[http,testing]")
    lines = (
        f"{made} is ready: an adapter {name} for a made-up backend. Its tests pass as they are:",
        "",
        f"    cd {repository}",
        "    python3 -m venv .venv",
        f"    .venv/bin/python -m pip install {contract} -e '.[test]'",
        "    .venv/bin/python -m pytest",
        "    .venv/bin/python -m mypy",
        "",
        "Then make it speak to your backend: README.md says where. Use it in a gateway beside it:",
        "",
        f"    {shlex.quote(sys.executable)} -m pip install --no-deps -e {repository}",
        f"    {shlex.quote(sys.executable)} -m gateway adapters",
    )
    return "\n".join(lines)
