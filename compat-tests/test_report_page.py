"""The HTML page of the report: in a browser, without a network, and for a server that fails above a rate."""

from __future__ import annotations

import csv
import json
import re
import statistics
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from selenium.webdriver.support.ui import WebDriverWait

from support.browser import SCREENSHOTS, Browser
from support.limited_server import LimitedServer
from support.processes import Process
from support.settings import COMPILE_PATIENCE, LOCUSTFILES, PATIENCE
from support.workers import compile_once, run_binary
from test_failure_samples import LOCUSTFILE as FAILING, MARKUP, TOKEN, EchoServer

LOCUSTFILE = LOCUSTFILES / "steady_rate.cpp"
LIMIT = 400  # requests/s


def start(server: LimitedServer, *options) -> Process:
    compile_once(LOCUSTFILE)
    return run_binary("-f", LOCUSTFILE, "--headless", "--threads=1", "--host", server.url, *options)


def data_of(page: Path) -> dict:
    """The data in the page. The page must be complete."""
    text = page.read_text()
    assert text.startswith("<!DOCTYPE html>") and text.endswith("</html>\n")
    return json.loads(re.search(r'<script id="data" type="application/json">(.*?)</script>', text, re.S)[1])


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A short run with failures and all files, and the data of its page while it went on."""
    folder = tmp_path_factory.mktemp("recorded")
    server = LimitedServer(30)
    process = start(
        server, "-u", "60", "-r", "20", "-t", "5s", "--out", folder / "run.cwr", "--csv", folder / "run",
        "--report", folder / "run.html", "--report", folder / "run.json", "--html", folder / "live-{u}.html",
        "--fail-if", "p95 > 100s", "--fail-if", "fail% > 1",
    )  # fmt: skip
    process.expect("All users spawned")
    live = data_of(folder / "live-60.html")
    assert process.wait(COMPILE_PATIENCE) == 3, process.output
    process.stop()
    server.stop()
    return folder, live


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    browser = Browser(tmp_path_factory.mktemp("browser"))
    yield browser
    browser.stop()


def opened(browser: Browser, page: Path):
    browser.driver.set_window_size(1280, 860)
    browser.driver.get(page.as_uri())
    return browser.driver


@pytest.fixture
def page(recorded, browser):
    yield opened(browser, recorded[0] / "run.html")
    assert browser.console() == []


def screenshot(page, name: str) -> None:
    """A picture of the whole page, in build/screenshots."""
    folder = SCREENSHOTS / "test_report_page"
    folder.mkdir(parents=True, exist_ok=True)
    page.set_window_size(1280, page.execute_script("return document.documentElement.scrollHeight") + 200)
    page.save_screenshot(str(folder / f"{name}.png"))


def median_failure_ratio(server: LimitedServer, users: int, file: Path) -> float:
    """Of the seconds of a run with this many users."""
    run = start(server, "-u", users, "-r", "1000", "-t", "6s", "--out", file.with_suffix(".cwr"), "--report", file)
    assert run.wait(COMPILE_PATIENCE) in (0, 1), run.output
    run.stop()
    total = json.loads(file.read_text())["series"]["total"]
    pairs = zip(total["failures"], total["requests"], strict=True)
    return statistics.median(failures / requests for failures, requests in pairs if requests > 0)


def test_one_ramp_shows_the_limit(tmp_path, ended, browser):
    """The page has the knee, and the failures per level of load, which separate runs at these levels confirm."""
    server = ended(LimitedServer(LIMIT))
    files = ["--out", tmp_path / "run.cwr", "--report", tmp_path / "run.html", "--report", tmp_path / "run.json"]
    process = ended(start(server, "--stages", "300@300,3s;600,20s", *files))
    assert process.wait(COMPILE_PATIENCE) in (0, 1), process.output
    found = json.loads((tmp_path / "run.json").read_text())
    assert found["total"]["failures"] == pytest.approx(server.failures(), abs=5)
    load = found["load"]
    assert 380 <= load["knee"]["requests_per_s"] <= 420, load["conclusion"]
    assert load["knee"]["successes_per_s_above"] == pytest.approx(LIMIT, rel=0.03)

    above = [step for step in load["by_requests"] if step["requests_per_s"] > 420 and step["seconds"] >= 2]
    steps = [above[0], above[-1]]
    servers = [ended(LimitedServer(LIMIT)) for _ in steps]
    users = [round(step["requests_per_s"]) for step in steps]
    with ThreadPoolExecutor(2) as pool:
        shares = list(pool.map(median_failure_ratio, servers, users, [tmp_path / f"{number}.json" for number in users]))
    for step, share in zip(steps, shares, strict=True):
        assert step["failure_ratio"] == pytest.approx(share, abs=0.03), (steps, shares)

    page = opened(browser, tmp_path / "run.html")
    assert load["conclusion"] in page.find_element("id", "conclusion").text
    rows = page.execute_script("return [...document.querySelectorAll('#load .content tbody tr')].map(row => row.cells[6].innerText)")
    for text, step in zip(rows, load["by_requests"], strict=True):
        assert float(text.rstrip(" %")) == pytest.approx(step["failure_ratio"] * 100, abs=0.05)
    screenshot(page, "ramp")


def test_opens_without_network_and_errors(page):
    assert page.execute_script("return performance.getEntriesByType('resource').length") == 0
    assert page.title == "Load test report: steady_rate.cpp"
    verdicts = [element.text for element in page.find_elements("css selector", ".verdict")]
    assert verdicts[0].split("\n") == ["✗", "Failed", "1 of 2 thresholds: fail% > 1"]
    assert page.execute_script("return [...document.querySelectorAll('canvas')].every(one => one.width > 100)")
    for theme in ("light", "dark"):
        while page.execute_script("return document.documentElement.dataset.theme") != theme:
            page.find_element("id", "theme").click()
        screenshot(page, theme)


def test_figures_are_those_of_json_and_csv(recorded, page):
    folder, _ = recorded
    found = json.loads((folder / "run.json").read_text())
    shown = page.execute_script("return run.rows.map((_, row) => run.series(row))")
    for row, expected in zip(shown, [found["series"]["total"], *found["series"]["entries"]], strict=True):
        assert row["requests"] == expected["requests"] and row["failures"] == expected["failures"]
        for name in ("p50", "p95", "p99"):
            assert row["all"][name] == expected[f"{name}_ms"]
        assert row["all"]["max"] == pytest.approx(expected["max_ms"], abs=0.01)
    assert page.execute_script("return run.time") == found["series"]["time"]
    heat = page.execute_script("return run.heat(0, 'all').flatMap(column => column.counts)")
    assert sum(heat) == found["total"]["requests"]
    with (folder / "run_stats.csv").open(newline="") as opened:
        rows = list(csv.DictReader(opened))
    cells = page.execute_script(
        "return [...document.querySelectorAll('#entries tbody tr, #entries tfoot tr')]"
        ".map(row => [...row.cells].map(cell => cell.innerText))"
    )
    titles = page.execute_script("return [...document.querySelectorAll('#entries th')].map(cell => cell.textContent)")
    table = [dict(zip(titles, row, strict=True)) for row in cells]
    assert [row["Name"] for row in table] == ["/item", "/order", "All requests"]
    for row, expected in zip(table, rows, strict=True):
        assert int(row["Requests"].replace(",", "")) == int(expected["Request Count"])
        assert int(row["Failures"].replace(",", "")) == int(expected["Failure Count"])
        for title, heading in (("Median", "50%"), ("p95", "95%"), ("p99", "99%")):
            shown_time = float(row[title].replace(",", ""))
            assert shown_time == pytest.approx(float(expected[heading]), rel=0.005, abs=0.005)


def test_can_be_used_with_the_keyboard(page):
    def press(selector: str, key: str) -> None:
        page.find_element("css selector", selector).send_keys(key)

    def names() -> list[str]:
        return [cell.text for cell in page.find_elements("css selector", "#entries tbody td:nth-child(2)")]

    assert names() == ["/item", "/order"]
    press("[data-column=Requests]", "\n")
    assert names() == ["/item", "/order"], "the most requests first"
    press("[data-column=Requests]", "\n")
    assert names() == ["/order", "/item"]
    press("#entries tbody button", "\n")
    assert page.execute_script("return state.row") == 2
    captions = [caption.text for caption in page.find_elements("tag name", "figcaption")]
    assert sum("POST /order" in caption for caption in captions) == len(captions) - 1, "all but the generator's"
    press("#kind [value=failure]", " ")
    assert "failures: POST /order" in page.find_elements("tag name", "figcaption")[1].text
    press("#times canvas[tabindex]", "\ue014")  # the right arrow
    assert re.search(r": [\d,]+ requests?$", page.find_element("css selector", ".readout").text)


def test_seconds_in_which_the_generator_was_late_are_marked(recorded, browser, tmp_path):
    folder, _ = recorded
    found = data_of(folder / "run.html")
    begin = int(found["began"]) + 2
    text = (folder / "run.html").read_text()
    late = f'"late_seconds": [[{begin}, {begin + 1}]]'
    text, count = re.subn(r'"late_seconds": \[(\[[^]]*\](, )?)*\]', late, text)
    assert count == 1
    (tmp_path / "late.html").write_text(text)
    page = opened(browser, tmp_path / "late.html")
    assert page.find_element("id", "late-seconds").is_displayed()
    assert browser.console() == []
    opacity = """
        const plot = overTime.charts[arguments[0]].plot;
        const x = Math.round(plot.valToPos(arguments[1], "x", true));
        return plot.ctx.getImageData(x, plot.bbox.top + 3, 1, 1).data[3];
    """
    for chart in range(4):
        assert page.execute_script(opacity, chart, begin + 0.5) > 0
        assert page.execute_script(opacity, chart, begin - 0.5) == 0
    screenshot(page, "late")
    browser.console()  # warns about getImageData


def test_the_page_of_a_run_that_goes_on_is_complete(recorded):
    folder, live = recorded
    assert live["files"][0]["complete"] is False
    end, report = data_of(folder / "live-60.html"), data_of(folder / "run.html")
    for member in ("total", "entries", "failures", "load", "charts", "thresholds"):
        assert end[member] == report[member], member
    assert end["files"][0]["exit_code"] == 3


@pytest.fixture(scope="module")
def failed(tmp_path_factory):
    """The files of a run in which all kinds of requests fail once."""
    folder = tmp_path_factory.mktemp("failed")
    server = EchoServer()
    compile_once(FAILING)
    files = ["--out", folder / "run.cwr", "--report", folder / "run.html", "--report", folder / "run.json"]
    options = ["-u", 3, "-r", 100, "-i", 3, "--token", TOKEN, "--host", server.url, "--html", folder / "live.html"]
    process = run_binary("-f", FAILING, "--headless", "--threads=1", *options, *files)
    process.wait(COMPILE_PATIENCE)
    process.stop()
    server.stop()
    return folder


@pytest.fixture
def failed_page(failed, browser):
    yield opened(browser, failed / "run.html")
    assert browser.console() == []


def press(parent, selector: str):
    """Opens or presses an element with the keyboard."""
    element = parent.find_element("css selector", selector)
    element.send_keys("\n")
    return element


def open_sample(page, name: str):
    """Opens the first sample of the first failure of this name."""
    failure = next(one for one in page.find_elements("css selector", "#samples .failure") if name in one.text)
    press(failure, "summary")
    press(failure, ".sample summary")
    return failure.find_element("css selector", ".sample")


def test_samples_of_failed_requests(failed, failed_page):
    page, found = failed_page, json.loads((failed / "run.json").read_text())
    texts = [one.text for one in page.find_elements("css selector", "#samples .failure")]
    keys = {(sample["type"], sample["name"], sample["error"]) for sample in found["samples"]}
    assert len(texts) == len(keys)
    assert not page.find_element("id", "samples-left-out").is_displayed()

    sample = open_sample(page, "POST /echo?token=")
    expected = next(one for one in found["samples"] if one["name"].startswith("/echo?token="))
    assert expected["request"]["curl"] in sample.text
    assert f"POST {expected['request']['url']}" in sample.text
    assert "Authorization: ***" in sample.text and "500 Internal Server Error" in sample.text
    body = sample.find_elements("css selector", ".body")[1]
    assert not body.find_element("tag name", "pre").is_displayed()
    press(body, "summary")
    assert body.find_element("tag name", "pre").text.split() == expected["response"]["body"]["text"].split()
    button = press(sample, ".copy")
    WebDriverWait(page, PATIENCE).until(lambda _: button.text != "Copy")
    assert button.text == "Copied"
    for theme in ("light", "dark"):
        while page.execute_script("return document.documentElement.dataset.theme") != theme:
            press(page, "#theme")
        screenshot(page, f"samples-{theme}")


def test_samples_are_text_and_not_markup(failed_page):
    page = failed_page
    body = open_sample(page, "<script>document.title = 'changed'</script>").find_element("css selector", ".body")
    press(body, "summary")
    assert body.find_element("tag name", "pre").text == MARKUP
    assert page.title == "Load test report: failing.cpp"
    assert page.execute_script("return document.querySelectorAll('#samples script, #samples img').length") == 0


def test_binary_bodies_are_shown_as_bytes(failed_page):
    body = open_sample(failed_page, "GET /image").find_element("css selector", ".body")
    assert body.find_element("tag name", "summary").text == "Body: 6 bytes of binary data"
    press(body, "summary")
    assert body.find_element("tag name", "pre").text.split() == "0000 89 50 4e 47 00 ff .PNG..".split()


def test_the_page_of_html_has_the_samples(failed):
    assert data_of(failed / "live.html")["samples"] == data_of(failed / "run.html")["samples"]
