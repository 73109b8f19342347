"""Whether a cluster's workers run the program that this process runs: another judge's readings may not bear this one's name."""

from collections.abc import Mapping

from claimcheck.adapters.cluster.worker import Program, WrongWorker


def unlike(here: Program | WrongWorker, there: Mapping[str, Program | WrongWorker | Exception], *, with_key: bool) -> list[str]:
    """Return a line for each worker that cannot be used, with what to do."""
    told = ((address, _difference(here, there[address], with_key)) for address in sorted(there))
    return [f"the worker at {address} {difference}" for address, difference in told if difference]


def _difference(here: Program | WrongWorker, there: Program | WrongWorker | Exception, with_key: bool) -> str | None:
    if isinstance(here, WrongWorker) or isinstance(there, WrongWorker):
        wrong = there if isinstance(there, WrongWorker) else here
        assert isinstance(wrong, WrongWorker)
        return f"cannot read: {wrong.why}"
    if isinstance(there, Exception):
        return f"cannot run claimcheck ({type(there).__name__}: {str(there)[:120]}); install the same version there"
    for name in ("claimcheck", "python", "dask"):
        if getattr(here, name) != getattr(there, name):
            return f"has {name} {getattr(there, name)} and this process {getattr(here, name)}; install the same version on both"
    if here.judge != there.judge:
        return "has another embedded model than this process; install the same on both"
    if with_key and not there.has_key:
        return "has no OPENAI_API_KEY in its environment; keys are not sent to workers: set it where the worker is started"
    return None
