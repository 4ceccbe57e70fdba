"""Runs the sides of a comparison in alternating rounds, each with several clients at once in processes of their own."""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path

from benchmarks.sizes import CLIENTS, Size

Work = Callable[[], None]
"""One unit of work."""
MakeWork = Callable[[int], Work]
"""Called in the client's own process with the client's number."""

_WARM_SECONDS = 1.0
_LONGEST_ANSWER = 120.0
_FORK = multiprocessing.get_context("fork")


@dataclass(slots=True)
class Measured:
    """What one side did: units per second of each round, and how long each unit took (ms)."""

    rates: list[float] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)
    processor_seconds: float = 0.0
    """What all its processes used: web, database and clients."""

    @property
    def processor_milliseconds(self) -> float:
        """What one unit costs: where the machine has other work too, this says more than the rate."""
        return self.processor_seconds * 1000 / len(self.milliseconds)

    @property
    def rate(self) -> float:
        """Units per second: the median round's."""
        return statistics.median(self.rates)

    def percentile(self, share: float) -> float:
        """The time in ms that this share of the units took at most."""
        ordered = sorted(self.milliseconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def measure(
    sides: Mapping[str, MakeWork], size: Size, processes: Sequence[int] = (), clients: int = CLIENTS
) -> dict[str, Measured]:
    """Run every side `size.rounds` times for `size.seconds`, in turn, after warming each up.

    `processes` are the servers, whose use of the processors is counted with all they started.
    """
    measured = {name: Measured() for name in sides}
    for make in sides.values():
        _round(make, min(_WARM_SECONDS, size.seconds), clients)
    for _ in range(size.rounds):
        for name, make in sides.items():
            used = _processor_seconds(processes)
            rate, milliseconds = _round(make, size.seconds, clients)
            measured[name].rates.append(rate)
            measured[name].milliseconds += milliseconds
            measured[name].processor_seconds += _processor_seconds(processes) - used
    return measured


def ratio(above: Measured, below: Measured) -> float:
    """Give the median of the rounds' ratios: neighbours in time share whatever else the machine was doing."""
    return statistics.median(one / other for one, other in zip(above.rates, below.rates, strict=True))


def _round(make: MakeWork, seconds: float, clients: int) -> tuple[float, list[float]]:
    ready = _FORK.Barrier(clients)
    pipes, processes = [], []
    for number in range(clients):
        receiver, sender = _FORK.Pipe(duplex=False)
        process = _FORK.Process(target=_client, args=(make, number, seconds, ready, sender), daemon=True)
        process.start()
        sender.close()
        pipes.append(receiver)
        processes.append(process)
    rate, milliseconds = 0.0, []
    try:
        for receiver in pipes:
            if not receiver.poll(seconds + _LONGEST_ANSWER):
                raise TimeoutError("a client did not come back")
            spent, took = receiver.recv()
            if isinstance(took, str):
                raise RuntimeError(took)  # noqa: TRY004 - a text is how a client tells what went wrong
            rate += len(took) / spent
            milliseconds += took
    finally:
        for process in processes:
            process.terminate()
            process.join()
    return rate, milliseconds


def _client(make: MakeWork, number: int, seconds: float, ready: Barrier, sender: Connection) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    took: list[float] = []
    try:
        work = make(number)
        work()
        ready.wait(_LONGEST_ANSWER)
        started = before = time.perf_counter()
        while before - started < seconds:
            work()
            now = time.perf_counter()
            took.append((now - before) * 1000)
            before = now
    except Exception as error:  # noqa: BLE001 - told to whoever measures
        ready.abort()
        sender.send((0.0, f"{type(error).__name__}: {error}"))
        return
    sender.send((before - started, took))


def _processor_seconds(processes: Sequence[int]) -> float:
    """Sum what the processes, all below them and all our clients have used."""
    clients = resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(map(_tree_seconds, processes)) + clients.ru_utime + clients.ru_stime


def _tree_seconds(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(") ")[2].split()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        return 0.0  # It has ended, and its parent has what it used.
    own = sum(int(ticks) for ticks in fields[11:15]) / os.sysconf("SC_CLK_TCK")
    return own + sum(_tree_seconds(int(child)) for child in children)
