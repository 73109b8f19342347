"""The review page in a real browser, over the sample: a person works through it by keyboard, on a desk and on a phone."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.harness import CLAIMCHECK, TODAY, Workplace, workplace

CHROMIUM = "/usr/bin/chromium"
pytestmark = [
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Debian's Chromium is not installed"),
    # The driver of Playwright is a program that pipes talk to; its event loop opens a pair of local sockets.
    pytest.mark.enable_socket,
]
sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")


@dataclass
class Served:
    """The page of a store, with the link that opens it."""

    place: Workplace
    process: subprocess.Popen[str]
    link: str

    @property
    def base(self) -> str:
        return self.link.partition("/open")[0]

    def stop(self) -> None:
        self.process.terminate()
        self.process.communicate(timeout=20)


def serve(place: Workplace, *args: str, today: str = TODAY) -> Served:
    command = [str(CLAIMCHECK), "review", "--port", "0", "--today", today, "--reviewer", "Ada", *args]
    process = subprocess.Popen(command, cwd=place.folder, env=place.environment(), stdout=subprocess.PIPE, text=True)
    assert process.stdout
    for line in process.stdout:
        if link := re.search(r"http://\S+", line):
            return Served(place, process, link[0])
    raise AssertionError("no link was printed")


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """The sample, refreshed once; tests work on copies."""
    place = workplace(tmp_path_factory.mktemp("sample"))
    assert place.refresh("--sample", "-q").returncode == 0
    return place


@pytest.fixture
def place(sample: Workplace, tmp_path: Path) -> Workplace:
    return Workplace(Path(shutil.copytree(sample.folder, tmp_path / "work")))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def served(place: Workplace) -> Iterator[Served]:
    found = serve(place, "--sample")
    yield found
    found.stop()


def entered(browser: Any, served: Served, **how: Any) -> Any:
    """A tab that has opened the link; whatever the page's scripts complain of fails the test."""
    context = browser.new_context(**{"viewport": {"width": 1100, "height": 900}, **how})
    tab = context.new_page()
    tab.set_default_timeout(20_000)
    tab.on("console", lambda said: complaints.append(said.text) if said.type == "error" and "409" not in said.text else None)
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    complaints.clear()
    tab.goto(served.link)
    tab.wait_for_url(f"{served.base}/")
    return tab


complaints: list[str] = []


def reviews(served: Served) -> list[str]:
    """Action and paper of each review, from the exported file."""
    text = served.place.run("review", "export", "--sample").stdout
    return re.findall(r'action: "(\w+)"', text)


def serious(tab: Any) -> list[str]:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    found = axe.Axe().run(tab).response["violations"]
    return [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found]


def wait_decided(tab: Any, count: int) -> None:
    sync_api.expect(tab.locator(".item.reviewed")).to_have_count(count, timeout=20_000)


def test_ten_items_are_reviewed_by_keyboard_alone(browser: Any, served: Served) -> None:
    tab = entered(browser, served)
    assert tab.locator(".item.open").count() == 10
    tab.keyboard.press("j")
    for done in range(1, 11):
        item = tab.evaluate("document.activeElement.id")
        if done in (3, 7):
            tab.keyboard.press("r")
            tab.keyboard.type("it measures something else")
            tab.keyboard.press("Enter")
        elif done == 5 and item.startswith("evidence"):
            tab.keyboard.press("c")
            tab.keyboard.type("rel")
            tab.locator(f'[id="{item}"] .correct input[name=reason]').focus()
            tab.keyboard.type("under a condition only")
            tab.keyboard.press("Enter")
        elif tab.locator(f'[id="{item}"] form.accept').count():
            tab.keyboard.press("a")
        else:
            tab.keyboard.press("r")
            tab.keyboard.type("so it is")
            tab.keyboard.press("Enter")
        wait_decided(tab, done)
    assert tab.locator("#waiting").inner_text() == "0"
    assert len(reviews(served)) == 10
    assert "reject" in reviews(served)
    tab.reload()
    assert "Nothing." in tab.locator("main").inner_text()
    assert complaints == []


def test_undo_by_keyboard_opens_the_item_again(browser: Any, served: Served) -> None:
    tab = entered(browser, served)
    tab.keyboard.press("j")
    first = tab.evaluate("document.activeElement.id")
    tab.keyboard.press("a")
    wait_decided(tab, 1)
    assert tab.evaluate("document.activeElement.id") != first
    tab.keyboard.press("u")
    wait_decided(tab, 0)
    assert tab.evaluate("document.activeElement.id") == first
    assert tab.locator("#waiting").inner_text() == "10"
    assert reviews(served) == ["accept", "undo"]
    assert complaints == []


