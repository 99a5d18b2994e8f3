"""The recipes of docs/how-to/serving.md behind the real programs: Debian's nginx and Caddy, with TLS, on free ports."""

import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from contextlib import contextmanager

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from benchmarks.timing import ROOT
from tests.dashboard.conftest import CHROMIUM, Server
from tests.support.server import free_port

HOST = "plans.example.org"
ORIGIN = f"https://{HOST}"
PAGE = (ROOT / "docs" / "how-to" / "serving.md").read_text(encoding="utf-8")

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]


def recipe(name):
    """The recipe as it stands on the page."""
    found = re.search(rf"<!-- recipe: {name} -->\n```\w*\n(.*?)```", PAGE, re.DOTALL)
    assert found, name
    return found[1]


def program(name):
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None:
        said = f"NO {name.upper()}: `make proxies` installs Debian's; its recipe was not tested"
        if os.environ.get("CI"):
            pytest.fail(f"{said}, and with CI set nothing may be skipped")
        pytest.skip(said)
    return found


def nginx(folder, port, server, prefix, kept):
    """What runs nginx on the recipe: another port, a certificate, and the path that is shown."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={HOST}",
         "-addext", f"subjectAltName=DNS:{HOST}", "-keyout", key, "-out", certificate], check=True, capture_output=True,
    )  # fmt: skip
    text = changed(recipe("nginx"), "listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;")
    text = changed(text, "# ssl_certificate ...; ssl_certificate_key ...;",
                   f"ssl_certificate {certificate}; ssl_certificate_key {key};")  # fmt: skip
    text = changed(text, "http://127.0.0.1:8765;", f"{server.url}{'/' if prefix and not kept else ''};")
    text = changed(text, "location / {", f"location {prefix}/ {{")
    places = " ".join(f"{kind}_temp_path {folder};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log stderr; events {{}}\nhttp {{ access_log off; {places}\n{text} }}"
    )
    return [program("nginx"), "-p", folder, "-c", folder / "nginx.conf"]


def caddy(folder, port, server, prefix, kept):
    """What runs Caddy on the recipe: another port, a certificate of its own, and the path that is shown."""
    text = changed(recipe("caddy"), "127.0.0.1:8765", server.url.removeprefix("http://"))
    if prefix:
        proxy = re.search(r"reverse_proxy .*", text)[0]
        text = changed(text, proxy, f"{'handle' if kept else 'handle_path'} {prefix}/* {{\n{proxy}\n}}")
    options = f"admin off\nlocal_certs\nskip_install_trust\nauto_https disable_redirects\nhttps_port {port}"
    (folder / "Caddyfile").write_text(f"{{\n{options}\n}}\n{text}")
    return [program("caddy"), "run", "--config", folder / "Caddyfile"]


def changed(text, old, new):
    assert text.count(old) == 1, old
    return text.replace(old, new)


PROXIES = {"nginx": nginx, "caddy": caddy}


@contextmanager
def behind(name, folder, server, prefix="", kept=True):
    """A proxy before the server; its port."""
    program(name)
    port = free_port()
    words = PROXIES[name](folder, port, server, prefix, kept)
    places = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with open(folder / "said.txt", "w") as said:
        process = subprocess.Popen(words, stdout=said, stderr=said, env=os.environ | places)
        try:
            until = time.monotonic() + 60
            while True:
                try:
                    assert get(port, "/healthz" if not prefix else f"{prefix}/healthz")[0] == 200
                    break
                except OSError:
                    if process.poll() is not None or time.monotonic() > until:
                        raise AssertionError((folder / "said.txt").read_text()) from None
                    time.sleep(0.1)
            yield port
        finally:
            process.terminate()
            process.wait(20)


def secured(port):
    """A connection as a browser makes it: the name is asked for, whatever certificate comes."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=20), server_hostname=HOST)


