"""Fetch the locked front-end packages, copy what the portal serves into static/, and write a sha384 manifest.

Needs Node and npm, standard library otherwise; run it only to change a version: `python deploy/vendor.py`. The outputs are
committed, so neither running nor testing the portal needs Node.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = Path(__file__).resolve().parent / "vendor"
VENDORED = ROOT / "static" / "vendor"
MANIFEST = VENDORED / "manifest.json"

FONT = "@fontsource/source-sans-3"
FONT_FILES = tuple(
    f"source-sans-3-{subset}-{weight}-normal.woff2" for subset in ("latin", "latin-ext") for weight in (400, 600)
)
# Only the parts of Bootstrap that carry no look of their own: resets, grid and utility classes.
BOOTSTRAP_PARTS = ("bootstrap-reboot", "bootstrap-grid", "bootstrap-utilities")

# Name in the sprite → Lucide icon. The sprite holds the icons in use and no others.
ICONS = {
    "add": "plus",
    "alert": "triangle-alert",
    "arrow-down": "arrow-down",
    "arrow-left": "arrow-left",
    "arrow-right": "arrow-right",
    "arrow-up": "arrow-up",
    "basket": "shopping-basket",
    "building": "building-2",
    "calendar": "calendar",
    "catalogue": "book-open",
    "chart": "chart-column",
    "check": "check",
    "chevron-down": "chevron-down",
    "chevron-right": "chevron-right",
    "clock": "clock",
    "close": "x",
    "delete": "trash-2",
    "document": "file-text",
    "download": "download",
    "edit": "pencil",
    "export": "file-down",
    "external": "external-link",
    "filter": "list-filter",
    "globe": "globe",
    "help": "circle-help",
    "history": "history",
    "home": "house",
    "image": "image",
    "information": "info",
    "link": "link",
    "list": "list",
    "lock": "lock",
    "mail": "mail",
    "menu": "menu",
    "minus": "minus",
    "more": "ellipsis",
    "network": "network",
    "package": "package",
    "pad": "clipboard-list",
    "people": "users",
    "percent": "percent",
    "person": "user",
    "price": "tag",
    "redo": "redo-2",
    "refresh": "refresh-cw",
    "reorder": "repeat",
    "restock": "package-plus",
    "scan": "scan-barcode",
    "search": "search",
    "settings": "settings",
    "shop": "store",
    "sign-out": "log-out",
    "stock": "warehouse",
    "switch": "chevrons-up-down",
    "table": "table-2",
    "theme": "sun-moon",
    "truck": "truck",
    "undo": "undo-2",
    "upload": "upload",
    "view": "eye",
    "wallet": "wallet",
}


def install(folder: Path) -> Path:
    """Install the locked packages into a scratch folder, running none of their scripts."""
    for name in ("package.json", "package-lock.json"):
        shutil.copy(PACKAGES / name, folder / name)
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("npm was not found; it is needed only to renew the vendored assets.")
    subprocess.run([npm, "ci", "--ignore-scripts"], cwd=folder, check=True)
    return folder / "node_modules"


def copy_assets(modules: Path) -> list[Path]:
    """Copy scripts, styles and fonts; give what was written."""
    written = []
    VENDORED.mkdir(parents=True, exist_ok=True)
    css = "\n".join(
        re.sub(
            r"/\*# sourceMappingURL=.*?\*/", "", (modules / "bootstrap/dist/css" / f"{part}.min.css").read_text()
        ).strip()
        for part in BOOTSTRAP_PARTS
    )
    (VENDORED / "bootstrap.css").write_text(css + "\n")
    written.append(VENDORED / "bootstrap.css")
    for source, target in (
        ("htmx.org/dist/htmx.min.js", VENDORED / "htmx.min.js"),
        ("axe-core/axe.min.js", ROOT / "tests" / "browser" / "vendor" / "axe.min.js"),
        *((f"{FONT}/files/{name}", VENDORED / name) for name in FONT_FILES),
    ):
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(modules / source, target)
        written.append(target)
    return written


def copy_licences(modules: Path) -> list[Path]:
    """Copy the licence of each package beside its files."""
    written = []
    for package in ("bootstrap", "htmx.org", "axe-core", "lucide-static", FONT):
        target = VENDORED / "licences" / f"{package.split('/')[-1]}.txt"
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(modules / package / "LICENSE", target)
        written.append(target)
    return written


def write_sprite(modules: Path) -> Path:
    """Write one SVG sprite with a symbol for each icon in use."""
    symbols = []
    for name, source in sorted(ICONS.items()):
        svg = (modules / "lucide-static/icons" / f"{source}.svg").read_text()
        inner = re.search(r"<svg[^>]*>(.*)</svg>", svg, re.DOTALL)
        if inner is None:
            raise SystemExit(f"No drawing found in the icon {source}.")
        drawing = re.sub(r"\s+", " ", inner.group(1)).strip()
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{drawing}</symbol>')
    target = VENDORED / "icons.svg"
    target.write_text('<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n")
    return target


def write_manifest(files: list[Path]) -> None:
    """Write file → sha384 (subresource-integrity form), which a test compares with the committed files."""
    hashes = {
        str(path.relative_to(ROOT)): "sha384-" + base64.b64encode(hashlib.sha384(path.read_bytes()).digest()).decode()
        for path in sorted(files)
    }
    MANIFEST.write_text(json.dumps(hashes, indent=2) + "\n")


def main() -> None:
    """Renew every vendored file."""
    with tempfile.TemporaryDirectory() as scratch:
        modules = install(Path(scratch))
        write_manifest([*copy_assets(modules), *copy_licences(modules), write_sprite(modules)])


if __name__ == "__main__":
    main()
