"""The page in a real browser: accessible, light and dark, on a phone and in print, and silent."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from claimcheck.report import html
from tests.unit.test_html import ABSTRACT, COURSE
from tests.unit.test_render import whole

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no browser at {CHROMIUM}"),
    pytest.mark.enable_socket,  # the browser is spoken to over a socket; the page itself must ask for nothing
    # What the browser's own driver leaves open when it ends.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "report.html"
    path.write_text(html.page(whole(), {"2610.00021": ABSTRACT}, COURSE), encoding="utf-8")
    return path


def opened(browser: "Browser", file: Path, width: int = 1200, **more: Any) -> tuple["Page", list[str]]:
    """Open the page, and note what it asks for beside itself and what the browser has to say of it."""
    page = browser.new_context(viewport={"width": width, "height": 900}, **more).new_page()
    noted: list[str] = []
    page.on("console", lambda message: noted.append(message.text))
    page.on("pageerror", lambda wrong: noted.append(str(wrong)))
    page.on("request", lambda request: noted.append(request.url) if not request.url.endswith("report.html") else None)
    page.goto(file.as_uri())
    return page, noted


@pytest.mark.parametrize(("width", "scheme"), [(1200, "light"), (1200, "dark"), (390, "light"), (390, "dark")])
def test_axe_finds_nothing_and_the_page_fits(browser: "Browser", file: Path, width: int, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page, noted = opened(browser, file, width, color_scheme=scheme)
    assert noted == []
    page.evaluate("document.querySelectorAll('details').forEach(folded => { folded.open = true })")
    found = Axe().run(page).response
    assert [(row["id"], row["nodes"][0]["html"]) for row in found["violations"]] == []
    assert len(found["passes"]) > 20
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.context.close()


def test_charts_are_coloured_by_the_page_in_light_and_dark(browser: "Browser", file: Path) -> None:
    colours = []
    for scheme in ("light", "dark"):
        page, _ = opened(browser, file, color_scheme=scheme)
        bar = "getComputedStyle(document.querySelector('.chart [fill=\"var(--contested)\"]')).fill"
        colours.append((page.evaluate(bar), page.evaluate("getComputedStyle(document.body).backgroundColor")))
        page.context.close()
    assert colours[0][0] != colours[1][0]
    assert colours[0][1] != colours[1][1]
    assert not any("rgb(0, 0, 0)" in colour for pair in colours for colour in pair)


def test_in_print_what_is_folded_is_shown(browser: "Browser", file: Path) -> None:
    page, _ = opened(browser, file)
    page.emulate_media(media="print")
    assert page.get_by_text("One-handed gadgets by a strap").last.is_visible()
    assert not page.get_by_text("To the report").is_visible()
    page.context.close()


def test_a_script_that_got_in_would_not_run(browser: "Browser", file: Path) -> None:
    file.write_text(file.read_text(encoding="utf-8").replace("</main>", "<script>document.title='ran'</script></main>"))
    page, noted = opened(browser, file)
    assert page.title() == "Claims report, 2026-11-22"
    assert any("Content Security Policy" in text for text in noted)
    page.context.close()
