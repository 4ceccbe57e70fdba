"""Runs the sides of a comparison in alternating rounds, each with several clients at once in processes of their own."""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier

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

    @property
    def rate(self) -> float:
        """Units per second: the median round's."""
        return statistics.median(self.rates)

    def percentile(self, share: float) -> float:
        """The time in ms that this share of the units took at most."""
        ordered = sorted(self.milliseconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def measure(sides: Mapping[str, MakeWork], size: Size, clients: int = CLIENTS) -> dict[str, Measured]:
    """Run every side `size.rounds` times for `size.seconds`, in turn, after warming each up."""
    measured = {name: Measured() for name in sides}
    for make in sides.values():
        _round(make, min(_WARM_SECONDS, size.seconds), clients)
    for _ in range(size.rounds):
        for name, make in sides.items():
            rate, milliseconds = _round(make, size.seconds, clients)
            measured[name].rates.append(rate)
            measured[name].milliseconds += milliseconds
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
