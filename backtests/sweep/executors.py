"""Who runs a sweep's blocks: this process, processes beside it, or the workers of a Dask cluster. The only dask."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

from fedcycle.backtests.core.errors import RunError
from fedcycle.backtests.core.interrupts import start_work
from fedcycle.backtests.sweep import block_runner
from fedcycle.backtests.sweep.design import Block
from fedcycle.backtests.sweep.task import SweepTask

Done: TypeAlias = tuple[Block, block_runner.Columns]
Executor: TypeAlias = Callable[[SweepTask, Sequence[Block]], Iterator[Done]]
"""Yields each block with its numbers as they are finished, in any order."""

AHEAD = 2
"""Blocks a worker has waiting beside the one it runs: nobody idles, and no more than these are ever in memory."""
TIMEOUT = "20s"
"""How long a scheduler may take to answer."""
RETRIES = 3
"""How often a block whose worker was lost is run again."""


def make_executor(jobs: int | None, scheduler: str | None) -> Executor:
    """Return who runs the blocks: a cluster where a scheduler's address is given, else so many processes."""
    if scheduler is not None:
        return lambda package, blocks: on_cluster(package, blocks, address=scheduler)
    count = jobs or os.cpu_count() or 1
    return lambda package, blocks: run_local(package, blocks, jobs=min(count, len(blocks)))


def run_local(package: SweepTask, blocks: Sequence[Block], *, jobs: int) -> Iterator[Done]:
    """Run blocks on this machine."""
    if jobs < 2:
        for block in blocks:
            yield block, block_runner.run(package, block.number)
        return
    from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    waiting = iter(blocks)
    running: dict[Any, Block] = {}
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_receive, initargs=(package,)) as pool:
        try:
            while True:
                for _, block in zip(range(jobs * AHEAD - len(running)), waiting, strict=False):
                    running[pool.submit(_block, block.number)] = block
                if not running:
                    return
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield running.pop(future), future.result()
        except BrokenProcessPool as error:
            raise RunError("a worker process was killed") from error
        finally:
            for future in running:
                future.cancel()


_RECEIVED: list[SweepTask] = []
"""The package of a worker process, which is started for one sweep and has nobody else's."""


def _receive(package: SweepTask) -> None:
    start_work()
    _RECEIVED[:] = [package]


def _block(number: int) -> block_runner.Columns:
    return block_runner.run(_RECEIVED[0], number)


def on_cluster(package: SweepTask, blocks: Sequence[Block], *, address: str) -> Iterator[Done]:
    """Run blocks on the workers of a Dask cluster; those of a lost worker are run again by another."""
    distributed = _distributed()
    try:
        client = distributed.Client(address, timeout=TIMEOUT, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise RunError(
            f"no Dask scheduler answers at {address}: {error}; start one with: dask scheduler, and give its address"
        ) from error
    with client:
        workers = len(client.scheduler_info(n_workers=-1)["workers"])
        if not workers:
            raise RunError(f"the Dask scheduler at {address} has no workers; start some with: dask worker {address}")
        yield from _through(client, package, blocks, ahead=workers * AHEAD)


def _through(client: Any, package: SweepTask, blocks: Sequence[Block], *, ahead: int) -> Iterator[Done]:
    from distributed import as_completed

    held = client.scatter(package, broadcast=True, hash=False)
    waiting, running = iter(blocks), {}
    tries: dict[int, int] = {}

    def send(block: Block) -> Any:
        future = client.submit(block_runner.run, held, block.number, pure=False, retries=RETRIES)
        running[future.key] = block
        return future

    first = [send(block) for _, block in zip(range(ahead), waiting, strict=False)]
    order = as_completed(first, loop=client.loop)
    for future in order:
        block = running.pop(future.key)
        try:
            found = future.result()
        except Exception as error:
            if not _lost(error):
                raise
            tries[block.number] = tries.get(block.number, 0) + 1
            if tries[block.number] > RETRIES:
                raise RunError(f"a block was given to {RETRIES + 1} workers and each was lost: {error}") from error
            # The package may have gone down with the workers that held it.
            held = client.scatter(package, broadcast=True, hash=False)
            order.add(send(block))
            continue
        future.release()
        following = next(waiting, None)
        if following is not None:
            order.add(send(following))
        yield block, found


def _lost(error: Exception) -> bool:
    """Return whether an error is the cluster's and not the work's."""
    from distributed import CancelledError, KilledWorker
    from distributed.client import FutureCancelledError
    from distributed.comm import CommClosedError

    return isinstance(error, (KilledWorker, CancelledError, FutureCancelledError, CommClosedError))


def _distributed() -> Any:
    try:
        import distributed
    except ImportError as error:
        raise RunError(
            "a cluster needs Dask, which is not installed; install it with: pip install 'fedcycle[cluster]'"
        ) from error
    return distributed
