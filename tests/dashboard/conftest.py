"""A real server and a real browser for the tests of the dashboard; nothing may leave this machine."""

import os
import re
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.support.server import CHROMIUM, free_port, wait

ROOT = Path(__file__).resolve().parents[2]
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]  # fmt: skip
RUNS = "16"
AXE = Path(__file__).parent / "axe-core" / "axe.min.js"


def pytest_collection_modifyitems(items):
    for item in items:
        if {"browser", "server", "plain"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.xdist_group("browser"))  # one server and one browser, in one worker


class Server:
    """`peerbridge serve`, or another command of the environment, on a free port."""

    def __init__(self, *command, **environment):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        command = command or ("python", "-m", "experiments.cli", "serve")
        program = Path(sys.executable).with_name(command[0])
        self.said = ""
        self.environment = {
            "PEERBRIDGE_RUNS": RUNS, "PEERBRIDGE_FUTURES": "64", "PEERBRIDGE_WORKERS": "2",
            "PEERBRIDGE_DECISION_RUNS": "200", "PYTHONPATH": str(ROOT),
            "SOLARA_KERNEL_CULL_TIMEOUT": "2s",  # pages that a test has left do not go on computing
        } | environment  # fmt: skip
        self.command = [str(program), *command[1:], "--port", str(self.port)]
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            self.command, env=os.environ | self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, cwd=ROOT,
        )  # fmt: skip
        try:
            wait(self.process, self.url)
        except RuntimeError as error:
            pytest.fail(f"{error}:\n{self.stop()}")

    def kill(self):
        """End the server as an operator or the machine would, without a word; the workers that it leaves behind."""
        workers = psutil.Process(self.process.pid).children(recursive=True)
        self.process.kill()
        self.process.communicate(timeout=20)
        return psutil.wait_procs(workers, timeout=20)[1] if workers else ["no workers were there"]

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.said = self.process.communicate(timeout=20)[0]
        return self.said


@pytest.fixture(scope="session")
def compiled():
    """Kernels are compiled by one process, this one; the server's workers find them on the disk."""
    from scenarios import load
    from simulation import simulate

    simulate(load("bridge", ("population.size=50", "run.days=60", "run.warm_up_days=5")))


@pytest.fixture(scope="session")
def server(compiled):
    started = Server()
    yield started
    left = started.kill()
    assert not left, f"outlived a server that was killed: {left}"


@pytest.fixture(scope="session")
def browser():
    if CHROMIUM is None or os.environ.get("BROWSER") == "skip":
        said = "NO BROWSER: `make browser` installs Debian's chromium; the pages were not tested"
        if os.environ.get("CI"):
            pytest.fail(f"{said}, and with CI set nothing may be skipped")
        pytest.skip(said)
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=30_000)

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def profile(browser):
    """What one person's browser keeps: with its cache, pages after the first load in half the time."""
    context = browser.new_context()
    yield context
    context.close()


@pytest.fixture
def visit(browser, profile):
    """Open a page that fails the test when anything leaves the machine, is missing, or errs or warns in the console.

    Pages are of one person; `apart=True`, and options of a browser context, open it as somebody else. With `cut=True`
    the browser may say in the console that a connection was lost.
    """
    trouble, opened = [], []

    def open_page(url, width=1280, height=800, apart=False, cut=False, **options):
        page = (browser.new_context(**options) if apart or options else profile).new_page()
        opened.append(page.context if apart or options else page)
        page.set_viewport_size({"width": width, "height": height})
        page.set_default_timeout(40_000)

        def local(request):
            if not request.url.startswith(("http://127.0.0.1:", "data:", "blob:")):
                trouble.append(f"left the machine: {request.url}")

        page.on("request", local)
        page.on("response", lambda r: trouble.append(f"{r.status} {r.url}") if r.status >= 400 else None)
        page.on("console", lambda m: trouble.append(m.text) if m.type in ("error", "warning") and not cut else None)
        page.on("pageerror", lambda e: trouble.append(str(e)))
        page.goto(url)
        return page

    yield open_page
    for each in opened:
        each.close()
    assert not trouble, "\n".join(trouble)


@pytest.fixture
def settled():
    """Wait until a page shows its final numbers."""

    def wait(page):
        from playwright.sync_api import expect

        page.wait_for_timeout(250)  # a change shows in the address a moment before it shows on the page
        expect(page.get_by_test_id("status")).to_contain_text(
            re.compile("simulated (years|futures) of each plan"), timeout=60_000
        )
        page.wait_for_function("() => !document.querySelector('.stale')")
        return page

    return wait


@pytest.fixture
def sheets():
    """How many A4 pages a page needs on paper; the file is kept as test output."""

    def count(page, path):
        return len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True, path=path)))

    return count


@pytest.fixture
def violations():
    """What the accessibility checker finds on a page with all its rules, more than WCAG 2.2 AA: rule and elements."""

    def check(page):
        if not page.evaluate("() => 'axe' in window"):
            page.evaluate(AXE.read_text(encoding="utf-8"))
        found = page.evaluate("() => axe.run({resultTypes: ['violations']})")["violations"]
        return [(v["id"], [n["html"][:160] for n in v["nodes"]]) for v in found]

    return check


@pytest.fixture
def plain(compiled):
    """`solara run app.py`, the way of one person."""
    started = Server("solara", "run", str(ROOT / "app.py"), "--no-open", "--host", "127.0.0.1")
    yield started
    started.stop()
