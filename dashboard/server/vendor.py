"""Fetch the browser's files anew from their npm packages: `python -m dashboard.server.vendor`.

Needs `npm` and a network.

The files live in the repository so that the dashboard runs with no network at all; each package's licence lies beside.
"""

from __future__ import annotations

import re
import subprocess
import tarfile
import tempfile
from pathlib import Path

ASSETS = Path(__file__).parents[1] / "assets"

APP = "@widgetti/solara-vuetify-app@10.1.1"
"""What Solara 1.64 asks for beside ipyvuetify 1; its page names this version."""

REQUIREJS = "requirejs@2.3.7"
"""Loads widgets. Solara's page names 2.3.6, which has CVE-2024-38999; `solara_setup` puts this one in its place."""

FILES: dict[str, tuple[str, ...]] = {
    APP: (
        "dist/main8.css",
        "dist/fonts.css",
        "dist/solara-vuetify-app8.min.js",
        "dist/solara-vuetify-app8.min.js.LICENSE.txt",
        "package.json",
    ),
    REQUIREJS: ("require.js", "package.json"),
    "@widgetti/vue-grid-layout@2.3.13-alpha.2": ("dist/vue-grid-layout.umd.js", "LICENSE"),  # Mesa's screen
}
"""Package and version to the files that the page loads from it, and what states its licence."""

FONTS = {APP: ".woff2"}
"""Fonts are named by their content, so all of one kind are taken."""

OUTSIDE = re.compile(rb"https://cdn\.[a-z.]+/npm/")
"""Where a bundled loader would fetch widgets from; it is turned to this server, which answers from `assets/`."""

AXE = "axe-core@4.14.1"
"""Accessibility checker of the tests; never served."""


def main() -> None:
    """Replace what is in `assets/` and the checker of the tests."""
    for package, files in FILES.items():
        fetch(package, files, ASSETS / package, FONTS.get(package, ""))
    fetch(AXE, ("axe.min.js", "LICENSE"), ASSETS.parents[1] / "tests" / "dashboard" / "axe-core", "")


def fetch(package: str, files: tuple[str, ...], folder: Path, suffix: str) -> None:
    """Unpack chosen `files`, and all that end in `suffix`, of an npm package into `folder`.

    Raises:
        KeyError: The package lacks one of `files`.
        subprocess.CalledProcessError: npm could not get it.
    """
    with tempfile.TemporaryDirectory() as tmp:
        subprocess.run(["npm", "pack", "--silent", package], cwd=tmp, check=True, stdout=subprocess.DEVNULL)
        with tarfile.open(next(Path(tmp).glob("*.tgz"))) as archive:
            wanted = [f"package/{name}" for name in files]
            if suffix:
                wanted += [name for name in archive.getnames() if name.endswith(suffix)]
            for name in wanted:
                content = archive.extractfile(name)
                assert content is not None
                target = folder / name.removeprefix("package/")
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(OUTSIDE.sub(b"/_solara/cdn/", content.read()))


if __name__ == "__main__":
    main()
