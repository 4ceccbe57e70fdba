from __future__ import annotations

import errno
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from deploy import install

DiskUsage = namedtuple("DiskUsage", "total used free")  # noqa: PYI024 - the shape of shutil.disk_usage


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("requirements.txt", "requirements-dev.txt", "installer.txt"):
        (tmp_path / name).write_text(f"# {name}\n")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").touch()
    monkeypatch.setattr(install, "ROOT", tmp_path)
    monkeypatch.setattr(install, "ENVIRONMENT", tmp_path / ".venv")
    monkeypatch.setattr(install, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setattr(install, "INSTALLER_LOCK", tmp_path / "installer.txt")
    return tmp_path


def stamp(*, for_tests: bool) -> None:
    requirements = install._requirements(for_tests=for_tests)
    install._stamp_file(requirements).write_text(install._stamp(requirements))


def test_what_is_installed_is_not_installed_again(project: Path) -> None:
    assert not install._is_current(for_tests=False)
    stamp(for_tests=False)
    assert install._is_current(for_tests=False)
    assert not install._is_current(for_tests=True)


def test_it_says_at_once_what_it_does(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stamp(for_tests=False)
    assert install.main([]) == 0
    assert capsys.readouterr().out == "Checking the installed packages ...\n"


def test_what_the_tests_need_is_enough_to_run(project: Path) -> None:
    stamp(for_tests=True)
    assert install._is_current(for_tests=False)
    assert install._is_current(for_tests=True)


def test_a_changed_lock_is_installed(project: Path) -> None:
    stamp(for_tests=True)
    (project / "requirements-dev.txt").write_text("# newer\n")
    assert not install._is_current(for_tests=True)


def test_a_moved_folder_is_set_up_anew(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stamp(for_tests=True)
    moved = project / "elsewhere"
    moved.mkdir()
    for name in ("requirements.txt", "requirements-dev.txt"):
        (moved / name).write_text(f"# {name}\n")
    monkeypatch.setattr(install, "ROOT", moved)
    assert not install._is_current(for_tests=True)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("error: No space left on device (os error 28)", "The disk is full."),
        ("ERROR: Could not find a version that satisfies uv", "The package index cannot be reached"),
        (
            "error sending request: invalid peer certificate: UnknownIssuer",
            "The certificate of the package index is not",
        ),
        ("error: error sending request for url", "The package index cannot be reached"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "A package differs from its locked hash."),
        ("error: Permission denied (os error 13)", "The folder .venv is not writable."),
        ("error: something else", "python"),
    ],
)
def test_what_a_tool_says_becomes_one_sentence(project: Path, said: str, sentence: str) -> None:
    command = [sys.executable, "-c", f"import sys; print('progress'); print({said!r}); sys.exit(2)"]
    with pytest.raises(install.InstallError) as refused:
        install._run(command)
    assert str(refused.value).startswith(sentence)
    assert len(str(refused.value).splitlines()) == 1


def test_too_little_disk_space_is_told_before_anything_is_written(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / ".venv" / "bin" / "python").unlink()
    monkeypatch.setattr("shutil.disk_usage", lambda _: DiskUsage(2**30, 2**30, 2**20))
    with pytest.raises(install.InstallError) as refused:
        install._refuse_unwritable_folder()
    assert str(refused.value) == f"There is not enough disk space in {project}: 1 MB are free, 700 needed."


def test_a_folder_of_somebody_else_gets_one_sentence(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(_: Path) -> bool:
        raise PermissionError(errno.EACCES, "Permission denied", str(install.PYTHON))

    monkeypatch.setattr(Path, "exists", refuse)
    assert install.main([]) == 1
    assert capsys.readouterr().err == f"{project}/.venv/bin/python cannot be used: Permission denied.\n"


def test_the_systems_certificates_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "PYTHON", Path(sys.executable))
    monkeypatch.delenv("UV_SYSTEM_CERTS", raising=False)
    for exists in (False, True):
        store = tmp_path / "ca-certificates.crt"
        monkeypatch.setattr(install, "SYSTEM_CERTIFICATES", store)
        if exists:
            store.touch()
        assert install._installer_environment().get("UV_SYSTEM_CERTS") == ("true" if exists else None)


def test_setting_up_needs_the_standard_library_alone() -> None:
    script = "import sys; sys.path.insert(0, 'deploy'); import install; print('\\n'.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", script],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    top_level = {name.partition(".")[0] for name in done.stdout.split()} - {"install", "__main__"}
    assert top_level <= set(sys.stdlib_module_names)
