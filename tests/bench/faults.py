"""A refresh of the seed's claims while arXiv or the model server fails at every third request, each kind of fault in turn.

    python -m tests.bench.faults TOOLS DATA [--side arxiv|model] [--only KIND ...] [--few]

TOOLS is a folder with `arxiv_stand_in.py` and `openai_stand_in.py`, DATA the papers that the former serves. Each row: the exit
code of the run under faults, its seconds, gaps, and whether a claim was `holds` or `untested` with an incomplete search; then the
exit code of a clean run on the same store, and whether its verdicts are those of an undisturbed one.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.harness import PAIR, SEED, Workplace, quotes_not_in_papers, workplace
from tests.servers import read_papers

ARXIV = ("503", "429", "500", "empty", "truncated", "malformed", "drop", "html", "slow", "hang")
MODEL = (
    "429 500 503 drop truncated empty refusal notjson wrongschema fenced forgedquote forgedid context quota 401 hang"
).split()  # fmt: skip
SLOW = ("slow", "hang")


@contextmanager
def running(tool: Path, *args: str) -> Iterator[str]:
    args = (str(tool), "--port", "0", *args)
    process = subprocess.Popen([sys.executable, *args], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout
        yield process.stdout.readline().split()[-1].rsplit("/", 1)[0].removesuffix("/api")
    finally:
        process.kill()
        process.wait()


def undisturbed(folder: Path, tools: Path, data: str, claims: str) -> tuple[dict[str, str], list[str]]:
    with running(tools / "arxiv_stand_in.py", "--data", data) as arxiv, running(tools / "openai_stand_in.py") as model:
        place = workplace(folder, arxiv, model, claims)
        done = place.refresh(timeout=600)
        if done.returncode:
            sys.exit(f"the undisturbed run failed: {done.stderr}")
        papers = {paper["id"]: paper["abstract"] for paper in read_papers(Path(data))}
        return place.verdicts(), quotes_not_in_papers(place.twin(), papers)


def disturbed(place: Workplace) -> str:
    began = time.monotonic()
    done = place.refresh(timeout=1500, CLAIMCHECK_JUDGE_TIMEOUT="5")
    seconds = time.monotonic() - began
    if done.returncode == 9 or "Traceback" in done.stderr:
        return f"{done.returncode:>4} {seconds:>6.0f} s  {done.stderr.strip().splitlines()[-1][:70]}"
    twin = place.twin()
    wrong = [c["id"] for c in twin["claims"] if c["verdict"] in ("holds", "untested") and any(g["blocks"] for g in c["gaps"])]
    return f"{done.returncode:>4} {seconds:>6.0f} s {len(twin['gaps']):>4} gaps, wrongly sure: {wrong or 'none'}"


def row(folder: Path, given: argparse.Namespace, side: str, fault: str, expected: dict[str, str], claims: str) -> str:
    arxiv_args, model_args = ["--data", given.data], [] if side == "arxiv" else ["--fault", f"{fault}:3"]
    arxiv_args += ["--fault", f"{fault}:3"] if side == "arxiv" else []
    with (
        running(given.tools / "arxiv_stand_in.py", *arxiv_args) as arxiv,
        running(given.tools / "openai_stand_in.py", *model_args) as model,
    ):
        place = workplace(folder, arxiv, model, claims)
        under = disturbed(place)
    with (
        running(given.tools / "arxiv_stand_in.py", "--data", given.data) as arxiv,
        running(given.tools / "openai_stand_in.py") as model,
    ):
        clean = workplace(folder, arxiv, model, claims).refresh(timeout=600)
        same = place.verdicts() == expected
    return f"{side:<6} {fault:<12} {under:<60} then {clean.returncode}, verdicts {'same' if same else 'DIFFER'}"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("tools", type=Path)
    options.add_argument("data")
    options.add_argument("--side", choices=["arxiv", "model"])
    options.add_argument("--only", nargs="*", default=())
    options.add_argument("--few", action="store_true", help="two claims instead of the seed's nine, for all kinds")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, seed = Path(name), SEED.read_text(encoding="utf-8")
        expected = {}
        for label, claims in (("pair", PAIR),) if given.few else (("pair", PAIR), ("seed", seed)):
            expected[label], wrong = undisturbed(folder / label, given.tools, given.data, claims)
            print(f"undisturbed, {label}: {len(expected[label])} claims, {len(wrong)} quotes not in their papers", flush=True)
        for side, faults in (("arxiv", ARXIV), ("model", MODEL)):
            for fault in faults:
                label, claims = ("pair", PAIR) if given.few or fault in SLOW else ("seed", seed)
                if given.side in (None, side) and (not given.only or fault in given.only):
                    print(row(folder / f"{side}-{fault}", given, side, fault, expected[label], claims), flush=True)


if __name__ == "__main__":
    main()
