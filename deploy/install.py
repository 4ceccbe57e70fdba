"""Set this machine up: virtual environment, locked dependencies, and for tests the programs they drive.

Uses the standard library alone, because it runs before anything is installed:
`python3 deploy/install.py [--tests]`. Doing it again when nothing changed takes a fraction of a second.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
INSTALLER_LOCK = ROOT / "deploy" / "installer.txt"
SYSTEM_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
NEEDED_MEGABYTES = 700
FULL_BELOW_MEGABYTES = 30

# Program, its Debian package, and what needs it.
PROGRAMS = (
    ("chromium", "chromium", "browser tests"),
    ("systemd-analyze", "systemd", "the test of the units"),
)
# What a tool says → what the operator is told. The first that is found wins.
CAUSES = (
    (("No space left", "os error 28", "Errno 28"), "The disk is full."),
    (("HASHES ARE REQUIRED", "DO NOT MATCH THE HASHES", "Hash mismatch"), "A package differs from its locked hash."),
    (("Permission denied", "os error 13", "Errno 13", "Read-only file system"), "The folder .venv is not writable."),
    (
        ("invalid peer certificate", "CERTIFICATE_VERIFY_FAILED"),
        "The certificate of the package index is not trusted; add its authority to those of the system.",
    ),
    (
        ("name resolution", "dns error", "error sending request", "ConnectionError", "Connection refused", "timed out",
         "Network is unreachable", "Failed to establish", "Could not find a version", "ProxyError", "Failed to fetch"),
        "The package index cannot be reached; check the network and proxy settings.",
    ),
)  # fmt: skip


class InstallError(Exception):
    """The machine cannot be set up; the message is one sentence for the operator."""


def main(arguments: list[str]) -> int:
    """Install what is missing and give the exit status."""
    for_tests = "--tests" in arguments
    os.umask(0o022)  # The embedded server may run as a user of its own and must be able to read its programs.
    try:
        _refuse_old_python()
        print("Checking the installed packages ...", flush=True)
        if not _is_current(for_tests=for_tests):
            _refuse_unwritable_folder()
            with _one_at_a_time():
                if not _is_current(for_tests=for_tests):
                    _install(for_tests=for_tests)
        if for_tests:
            _offer_programs()
    except InstallError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{error.filename or ROOT} cannot be used: {error.strerror}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted; running it again continues.", file=sys.stderr)
        return 130
    return 0


def _refuse_old_python() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 - it runs with whatever Python the machine has
        raise InstallError(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}.")


def _requirements(*, for_tests: bool) -> Path:
    return ROOT / ("requirements-dev.txt" if for_tests else "requirements.txt")


def _stamp(requirements: Path) -> str:
    """Give what the environment depends on: the locked versions, this Python and where the folder lies."""
    content = f"{sys.version}\n{ROOT}\n".encode() + requirements.read_bytes() + INSTALLER_LOCK.read_bytes()
    return hashlib.sha256(content).hexdigest()


def _stamp_file(requirements: Path) -> Path:
    return ENVIRONMENT / f"{requirements.stem}.installed"


def _is_current(*, for_tests: bool) -> bool:
    # What the tests need includes what the portal needs.
    candidates = [_requirements(for_tests=True)] + ([] if for_tests else [_requirements(for_tests=False)])
    return PYTHON.exists() and any(
        _stamp_file(requirements).exists() and _stamp_file(requirements).read_text() == _stamp(requirements)
        for requirements in candidates
    )


def _refuse_unwritable_folder() -> None:
    target = ENVIRONMENT if ENVIRONMENT.exists() else ROOT
    if not os.access(target, os.W_OK | os.X_OK):
        raise InstallError(f"The folder {target} is not writable for this user.")
    free = shutil.disk_usage(target).free // 2**20
    if not PYTHON.exists() and free < NEEDED_MEGABYTES:
        raise InstallError(f"There is not enough disk space in {ROOT}: {free} MB are free, {NEEDED_MEGABYTES} needed.")


class _one_at_a_time:  # noqa: N801 - read as a phrase: with _one_at_a_time()
    """Two commands that start together install once."""

    def __enter__(self) -> None:
        self._folder = os.open(ROOT, os.O_RDONLY)
        fcntl.flock(self._folder, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        os.close(self._folder)


def _install(*, for_tests: bool) -> None:
    requirements = _requirements(for_tests=for_tests)
    if not _works():
        _make_environment()
    print(f"Installing the packages of {requirements.name} ...", flush=True)
    if not (ENVIRONMENT / "bin" / "uv").exists():
        _run([str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes",
              "-r", str(INSTALLER_LOCK)])  # fmt: skip
    command = [str(ENVIRONMENT / "bin" / "uv"), "pip", "install", "--quiet", "--python", str(PYTHON),
               "--require-hashes", "--compile-bytecode", "-r", str(requirements)]  # fmt: skip
    if not os.access(Path.home(), os.W_OK):
        command.append("--no-cache")  # A system user may have no home to keep a cache in.
    _run(command, _installer_environment())
    _stamp_file(requirements).write_text(_stamp(requirements))


def _works() -> bool:
    """Tell whether the environment was made here, for this Python, and can install packages."""
    configuration = ENVIRONMENT / "pyvenv.cfg"
    if not PYTHON.exists() or not configuration.exists():
        return False
    script = f"import sys, pip; sys.exit(sys.version != {sys.version!r} or sys.prefix != {str(ENVIRONMENT)!r})"
    has_installer = (ENVIRONMENT / "bin" / "uv").exists()
    if has_installer:
        script = script.replace("import sys, pip", "import sys")
    return subprocess.run([str(PYTHON), "-c", script], capture_output=True, check=False).returncode == 0


def _make_environment() -> None:
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        if not _install_debian_package(package):
            raise InstallError(f"Python's venv module is missing; install the Debian package {package}.")
    print("Making the virtual environment .venv ...", flush=True)
    _run([sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)])


def _installer_environment() -> dict[str, str]:
    """Pass pip's own index on to uv, which does not read pip's configuration."""
    environment = dict(os.environ)
    if not any(name in environment for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL")):
        command = [str(PYTHON), "-m", "pip", "config", "get", "global.index-url"]
        configured = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
        if index := os.environ.get("PIP_INDEX_URL", configured):
            environment["UV_DEFAULT_INDEX"] = index
    if SYSTEM_CERTIFICATES.exists():
        # As pip does: a company's own authority is known to the system alone.
        environment.setdefault("UV_SYSTEM_CERTS", "true")
    environment.setdefault("UV_LINK_MODE", "copy")
    environment.setdefault("UV_HTTP_TIMEOUT", "120")
    return environment


def _run(command: list[str], environment: dict[str, str] | None = None) -> None:
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment, check=False
    )
    if done.returncode == 0:
        return
    if shutil.disk_usage(ROOT).free < 2**20 * FULL_BELOW_MEGABYTES:
        raise InstallError(f"The disk is full in {ROOT}; free at least {NEEDED_MEGABYTES} MB and run it again.")
    lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
    for signs, sentence in CAUSES:
        if any(sign.lower() in done.stdout.lower() for sign in signs):
            raise InstallError(f"{sentence} ({lines[-1]})")
    raise InstallError(f"{Path(command[0]).name} failed: {' '.join(lines[-3:]) or f'status {done.returncode}'}")


def _offer_programs() -> None:
    """Some tests drive Debian's programs; without one they are skipped and named, all others run."""
    for program, package, tests in PROGRAMS:
        if not shutil.which(program) and not _install_debian_package(package):
            print(f"The Debian package {package} is missing; {tests} will be skipped.", file=sys.stderr)


def _install_debian_package(package: str) -> bool:
    """Install a package if we may; tell whether it is there now."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    print(f"Installing the Debian package {package} ...", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", package]
    if subprocess.run(command, env=environment, capture_output=True, check=False).returncode == 0:
        return True
    # A bare machine has no package lists yet.
    subprocess.run(["apt-get", "update", "--quiet"], env=environment, capture_output=True, check=False)
    return subprocess.run(command, env=environment, capture_output=True, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
