"""The documentation site: it builds, every page is in the navigation once, nothing comes from elsewhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.site.built import ROOT, build, navigation, pages, problems

LIST_ITEM = re.compile(r"(\d+\.|[*-]) ")


class Outside(HTMLParser):
    """The addresses that a page loads something from, other than the site itself."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        address = dict(attrs).get("href" if tag == "link" else "src") or ""
        if tag != "a" and re.match(r"(https?:)?//", address):
            self.found.append(address)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the built site."""
    folder = tmp_path_factory.mktemp("site")
    done = build(folder)
    if done.returncode:
        pytest.fail(problems(done), pytrace=False)
    return folder / ".data" / "site"


def test_every_page_is_in_the_navigation_once_and_exists() -> None:
    named = navigation()
    assert sorted(pages() - set(named)) == [], "Name these under `nav` in mkdocs.yml."
    assert sorted(set(named) - pages()) == [], "These are in the navigation and do not exist."
    assert len(named) == len(set(named)), "A page is in the navigation twice."


@pytest.mark.slow
def test_every_page_of_the_navigation_is_built(site: Path) -> None:
    for page in navigation():
        name = page.removesuffix(".md").removesuffix("index")
        assert (site / name / "index.html").exists(), page


def test_the_pages_need_nothing_from_elsewhere(site: Path) -> None:
    for page in site.rglob("*.html"):
        parser = Outside()
        parser.feed(page.read_text())
        assert not parser.found, page


def test_no_markdown_is_left_in_what_is_read(site: Path) -> None:
    for page in site.rglob("*.html"):
        text = re.sub(r"<(pre|code)\b.*?</\1>", "", page.read_text().partition("<article")[2], flags=re.DOTALL)
        found = re.search(r"```|\|--|\]\(|\*\*", re.sub(r"<[^>]+>", "", text))
        assert not found, page


@pytest.mark.slow
@pytest.mark.parametrize(
    ("link", "why"),
    [("[x](how-to/gone.md)", "page does not exist"), ("[x](how-to/write-an-adapter.md#gone)", "anchor does not exist")],
)
def test_a_broken_link_breaks_the_build(tmp_path: Path, link: str, why: str) -> None:
    done = build(tmp_path, {"index.md": f"# Scimgate\n\n{link}\n"})
    assert done.returncode != 0
    assert why in problems(done)


@pytest.mark.parametrize("page", sorted(pages()))
def test_a_page_starts_with_its_only_title(page: str) -> None:
    text = re.sub(r"^( *)```.*?^\1```", "", (ROOT / "docs" / page).read_text(), flags=re.MULTILINE | re.DOTALL)
    titles = re.findall(r"^# .+", text, re.MULTILINE)
    assert len(titles) == 1
    assert text.startswith(titles[0])


@pytest.mark.parametrize("page", sorted(pages()))
def test_what_belongs_to_a_list_is_shown_so(page: str) -> None:
    """In a list, text is indented by four blanks and code by eight, or fenced: less ends the list on the site."""
    inside, blank = False, True
    text = re.sub(r"^( *)```.*?^\1```", r"\1Code.", (ROOT / "docs" / page).read_text(), flags=re.MULTILINE | re.DOTALL)
    for number, line in enumerate(text.splitlines(), 1):
        depth = len(line) - len(line.lstrip())
        if blank and line and inside and not LIST_ITEM.match(line.lstrip()):
            assert depth not in {1, 2, 3}, f"{page}:{number} ends its list"
            assert not (4 <= depth < 8 and line[depth].islower()), f"{page}:{number} is code that is shown as text"
        inside = bool(LIST_ITEM.match(line.lstrip())) or (inside and (not line or depth > 0 or not blank))
        blank = not line


@pytest.mark.parametrize("page", sorted(pages()))
def test_examples_that_a_page_names_exist(page: str) -> None:
    for name in re.findall(r"`(examples/[\w/.-]+)`", (ROOT / "docs" / page).read_text()):
        assert (ROOT / name).exists(), name
