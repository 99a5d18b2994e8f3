"""Solara's settings for this dashboard; imported before anything else of it.

Files come from `dashboard/assets`, never from a network; the page says its language, may be zoomed and has the style
sheet from the first byte; an error shows a plain sentence and a reference, while the log gets the details.
"""

from __future__ import annotations

import os
import re
import traceback
import types
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import reacton.core
import solara.server.app
import solara.server.server as server
from markupsafe import Markup
from solara.server import cdn_helper, settings
from solara.server import starlette as solara_starlette
from solara.widgets import Navigator

from dashboard.log import log, reference
from dashboard.server.guard import NONCE, Access, Guarded
from dashboard.server.vendor import REQUIREJS

HERE = Path(__file__).parents[1]
TITLE = "Peerbridge"

_NO_SCRIPT = (
    "<noscript><p style='padding:1rem'>This page needs JavaScript. Results without it: run "
    "<code>peerbridge compare</code>, which writes a report that any browser can show.</p></noscript>"
)

# By itself the page would look for its server again only after some 10 to 60 seconds.
_CONNECTION = """<script nonce="NONCE">(() => {
  setTimeout(() => {
    if (!document.querySelector('.share')) document.body.insertAdjacentHTML('beforeend', `
<div class="lost slow" role="alert"><div><b>The levers take longer than usual to come.</b> The connection may be slow,
or too many people may be here. Wait a minute, then reload: your plan is kept in the address.</div></div>`)
  }, 30000)
  let busy = false
  setInterval(async () => {
    const kept = window.solara && solara.debug
    if (busy || !kept || kept.connectionStatus === 'connected' || !document.querySelector('.share')) return
    busy = true
    try {
      const there = await fetch(solara.rootPath + '/readyz', { cache: 'no-store' })
      if (there.ok && kept.connectionStatus !== 'connected')
        await Promise.race([kept.kernel().reconnect(), new Promise(done => setTimeout(done, 8000))])
    } catch (e) { /* still away */ }
    busy = false
  }, 2000)
})()</script>""".replace("NONCE", NONCE)


def apply() -> None:
    """Apply all settings; calling it again changes nothing."""
    settings.assets.proxy_cache_dir = HERE / "assets"
    settings.assets.fontawesome_enabled = False
    settings.main.mode = "production"  # minified files, no hot reload
    settings.telemetry.mixpanel_enable = False
    settings.theme.loader = "plain"  # the usual one zooms to 16,000 px while it fades
    settings.theme.show_banner = False
    settings.theme.title = TITLE
    settings.theme.force_refresh = True  # after a restart of the server the page reloads; its address keeps everything
    settings.session.http_only = True
    settings.kernel.cull_timeout = os.environ.get("SOLARA_KERNEL_CULL_TIMEOUT", "5m")
    warnings.filterwarnings("ignore", message="Cookies with samesite=none")  # said once for every visitor
    cdn_helper.fetch_from_cdn = _refuse
    _mend_navigator()
    _give_nonces()
    _wrap_root()
    _hide_tracebacks()
    _guard_plain_server()


def fix_address(access: Access) -> None:
    """Say what the server is called before anybody asks: Solara would keep what the first request claims, for all."""
    settings.main.root_path = access.root_path
    settings.main.base_url = f"{min(access.origins, default='http://localhost')}{access.root_path}/"


def _guard_plain_server() -> None:
    """Put `solara run app.py` behind the same guard; it imports this when it is about to serve."""
    plain = solara_starlette.app
    if hasattr(plain, "_peerbridge_guarded"):
        return
    plain._peerbridge_guarded = True
    access = Access(root_path=(settings.main.root_path or "").rstrip("/"))
    if settings.main.base_url == "":
        fix_address(access)
    build = plain.build_middleware_stack
    if plain.middleware_stack is None:
        plain.build_middleware_stack = lambda: Guarded(build(), access)
    else:
        plain.middleware_stack = Guarded(plain.middleware_stack, access)


def _give_nonces() -> None:
    """Let only scripts that stand in a template run: each gets `NONCE`, which every answer replaces by its own."""
    if hasattr(server, "_peerbridge_templates"):
        return
    original = server._peerbridge_templates = server.get_jinja_env

    @cache  # Solara itself reads and compiles its templates for every visitor
    def get_jinja_env(app_name: str) -> jinja2.Environment:
        environment: jinja2.Environment = original(app_name)
        loader = environment.loader
        assert loader is not None

        def load(name: str) -> tuple[str, str | None, Callable[[], bool] | None]:
            source, path, fresh = loader.get_source(environment, name)
            return with_nonces(source), path, fresh

        environment.loader = jinja2.FunctionLoader(load)
        environment.globals["with_nonce"] = lambda html: Markup(_SCRIPT.sub(_NONCED, html))
        return environment

    server.get_jinja_env = get_jinja_env


