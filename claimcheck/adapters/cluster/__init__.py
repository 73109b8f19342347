"""A Dask cluster: what is computed is spread over its workers, what is remembered, counted and asked of arXiv stays here.

    embedded and lexical judge   readings go out in groups (`gather.py`), a task each; Dask runs it again when its worker dies
    language model               one request is sent from a worker (`wire.py`), and a second time only if this process says so
    recording, library, ledger,  this process
    arXiv, full texts

So the budget, the bound on calls, the tries and the waits of `adapters/openai/chat.py` hold for the whole cluster as they are.

Keys: a worker takes OPENAI_API_KEY from its own environment, and OPENAI_BASE_URL too where it has one (a model server beside each
worker); no key is sent anywhere, or part of a task. The workers of `local:N` have this process's environment.
"""

from claimcheck.adapters.cluster.judge import ClusterJudge
from claimcheck.adapters.cluster.pool import Cluster
from claimcheck.adapters.cluster.wire import ClusterWire

__all__ = ["Cluster", "ClusterJudge", "ClusterWire"]
