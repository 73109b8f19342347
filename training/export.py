"""Turn weights into the files that the package runs: ONNX with 8-bit weights, and the tokenizer.

    python -m training.export work/fold1.pt work/fold1
    python -m training.export work/fold1.pt work/fold2.pt … work/merged      the mean of several weights (arXiv:2203.05482)

Weights go to seven bits: with eight, processors without VNNI instructions overflow and give other scores than those with
them.
"""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from claimcheck.adapters.embedded.network import NETWORK, TOKENIZER
from training.network import CrossEncoder, weights_folder

_OPSET = 17


def main() -> None:
    """Export."""
    *sources, out = map(Path, sys.argv[1:])
    export(sources, out)
    print(f"{out}: {(out / NETWORK).stat().st_size / 1e6:.1f} MB")


def export(sources: Sequence[Path], out: Path) -> None:
    """Write the mean of the weights in `sources` to the folder `out`."""
    network = CrossEncoder()
    network.load_state_dict(_mean([torch.load(source) for source in sources]))
    network.eval()
    out.mkdir(parents=True, exist_ok=True)
    ids = torch.randint(1000, 9000, (2, 12))
    kinds = torch.zeros_like(ids)
    kinds[:, 6:] = 1
    names = ("input_ids", "attention_mask", "token_type_ids")
    axes = {name: {0: "batch", 1: "length"} for name in names} | {"logits": {0: "batch"}}
    with TemporaryDirectory() as folder:
        whole = Path(folder) / "whole.onnx"
        torch.onnx.export(
            network, (ids, torch.ones_like(ids), kinds), str(whole), input_names=list(names), output_names=["logits"],
            dynamic_axes=axes, opset_version=_OPSET, dynamo=False,
        )  # fmt: skip
        quantize_dynamic(str(whole), str(out / NETWORK), per_channel=True, reduce_range=True, weight_type=QuantType.QInt8)
    shutil.copy(weights_folder() / TOKENIZER, out / TOKENIZER)


def _mean(found: Sequence[dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    first = found[0]
    return {
        name: sum((weights[name] for weights in found), torch.zeros_like(value)) / len(found)
        if value.is_floating_point()
        else value
        for name, value in first.items()
    }


if __name__ == "__main__":
    main()
