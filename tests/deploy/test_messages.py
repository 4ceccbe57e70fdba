from __future__ import annotations

from pathlib import Path

import pytest

from deploy import messages


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(messages, "PROJECT_FOLDER", tmp_path)
    monkeypatch.setattr(messages, "SOURCES", tmp_path / "translations")
    (tmp_path / "portal" / "ordering").mkdir(parents=True)
    (tmp_path / "templates" / "catalogue").mkdir(parents=True)
    (tmp_path / "portal" / "ordering" / "views.py").write_text(
        "_('Place order')\nngettext('%(n)s line', '%(n)s lines', n)\n"
    )
    (tmp_path / "templates" / "catalogue" / "list.html").write_text("{{ _('Products') }}{{ _('Place order') }}")
    return tmp_path


def german(project: Path, feature: str) -> str:
    return (project / "translations" / "de" / "LC_MESSAGES" / f"{feature}.po").read_text(encoding="utf-8")


def translate(project: Path, feature: str, content: str) -> None:
    path = project / "translations" / "de" / "LC_MESSAGES" / f"{feature}.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n' + content, encoding="utf-8")


def test_new_texts_go_to_the_feature_that_uses_them_first(project: Path) -> None:
    assert messages.main([]) == 0
    assert 'msgid "Place order"\nmsgstr ""' in german(project, "ordering")
    assert 'msgid_plural "%(n)s lines"' in german(project, "ordering")
    assert 'msgid "Products"\nmsgstr ""' in german(project, "catalogue")
    assert "Place order" not in german(project, "catalogue")


def test_translations_are_kept_and_texts_out_of_use_go(project: Path) -> None:
    translate(project, "catalogue", 'msgid "Products"\nmsgstr "Artikel"\n\nmsgid "Gone"\nmsgstr "Weg"\n')
    messages.main([])
    assert 'msgid "Products"\nmsgstr "Artikel"' in german(project, "catalogue")
    assert "Gone" not in german(project, "catalogue")


def test_a_check_names_what_lacks_its_translation_and_writes_nothing(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    translate(project, "web", 'msgid "Place order"\nmsgstr "Bestellen"\n\nmsgid "Products"\nmsgstr ""\n')
    assert messages.main(["--check"]) == 1
    assert capsys.readouterr().err.splitlines() == [
        "de: ordering: ('%(n)s line', '%(n)s lines')",
        "de: catalogue: 'Products'",
    ]
    assert not (project / "translations" / "de" / "LC_MESSAGES" / "ordering.po").exists()


def test_a_check_passes_when_all_is_translated(project: Path) -> None:
    (project / "portal" / "ordering" / "views.py").write_text("_('Place order')")
    translate(project, "web", 'msgid "Place order"\nmsgstr "Bestellen"\n\nmsgid "Products"\nmsgstr "Artikel"\n')
    assert messages.main(["--check"]) == 0
