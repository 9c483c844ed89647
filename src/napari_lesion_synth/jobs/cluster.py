"""Jobs on a Dask cluster.

The scheduler runs the jobs of a lost worker again. What all jobs share travels as a task of its
own, not as scattered data: a task can be run again when the worker that held its result dies.
"""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from napari_lesion_synth.errors import LesionSynthError, ParameterError
from napari_lesion_synth.training.kept_memory import keep_memory

__all__ = ["ClusterBackend", "cluster"]

_CONNECT_S = 10
_FIRST_WORKER_S = 60
_RETRIES = 2


class ClusterBackend:
    """A connection to a Dask scheduler.

    Parameters
    ----------
    client : distributed.Client
        The connection.
    work : callable
        Function of (shared, job).
    shared : object
        What all jobs need.
    """

    def __init__(self, client: Any, work: Callable[[Any, Any], Any], shared: Any) -> None:
        self._client = client
        self._executor = client.get_executor(pure=False, retries=_RETRIES)
        self._work = work
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Sending large graph", UserWarning)
            self._shared = client.submit(
                pickle.loads, pickle.dumps(shared), pure=False, retries=_RETRIES
            )

    @property
    def slots(self) -> int:
        """Threads of all workers that are there now."""
        return sum(int(threads) for threads in self._client.nthreads().values())

    def submit(self, job: Any) -> Future[Any]:
        """Hand out one job."""
        future: Future[Any] = self._executor.submit(_done, self._work, self._shared, job)
        return future


@contextmanager
def cluster(work: Callable[[Any, Any], Any], shared: Any, address: str) -> Iterator[ClusterBackend]:
    """A connection for `work(shared, job)`.

    Raises
    ------
    ParameterError
        If the library is missing, or nobody answers at the address.
    LesionSynthError
        If there are no workers, or the cluster is lost on the way.
    """
    client = _connect(address)
    try:
        yield ClusterBackend(client, work, shared)
    except CancelledError as error:
        raise LesionSynthError(
            "the cluster was lost before the work was done",
            where=address,
            remedy="What is finished is on the disk: run the same command to go on",
        ) from error
    except Exception as error:
        if type(error).__name__ != "KilledWorker":
            raise
        raise LesionSynthError(
            f"a job ended every worker that it was given to ({error})",
            where=address,
            remedy="Memory may be short on the workers: give each more, or one thread",
        ) from error
    finally:
        client.close()


def _done(work: Callable[[Any, Any], Any], shared: Any, job: Any) -> Any:
    """Do a job, on a worker."""
    keep_memory()
    return work(shared, job)


def _connect(address: str) -> Any:
    try:
        library: Any = import_module("distributed")
    except ImportError as error:
        raise ParameterError(
            "--scheduler needs the library distributed, which is not installed",
            remedy='Install it: pip install "napari-lesion-synth[distributed]"',
        ) from error
    client = library.Client.__new__(library.Client)
    try:
        client.__init__(address, timeout=_CONNECT_S, set_as_default=False)
    except (OSError, TimeoutError, ValueError, TypeError) as error:
        client.status = "closed"  # when it is forgotten, it would wait in vain for its own end
        raise ParameterError(
            f"no Dask scheduler answers within {_CONNECT_S} s",
            where=address,
            remedy="Start one (dask scheduler), and give its address, as in tcp://host:8786",
        ) from error
    try:
        client.wait_for_workers(1, timeout=_FIRST_WORKER_S)
    except TimeoutError as error:
        client.close()
        raise LesionSynthError(
            f"the scheduler has had no worker for {_FIRST_WORKER_S} s",
            where=address,
            remedy=f"Start some: dask worker {address}",
        ) from error
    return client
