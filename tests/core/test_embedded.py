from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from portal.core import embedded
from portal.core.config import PROJECT_FOLDER
from tenants.database_roles import conninfo, prepare_roles


@pytest.fixture(scope="module")
def instance(new_instance: Callable[[], Path]) -> Path:
    return new_instance()


def server_process(instance: Path) -> int:
    return int((instance / "postgres" / "postmaster.pid").read_text().splitlines()[0])


def is_running(process: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


def test_starting_twice_gives_the_same_server(instance: Path) -> None:
    first = embedded.embedded_server(instance, durable=False)
    process = server_process(instance)
    assert embedded.embedded_server(instance, durable=False) == first == embedded.embedded_server_url(instance)
    assert server_process(instance) == process


def test_the_data_folder_is_closed_to_others(instance: Path) -> None:
    embedded.embedded_server(instance, durable=False)
    assert stat.S_IMODE((instance / "postgres").stat().st_mode) == 0o700


def test_a_role_gets_in_with_its_password_alone(instance: Path) -> None:
    admin_url = embedded.embedded_server(instance, durable=False)
    urls = prepare_roles(admin_url, instance / "database_passwords.json", database=embedded.DATABASE)
    with psycopg.connect(conninfo(urls.app)) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("portal_app",)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(conninfo(urls.app), password="wrong")


def test_stopping_ends_the_process_and_forgets_the_address(instance: Path) -> None:
    embedded.embedded_server(instance, durable=False)
    process = server_process(instance)
    embedded.stop_embedded_server(instance)
    assert not is_running(process)
    assert embedded.embedded_server_url(instance) is None
    embedded.stop_embedded_server(instance)


def test_a_killed_server_recovers_with_its_data(instance: Path) -> None:
    # One that runs for the tests before may lose what was committed last.
    embedded.stop_embedded_server(instance)
    admin_url = embedded.embedded_server(instance)
    with psycopg.connect(admin_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    os.kill(server_process(instance), signal.SIGKILL)
    time.sleep(0.2)
    assert embedded.embedded_server_url(instance) is None
    with psycopg.connect(embedded.embedded_server(instance, durable=False)) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_a_process_number_that_now_belongs_to_somebody_else_is_not_taken_for_the_server(instance: Path) -> None:
    embedded.embedded_server(instance, durable=False)
    lines = (instance / "postgres" / "postmaster.pid").read_text().splitlines()
    embedded.stop_embedded_server(instance)
    lines[0] = str(os.getpid())
    (instance / "postgres" / "postmaster.pid").write_text("\n".join(lines) + "\n")
    assert embedded.embedded_server_url(instance) is None


HOLDER = """
import sys
from pathlib import Path
from portal.core import embedded
with embedded.hold(Path(sys.argv[1]), durable=False):
    print("held", flush=True)
    sys.stdin.readline()
"""


def start_holder(instance: Path) -> subprocess.Popen[str]:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(instance)],
        cwd=PROJECT_FOLDER,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


def test_the_last_holder_stops_the_server(instance_folder: Path) -> None:
    with start_holder(instance_folder) as first, start_holder(instance_folder) as second:
        process = server_process(instance_folder)
        first.communicate("\n")
        assert is_running(process)
        second.communicate("\n")
        assert not is_running(process)


def test_a_killed_holder_does_not_keep_the_server_up(instance_folder: Path) -> None:
    with start_holder(instance_folder) as first, start_holder(instance_folder) as second:
        process = server_process(instance_folder)
        first.kill()
        first.wait()
        assert is_running(process)
        second.communicate("\n")
        assert not is_running(process)


FORKING_HOLDER = """
import os, sys
from pathlib import Path
from portal.core import embedded
hold = embedded.hold(Path(sys.argv[1]), durable=False)
hold.__enter__()
child = os.fork()
if child == 0:
    sys.exit(0)
os.waitpid(child, 0)
print(embedded.embedded_server_url(Path(sys.argv[1])) is not None)
hold.__exit__(None, None, None)
"""


def test_a_fork_that_ends_does_not_give_up_its_parents_hold(instance_folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FORKING_HOLDER, str(instance_folder)],
        cwd=PROJECT_FOLDER,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("True\n", "")


def test_a_path_too_long_for_a_socket_gets_a_private_folder_that_goes_with_the_server(instance_folder: Path) -> None:
    instance = instance_folder / ("long" * 25)
    with embedded.hold(instance, durable=False) as admin_url, psycopg.connect(admin_url) as connection:
        folder = Path(connection.info.host)
        assert folder.parent == Path("/tmp")
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not folder.exists()


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(
        embedded.EmbeddedServerError, match=r"^The folder .*/file/x cannot be used: .*Not a directory.$"
    ):
        embedded.hold(tmp_path / "file" / "x").__enter__()