def test_of_two_tabs_the_stale_one_is_told_and_overwrites_nothing(browser: Any, served: Served) -> None:
    one = entered(browser, served)
    two = one.context.new_page()
    two.goto(served.base)
    for tab in (one, two):
        tab.keyboard.press("j")
    one.keyboard.press("a")
    wait_decided(one, 1)
    two.keyboard.press("r")
    two.keyboard.type("no")
    two.keyboard.press("Enter")
    two.wait_for_selector(".problem")
    assert "reviewed meanwhile by Ada" in two.locator(".problem").inner_text()
    assert reviews(served) == ["accept"]


def test_an_expired_review_comes_back(browser: Any, served: Served) -> None:
    tab = entered(browser, served)
    item = tab.locator(".item.open").first
    name = item.get_attribute("id")
    item.locator("details.noted summary").click()
    item.locator("details.noted input[name=expires]").fill("2026-11-30")
    item.locator("details.noted button").click()
    wait_decided(tab, 1)
    later = serve(served.place, "--sample", today="2026-12-01")
    try:
        tab = entered(browser, later)
        assert tab.locator(f'[id="{name}"] .why').inner_text().endswith("it expired on 2026-11-30")
    finally:
        later.stop()


def test_the_next_refresh_uses_what_was_decided(browser: Any, served: Served) -> None:
    tab = entered(browser, served)
    tab.goto(f"{served.base}/claims/instruction-format")
    name = tab.locator(".item.open").first.get_attribute("id")
    tab.locator(f'[id="{name}"]').focus()
    tab.keyboard.press("r")
    tab.keyboard.type("off topic")
    tab.keyboard.press("Enter")
    tab.wait_for_selector(".preview.on")
    told = tab.locator(".preview.on").inner_text()
    assert served.place.refresh("--sample", "-q").returncode == 0
    twin = json.loads((served.place.folder / "reports" / "sample" / "latest.json").read_text())
    (claim,) = [c for c in twin["claims"] if c["id"] == "instruction-format"]
    assert told.endswith(f"→ {claim['verdict']}, written at the next refresh.")
    (piece,) = [p for p in claim["evidence"] if p["review"]]
    assert (piece["counted"], piece["review"]["by"], piece["review"]["reason"]) == (False, "Ada", "off topic")
    report = (served.place.folder / "reports" / "sample" / "latest.md").read_text()
    assert f"Rejected by Ada on {TODAY}: off topic" in report


def test_an_anchor_is_repaired_in_claims_yaml(browser: Any, place: Workplace) -> None:
    claims = place.folder / "claims.yaml"
    before = claims.read_text()
    served = serve(place, "--sample", "--claims", str(claims))
    try:
        assert "2508.01191" in before
        tab = entered(browser, served)
        tab.goto(f"{served.base}/claims/csp-ceiling")
        tab.locator('[id="anchor-csp-ceiling-2508.01191"]').focus()
        tab.keyboard.press("c")
        assert tab.evaluate("document.activeElement.value") == "2502.17848"
        tab.keyboard.press("Enter")
        wait_decided(tab, 1)
        changed = [(a, b) for a, b in zip(before.splitlines(), claims.read_text().splitlines(), strict=True) if a != b]
        assert changed
        assert all(("2508.01191" in a and "2502.17848" in b) or "title" in a or "date" in a for a, b in changed)
        assert place.run("check").returncode == 0
        assert complaints == []
    finally:
        served.stop()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(browser: Any, served: Served, scheme: str) -> None:
    tab = entered(browser, served, color_scheme=scheme)
    tab.keyboard.press("j")
    tab.keyboard.press("a")
    wait_decided(tab, 1)
    tab.keyboard.press("c")
    found = serious(tab)
    for address in ("/claims", "/claims?q=nothing", "/claims/mathif-tradeoff", "/reviews", "/agreement", "/keys", "/claims/none"):
        tab.goto(served.base + address)
        found += [f"{address} {problem}" for problem in serious(tab)]
    tab.goto(served.base)
    tab.keyboard.press("?")
    assert tab.locator("dialog").is_visible()
    found += serious(tab)
    tab.context.clear_cookies()
    tab.goto(served.base)
    assert found + serious(tab) == []


def test_a_phone_shows_every_page_without_sideways_scrolling(browser: Any, served: Served) -> None:
    tab = entered(browser, served, viewport={"width": 360, "height": 740}, has_touch=True)
    for address in ("/", "/claims", "/claims/mathif-tradeoff", "/reviews", "/agreement"):
        tab.goto(served.base + address)
        assert tab.evaluate("document.documentElement.scrollWidth") <= 360, address
    tab.goto(served.base)
    tab.locator(".item.open form.accept button").first.tap()
    wait_decided(tab, 1)
    assert complaints == []


def test_all_of_it_works_without_a_script(browser: Any, served: Served) -> None:
    tab = entered(browser, served, java_script_enabled=False)
    item = tab.locator(".item.open").first
    name = item.get_attribute("id")
    item.locator("form.accept button").click()
    tab.wait_for_load_state()
    assert reviews(served) == ["accept"]
    tab.goto(f"{served.base}/reviews")
    assert "accepted" in tab.locator(".timeline").inner_text()
    assert tab.locator(f'[id="{name}"]').count() == 0
