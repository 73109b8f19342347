"""Train the cross-encoder on a CPU, in two stages.

    python -m training.train general    --data DATA --out work/general.pt                      about 45 minutes on two cores
    python -m training.train folds      --data DATA --init work/general.pt --out work/fold     about 8 minutes each

`general` sees the general and scientific inference sets. `folds` goes on from there with SciFact's training claims and the
project's own field pairs, once for each of SciFact's five cross-validation folds, each with another seed: fold k sees
neither the claims nor the abstracts of SciFact's fold k, nor the field clusters whose number leaves the remainder k. So
every training example has a network that has not seen it, and `export.py` makes the shipped weights by averaging the five.

A step is fast with few distinct shapes (lengths in steps of 8, a fixed number of pairs a length), bfloat16 and no dropout in
the encoder.
"""

import argparse
import random
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn

from training import mix
from training.examples import Example
from training.network import LONGEST, CrossEncoder, tokenizer

_TOKENS, _MOST = 1536, 48  # of a batch
_WARM_UP = 0.05
_TITLES = 0.6  # share of the examples that are shown their title
Batch = tuple[int, list[int]]
Encoded = tuple[list[int], list[int]]  # token ids, segment ids


def main() -> None:
    """Run a stage."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("stage", choices=["general", "folds"])
    options.add_argument("--data", type=Path, required=True, help="the folder with claims/ and arxiv.jsonl.gz")
    options.add_argument("--out", type=Path, required=True)
    options.add_argument("--init", type=Path)
    options.add_argument("--epochs", type=float, default=1)
    options.add_argument("--only", type=int, help="this fold alone, from 1")
    options.add_argument("--minutes", type=float, default=1e9, help="fit the schedule into this time")
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--without", action="append", default=[], help="leave a source out (ablation)")
    wanted = options.parse_args()
    torch.set_num_threads(wanted.threads)
    wanted.out.parent.mkdir(parents=True, exist_ok=True)
    if wanted.stage == "general":
        found = mix.general_stage(wanted.data, random.Random(7))
        _train(found, wanted, wanted.out, seed=7, rates=(8e-5, 5e-4))
        return
    for fold in (wanted.only,) if wanted.only else range(1, mix.FOLDS + 1):
        found = mix.fold_stage(wanted.data, fold, random.Random(fold), frozenset(wanted.without))
        _train(found, wanted, wanted.out.with_name(f"{wanted.out.name}{fold}.pt"), seed=fold, rates=(5e-5, 2e-4))


def _train(found: Sequence[Example], wanted: argparse.Namespace, out: Path, seed: int, rates: tuple[float, float]) -> None:
    chance = random.Random(seed)
    torch.manual_seed(seed)
    network = CrossEncoder()
    if wanted.init:
        network.load_state_dict(torch.load(wanted.init))
    network.train()
    encoder = tokenizer()
    whole, rest = int(wanted.epochs), wanted.epochs - int(wanted.epochs)
    plan = [_epoch(found, share, encoder, chance) for share in [1.0] * whole + ([rest] if rest else [])]
    optimiser = _optimiser(network, rates)
    base = [group["lr"] for group in optimiser.param_groups]
    loss_of = nn.CrossEntropyLoss(label_smoothing=0.05)
    steps = [(epoch, batch) for epoch, (*_, batches) in enumerate(plan) for batch in batches]
    total, began, running, right, seen = len(steps), time.time(), 0.0, 0, 0
    print(f"{out}: {len(found)} examples, {total} steps", flush=True)
    for at, (epoch, (length, chosen)) in enumerate(steps):
        if at >= total:
            break
        share = at / total
        pace = max(0.01, share / _WARM_UP if share < _WARM_UP else (1 - share) / (1 - _WARM_UP))
        for group, rate in zip(optimiser.param_groups, base, strict=True):
            group["lr"] = rate * pace
        tokens, labels, priors, _ = plan[epoch]
        with torch.autocast("cpu", torch.bfloat16):
            logits = network(*tensors([tokens[i] for i in chosen], length))
        logits = logits.float() + torch.tensor([priors[i] for i in chosen]).log()
        target = torch.tensor([labels[i] for i in chosen])
        loss = loss_of(logits, target)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad()
        running, right, seen = (
            running + loss.item() * len(chosen),
            right + int((logits.argmax(-1) == target).sum()),
            seen + len(chosen),
        )
        if at in (100, 400, 1000, 2000):
            total = min(len(steps), max(at + 2, int(at * wanted.minutes * 60 / (time.time() - began))))
        if at % 200 == 199:
            print(
                f"{at + 1}/{total} {time.time() - began:.0f} s, loss {running / seen:.4f}, right {right / seen:.3f}", flush=True
            )
            running, right, seen = 0.0, 0, 0
        if at % 1000 == 999:
            torch.save(network.state_dict(), out)
    torch.save(network.state_dict(), out)


def tensors(encoded: Sequence[tuple[list[int], list[int]]], length: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return token ids, mask and segment ids, each (batch, length)."""
    ids = torch.tensor([ids + [0] * (length - len(ids)) for ids, _ in encoded])
    mask = torch.tensor([[1] * len(ids) + [0] * (length - len(ids)) for ids, _ in encoded])
    return ids, mask, torch.tensor([kinds + [0] * (length - len(kinds)) for _, kinds in encoded])


def _epoch(
    found: Sequence[Example], share: float, encoder: object, chance: random.Random
) -> tuple[list[Encoded], list[int], list[tuple[float, ...]], list[Batch]]:
    """Encode the examples anew, each with or without its title, and cut them into batches of like lengths."""
    chosen = [e for e in found for _ in range(e.weight)]
    chance.shuffle(chosen)
    chosen = chosen[: int(len(chosen) * share)]
    pairs = [(f"{e.title}: {e.evidence}" if e.title and chance.random() < _TITLES else e.evidence, e.claim) for e in chosen]
    encoded = [(e.ids, e.type_ids) for e in encoder.encode_batch(pairs)]  # type: ignore[attr-defined]
    waiting: dict[int, list[int]] = {}
    batches: list[Batch] = []
    for at, (ids, _) in enumerate(encoded):
        length = min(LONGEST, -(-len(ids) // 8) * 8)
        held = waiting.setdefault(length, [])
        held.append(at)
        if len(held) == min(_MOST, _TOKENS // length):
            batches.append((length, held))
            waiting[length] = []
    chance.shuffle(batches)  # the last, incomplete batches are dropped
    return encoded, [e.label for e in chosen], [(*e.prior, 0.5, 0.5) for e in chosen], batches


def _optimiser(network: CrossEncoder, rates: tuple[float, float]) -> torch.optim.Optimizer:
    named = [(n, p) for n, p in network.encoder.named_parameters() if p.requires_grad]
    plain = [p for n, p in named if n.endswith("bias") or "LayerNorm" in n]
    decayed = [p for n, p in named if not (n.endswith("bias") or "LayerNorm" in n)]
    return torch.optim.AdamW(
        [
            {"params": decayed, "lr": rates[0], "weight_decay": 0.01},
            {"params": plain, "lr": rates[0], "weight_decay": 0.0},
            {"params": network.head.parameters(), "lr": rates[1], "weight_decay": 0.01},
        ],
        fused=True,
    )


if __name__ == "__main__":
    main()