_SCRIPT = re.compile(r"<script(?=[\s>])")
_NONCED = f'<script nonce="{NONCE}"'
_INCLUDED = re.compile(r"\{\{\s*(resources\.include_js\([^{}]*\))\s*\}\}")


def with_nonces(source: str) -> str:
    """A template of Solara whose scripts, and those that it includes from files, ask for a nonce."""
    source = source.replace("requirejs@2.3.6", REQUIREJS)
    return _INCLUDED.sub(r"{{ with_nonce(\1) }}", _SCRIPT.sub(_NONCED, source))


def _refuse(url: str) -> bytes:
    raise FileNotFoundError("a file of the page is not in dashboard/assets, and none is fetched from a network")


def _mend_navigator() -> None:
    # Solara 1.64.1 writes `modules.export` in this one component: the browser warned on every page and guessed.
    if Navigator.template_file is None:
        return
    mended = Path(Navigator.template_file).read_text(encoding="utf-8").replace("modules.export =", "module.exports =")
    original = Navigator.__init__

    def made(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, template=mended, **kwargs)

    Navigator.template_file, Navigator.__init__ = None, made


def _wrap_root() -> None:
    if hasattr(server, "_peerbridge_root"):
        return
    original = server._peerbridge_root = server.read_root

    def read_root(*args: Any, **kwargs: Any) -> str | None:
        there = first_view()
        given = {"html": there, "styles": [], "metas": [], "title": TITLE} if there else None
        html = original(*args, **{"ssg_data": given, **kwargs})
        return dress(html) if html else html

    server.read_root = read_root


LOST = """
<div v-if="(connectionStatus != 'connected' && wasConnected) || needsRefresh" class="lost" role="alert"><div>
<b>No connection to the server.</b> The numbers below came before it was lost, and the levers do not answer now.
<template v-if="connectionStatus == 'connecting'">The page tries again by itself; your plan is kept.</template>
<template v-else>Your plan is kept in the address: reload when the connection is back.
<button type="button" class="button" @click="reload()">Reload</button></template></div></div>
"""
"""Instead of a circle that turns over a dark page; `restarted` in `ui/address.vue` says why a page came anew."""

_BUSY = re.compile(r"<v-progress-linear.*?</v-progress-linear>", re.DOTALL)
"""Solara's own bar says nothing to screen readers; each page has a status line of its own."""

_RELOAD = re.compile(r"(reload\(\) \{\s*)(?=location\.reload)")

_OVERLAY = re.compile(r'<v-overlay style="z-index: 100002;".*?</v-overlay>', re.DOTALL)


def first_view() -> str:
    """The first page's numbers, shown until its scripts have come; nothing when that fails, the page will say why."""
    from dashboard.pages.titles import TITLES
    from dashboard.server import first_view as first

    try:
        return first.first_view(list(TITLES.values()))
    except Exception:  # a page without its first numbers is still a page; the log has the cause
        log.exception("reference %s", reference())
        return ""


def dress(html: str) -> str:
    """Add to Solara's page what it lacks: language, zoom (WCAG 3.1.1, 1.4.4), style sheet, words without JavaScript."""
    style = (HERE / "style.css").read_text(encoding="utf-8")
    for old, new in (
        ("<html>", '<html lang="en">'),
        (", maximum-scale=1, user-scalable=no, minimal-ui", ""),
        ("</head>", f'<meta name="color-scheme" content="light dark"><style id="peerbridge">{style}</style></head>'),
        ("</html>", f"{_NO_SCRIPT}{_CONNECTION}</html>"),  # the template never closes its body
    ):
        html = html.replace(old, new, 1)
    for found, new in (
        (_OVERLAY, LOST),
        (_BUSY, ""),
        (_RELOAD, r"\1sessionStorage.setItem('peerbridge-again', 'yes'); "),
    ):
        html = found.sub(new, html)
    return html


def _hide_tracebacks() -> None:
    # Solara and reacton print full tracebacks into the page, in production too.
    def plain(*args: Any, **kwargs: Any) -> list[str]:
        number = reference()
        log.error("reference %s\n%s", number, "".join(traceback.format_exception(*args, **kwargs)))
        return [f"Something went wrong on our side. Please reload the page: your link keeps your plan. ({number})"]

    quiet = types.SimpleNamespace(**{**vars(traceback), "format_exception": plain})
    reacton.core.traceback = quiet
    solara.server.app.traceback = quiet