def get(port, path, host=HOST, **headers):
    with secured(port) as sock:
        link = http.client.HTTPConnection(host)
        link.sock = sock
        link.request("GET", path, headers={"Host": host, **headers})
        answer = link.getresponse()
        return answer.status, answer.headers, answer.read().decode("utf-8", "replace")


def opened(port, path, origin):
    """Whether the websocket of a page opens; the answer's status where it does not."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    sock = socket.create_connection(("127.0.0.1", port), timeout=20)
    address = f"wss://{HOST}{path}/jupyter/api/kernels/1/channels?session_id=1"
    try:
        with connect(address, sock=sock, ssl=context, server_hostname=HOST, origin=origin):
            return True
    except InvalidStatus as error:
        return error.response.status_code


@pytest.fixture(scope="module", params=["", "/peer"], ids=["at the root", "under a path"])
def served(request, compiled):
    words = [
        "--origin",
        ORIGIN,
        "--proxy-headers",
        "127.0.0.1",
        *(["--root-path", request.param] if request.param else []),
    ]
    server = Server("python", "-m", "experiments.cli", "serve", *words)
    yield server, request.param
    server.kill()


@pytest.mark.parametrize("kept", [True, False], ids=["path kept", "path stripped"])
@pytest.mark.parametrize("name", PROXIES)
def test_the_recipe_shows_the_dashboard(name, kept, served, tmp_path):
    server, prefix = served
    if not prefix and not kept:
        return  # there is nothing to strip
    with behind(name, tmp_path, server, prefix, kept) as port:
        status, headers, body = get(port, f"{prefix}/")
        assert status == 200 and f'rootPath = "{prefix}"' in body
        cookies = headers.get_all("set-cookie")
        assert cookies and all("secure" in c.lower() and f"path={prefix}/" in c.lower() for c in cookies)
        assert headers["strict-transport-security"] == "max-age=31536000"
        assert "'nonce-" in headers["content-security-policy"] and "http" not in headers["content-security-policy"]
        links = {link for link in re.findall(r'(?:src|href)="([^"#]+)"', body) if not link.startswith("data:")}
        files = {link for link in links if re.search(r"\.(js|css|svg|png|woff2)(\?|$)", link)}
        assert len(files) > 5 and not [link for link in files if link.startswith(("http", "//"))]
        for link in sorted(files):
            assert get(port, link if link.startswith("/") else f"{prefix}/{link}")[0] == 200, link
        assert opened(port, prefix, ORIGIN) is True
        assert opened(port, prefix, "https://evil.example") == 403
        poisoned = {"X-Forwarded-Host": "evil.example", "X-Script-Name": "/evil", "X-Forwarded-Proto": "x",
                    "Forwarded": "host=evil.example", "X-Forwarded-Prefix": "/evil"}  # fmt: skip
        status, _, body = get(port, f"{prefix}/", **poisoned)
        assert status == 200 and "evil" not in body


@pytest.mark.parametrize("name", PROXIES)
def test_a_page_behind_a_proxy_shows_its_numbers(name, served, tmp_path, settled):
    server, prefix = served
    if CHROMIUM is None:
        pytest.skip("NO BROWSER: `make browser` installs Debian's chromium")
    from playwright.sync_api import sync_playwright

    from tests.dashboard.conftest import ARGUMENTS

    with behind(name, tmp_path, server, prefix, kept=False) as port, sync_playwright() as playwright:
        mapped = f"--host-resolver-rules=MAP {HOST}:443 127.0.0.1:{port}"
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, mapped])
        page = browser.new_context(ignore_https_errors=True).new_page()
        failed = []
        page.on("response", lambda r: failed.append(f"{r.status} {r.url}") if r.status >= 400 else None)
        page.on("pageerror", lambda e: failed.append(str(e)))
        page.goto(f"{ORIGIN}{prefix}/?peers=7")
        settled(page)
        assert not failed and page.url.startswith(f"{ORIGIN}{prefix}/?") and "peers=7" in page.url
        browser.close()
