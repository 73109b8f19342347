"""The embedded network: how likely a piece of text supports, refutes, relaxes or says nothing of a claim.

A cross-encoder that the project trained itself (see `training/` and `model/CARD.md`), run with onnxruntime. Pairs are scored
one by one: with dynamic quantisation a score in a batch depends on the others in it, and a verdict that cannot be had again is
none.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from claimcheck.errors import StoreUnusable

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

FORMAT = 1  # of the folder; a model of another format was made for another version of this program
NETWORK, TOKENIZER, MANIFEST = "stance.onnx", "tokenizer.json", "model.json"
CLASSES = ("supports", "refutes", "relaxes", "not_enough_info")


@dataclass(frozen=True)
class Scores:
    """Probabilities of the four stances, which sum to 1."""

    supports: float
    refutes: float
    relaxes: float
    neither: float

    @property
    def bears(self) -> float:
        """How likely the text bears on the claim at all."""
        return 1 - self.neither


class Network:
    """A loaded network with its manifest. Safe for several threads."""

    def __init__(self, session: "InferenceSession", tokenizer: "Tokenizer", manifest: Mapping[str, Any]) -> None:
        self.manifest = manifest
        self._session = session
        self._tokenizer = tokenizer

    @classmethod
    def load(cls, folder: Path | Traversable) -> "Network":
        """Load the network in a folder; raise `StoreUnusable` when it is missing, damaged or of another version."""
        manifest = _manifest(folder)
        content = {name: _checked(folder, name, manifest["files"]) for name in (NETWORK, TOKENIZER)}
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            session = onnxruntime.InferenceSession(content[NETWORK], options, providers=["CPUExecutionProvider"])
            tokenizer = Tokenizer.from_str(content[TOKENIZER].decode())
        except Exception as wrong:  # both libraries raise bare Exceptions of their own; whatever it is, it will not load
            raise _unusable(folder, f"cannot be loaded ({str(wrong)[:200]})") from wrong
        tokenizer.no_padding()
        tokenizer.enable_truncation(int(manifest["longest"]), strategy="longest_first")
        return cls(session, tokenizer, manifest)

    def score(self, evidence: Sequence[str], claim: str) -> list[Scores]:
        """Score each piece of evidence towards the claim; of what is too long together, the longer is cut."""
        return [self._one(text, claim) for text in evidence]

    def _one(self, evidence: str, claim: str) -> Scores:
        import numpy as np

        encoded = self._tokenizer.encode(evidence, claim)
        feed = {
            "input_ids": np.array([encoded.ids], dtype=np.int64),
            "attention_mask": np.array([encoded.attention_mask], dtype=np.int64),
            "token_type_ids": np.array([encoded.type_ids], dtype=np.int64),
        }
        logits = np.asarray(self._session.run(["logits"], feed)[0], dtype=np.float64)[0]
        shares = np.exp(logits - logits.max())
        return Scores(*(float(share) for share in shares / shares.sum()))


@cache
def shipped() -> Network:
    """Return the network that the package carries, loaded once."""
    return Network.load(resources.files("claimcheck.adapters.embedded") / "model")


def _manifest(folder: Path | Traversable) -> dict[str, Any]:
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        found = manifest["format"]
        whole = isinstance(manifest["files"], dict) and manifest["classes"] == list(CLASSES)
    except (OSError, ValueError, KeyError, TypeError) as wrong:
        raise _unusable(folder, f"has no {MANIFEST} that can be read ({type(wrong).__name__})") from wrong
    if found != FORMAT:
        raise _unusable(folder, f"is of format {found!r}, and this version of claimcheck reads format {FORMAT}")
    if not whole:
        raise _unusable(folder, f"has a {MANIFEST} that does not name its files and classes")
    return dict(manifest)


def _checked(folder: Path | Traversable, name: str, digests: Mapping[str, str]) -> bytes:
    try:
        content = (folder / name).read_bytes()
    except OSError as wrong:
        raise _unusable(folder, f"lacks {name} ({wrong.strerror or wrong})") from wrong
    if hashlib.sha256(content).hexdigest() != digests.get(name):
        raise _unusable(folder, f"is damaged: {name} is not the file that {MANIFEST} names")
    return content


def _unusable(folder: Path | Traversable, why: str) -> StoreUnusable:
    return StoreUnusable(
        f"the embedded model in {str(folder)!r} {why}; install claimcheck again, or name another judge with --judge"
    )
