"""The master's web UI as a person sees it: a headless Chromium that clicks, types and reads."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

from .settings import LOOPBACK, PATIENCE, REPOSITORY

SCREENSHOTS = REPOSITORY / "build" / "screenshots"

_READ_HEADER = """
const labels = [...document.querySelectorAll('header p')].filter(label => label.nextElementSibling);
return Object.fromEntries(labels.map(label => [label.textContent, label.nextElementSibling.textContent]));
"""

_READ_TABLES = """
return [...document.querySelectorAll('table')].map(table => {
  const titles = [...table.querySelectorAll('thead th')].map(cell => cell.innerText.replace(/\\s+/g, ' '));
  return [...table.querySelectorAll('tbody tr')].map(row =>
    Object.fromEntries([...row.cells].map((cell, i) => [titles[i] ?? i, cell.innerText])));
});
"""


class Browser:
    """One headless Chromium with a profile of its own; what it downloads lands in `downloads`."""

    def __init__(self, folder: Path):
        self.downloads = folder / "downloads"
        self.downloads.mkdir()
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        for argument in (
            "--headless=new",
            "--no-sandbox",  # which root can't have
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--window-size=1280,860",
            f"--user-data-dir={folder / 'profile'}",
        ):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        options.add_experimental_option("prefs", {"download.default_directory": str(self.downloads)})
        service = webdriver.ChromeService(shutil.which("chromedriver"))
        self.driver = webdriver.Chrome(options=options, service=service)

    def console(self) -> list[str]:
        """What pages have written to the console since the last call, also errors of the browser."""
        return [f"{entry['level']}: {entry['message']}" for entry in self.driver.get_log("browser")]

    def stop(self) -> None:
        self.driver.quit()


class Page:
    """The web UI in a browser. What it waits for must come within PATIENCE."""

    def __init__(self, browser: Browser, web_port: int, test: str):
        self._browser = browser
        self._driver = browser.driver
        self._url = f"http://{LOOPBACK}:{web_port}/"
        self._pictures = SCREENSHOTS / test
        shutil.rmtree(self._pictures, ignore_errors=True)
        self.open()

    def open(self) -> None:
        """Loads the page (again) and waits until it knows the state of the cluster."""
        self._driver.get(self._url)
        self.until(lambda: self.header().get("Status"))

    def header(self) -> dict[str, str]:
        """`Status`, `Users`, `Workers`, `RPS`, `Failures` and `Host` of the bar on top."""
        return self._driver.execute_script(_READ_HEADER)

    def tables(self) -> list[list[dict[str, str]]]:
        """Every table on the page: a row is a map from the column's title."""
        return self._driver.execute_script(_READ_TABLES)

    def table(self) -> list[dict[str, str]]:
        """The one table of the tab that is open; empty while there is none."""
        return next(iter(self.tables()), [])

    def charts(self) -> int:
        """How many charts are drawn."""
        return len(self._driver.find_elements(By.XPATH, "//main//canvas"))

    def text(self) -> str:
        """All that is to be read."""
        return self._find("//body").text

    def tab(self, title: str) -> None:
        """Opens a tab. While the row of tabs scrolls, a click can miss it."""
        xpath = f"//*[@role='tab'][normalize-space()='{title}']"

        def is_open() -> bool:
            return self._find(xpath).get_attribute("aria-selected") == "true"

        def opened() -> bool:
            if not is_open():
                self._find(xpath).click()
            return is_open()

        self.until(opened, f"tab {title}")

    def click(self, xpath: str) -> None:
        """React may put another element in an element's place while it is looked at: try again."""

        def clicked() -> bool:
            self._find(xpath).click()
            return True

        self.until(clicked, xpath)

    def button(self, label: str) -> None:
        self.click(f"//button[normalize-space()='{label}']")

    def fill(self, field: str, value) -> None:
        """Types a value into the input of that name, in place of what it holds."""

        def filled() -> bool:
            element = self._find(f"//input[@name='{field}']")
            element.send_keys(Keys.CONTROL, "a")
            element.send_keys(str(value))
            return element.get_attribute("value") == str(value)

        self.until(filled, f"field {field}")

    def fields(self) -> dict[str, tuple[str, str | bool]]:
        """The inputs of the form that is open: their kinds and values, by name."""

        def described(element) -> tuple[str, str | bool]:
            kind = element.get_attribute("type")
            return kind, element.is_selected() if kind == "checkbox" else element.get_attribute("value")

        inputs = self._driver.find_elements(By.XPATH, "//form//input[@name]")
        return {element.get_attribute("name"): described(element) for element in inputs}

    def check(self, field: str, value: bool) -> None:
        """Ticks a box, or takes the tick away."""
        if self.fields()[field] != ("checkbox", value):
            self.click(f"//input[@name='{field}']")

    def options(self, field: str) -> dict[str, bool]:
        """What a list to choose from offers, and whether it is chosen."""
        return {option.text: option.is_selected() for option in self._select(field).options}

    def choose(self, field: str, *values: str) -> None:
        """Chooses these and no others; only one in a list that doesn't let one choose several."""
        select = self._select(field)
        if not select.is_multiple:
            select.select_by_visible_text(*values)
            return
        for option in select.options:
            if option.is_selected() != (option.text in values):
                option.click()

    def submit(self, **values) -> None:
        """Fills the form that is open and presses its button."""
        for field, value in values.items():
            self.fill(field, value)
        self.click("//form//button[@type='submit']")

    def start(self, users: int, **values) -> None:
        """Starts a test from the form; waits until all users run."""
        self.submit(userCount=users, spawnRate=100, **values)
        self.until_header(Status="running", Users=str(users))

    def edit(self, users: int) -> None:
        self.button("Edit")
        self.submit(userCount=users, spawnRate=100)
        self.until_header(Users=str(users))

    def stop(self) -> None:
        self.button("Stop")
        self.until_header(Status="stopped")

    def download(self, link: str) -> str:
        """Clicks a link that gives a file; the file's text."""
        before = set(self._browser.downloads.iterdir())
        self.click(f"//a[.='{link}']")
        self.until(lambda: self._new_file(before) is not None, link)
        return self._new_file(before).read_text(encoding="utf-8")

    def follow(self, link: str) -> None:
        """Clicks a link that opens a page of its own, and goes on there."""
        before = set(self._driver.window_handles)
        self.click(f"//a[.='{link}']")
        self.until(lambda: set(self._driver.window_handles) - before, link)
        self._driver.switch_to.window((set(self._driver.window_handles) - before).pop())

    def screenshot(self, name: str) -> None:
        """Keeps a picture in build/screenshots for a person to look at."""
        self._pictures.mkdir(parents=True, exist_ok=True)
        self._driver.save_screenshot(str(self._pictures / f"{name}.png"))

    def until_header(self, **expected: str) -> None:
        self.until(lambda: expected.items() <= self.header().items(), f"{expected} in the bar")

    def until(self, condition, what: str = ""):
        """Waits until the condition holds; gives its value."""
        deadline = time.monotonic() + PATIENCE
        trouble: Exception | None = None
        while time.monotonic() < deadline:
            try:
                if value := condition():
                    return value
            except WebDriverException as error:
                trouble = error
            time.sleep(0.1)
        self.screenshot("failed")
        raise AssertionError(f"no {what or condition} within {PATIENCE} s; see {self._pictures}") from trouble

    def _find(self, xpath: str):
        return self._driver.find_element(By.XPATH, xpath)

    def _select(self, field: str) -> Select:
        return self.until(lambda: Select(self._find(f"//select[@name='{field}']")), f"list {field}")

    def _new_file(self, before: set[Path]) -> Path | None:
        new = set(self._browser.downloads.iterdir()) - before
        complete = [path for path in new if not path.name.endswith((".crdownload", ".tmp")) and path.name[0] != "."]
        return complete[0] if complete else None
