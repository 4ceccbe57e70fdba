from __future__ import annotations

import base64
import hashlib
import json
import re

from portal.core.config import PROJECT_FOLDER

MANIFEST = PROJECT_FOLDER / "static" / "vendor" / "manifest.json"


def test_vendored_files_are_those_of_the_manifest() -> None:
    manifest = json.loads(MANIFEST.read_text())
    for name, expected in manifest.items():
        digest = hashlib.sha384((PROJECT_FOLDER / name).read_bytes()).digest()
        assert "sha384-" + base64.b64encode(digest).decode() == expected, name
    present = {str(path.relative_to(PROJECT_FOLDER)) for path in MANIFEST.parent.rglob("*") if path.is_file()}
    assert present - set(manifest) == {"static/vendor/manifest.json"}


def test_every_icon_that_templates_name_is_in_the_sprite() -> None:
    sprite = (PROJECT_FOLDER / "static" / "vendor" / "icons.svg").read_text()
    known = set(re.findall(r'<symbol id="([a-z-]+)"', sprite))
    named = set()
    for template in (PROJECT_FOLDER / "templates").rglob("*.html"):
        text = template.read_text()
        named |= set(re.findall(r'\bicon\("([a-z-]+)"', text))
        named |= set(re.findall(r'\bsymbol="([a-z-]+)"', text)) | set(re.findall(r"\bsymbol='([a-z-]+)'", text))
    assert named <= known, named - known


def test_style_sheets_name_only_tokens_that_exist() -> None:
    sheets = {path.name: path.read_text() for path in (PROJECT_FOLDER / "static" / "css").glob("*.css")}
    defined = set(re.findall(r"(--[a-z0-9-]+)\s*:", "".join(sheets.values())))
    used = set(re.findall(r"var\((--[a-z0-9-]+)", "".join(sheets.values())))
    assert used <= defined, used - defined


def test_scripts_and_templates_need_no_eval_and_no_inline_code() -> None:
    for path in [*(PROJECT_FOLDER / "static" / "js").glob("*.js"), *(PROJECT_FOLDER / "templates").rglob("*.html")]:
        text = path.read_text()
        assert not re.search(r"\beval\(|new Function\(|hx-on[:=]|\bjavascript:", text), path
