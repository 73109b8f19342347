"""How far does a run overshoot its time, when servers hang, drip or ask for long waits? And how fast is a second run refused?

    python -m tests.bench.limits [--minutes 0.2]

Seconds are those of the whole process, from before Python starts to after it has left; `over` is what they exceed the limit by.
"""

import argparse
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from claimcheck.adapters.run_lock import run_lock
from tests.e2e.harness import PAIR, workplace
from tests.servers import Server


@contextmanager
def dripping(every: float) -> Iterator[str]:
    """A server that sends a byte now and then, and never ends."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def drip(connection: socket.socket) -> None:
            try:
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
                while True:
                    time.sleep(every)
                    connection.sendall(b"<")
            except OSError:
                return

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                threading.Thread(target=drip, args=(connection,), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)


def row(folder: Path, name: str, arxiv: str, model: str, minutes: float, **more: str) -> None:
    place = workplace(folder / name.replace(" ", "-"), arxiv, model, PAIR)
    began = time.monotonic()
    done = place.refresh("--max-minutes", str(minutes), "--quiet", timeout=600, **more)
    seconds = time.monotonic() - began
    print(f"{name:<28} exit {done.returncode}  {seconds:6.1f} s  over {seconds - minutes * 60:5.1f} s", flush=True)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--minutes", type=float, default=0.2)
    minutes = options.parse_args().minutes
    with tempfile.TemporaryDirectory() as name, Server("arxiv") as arxiv, Server("model", latency=60) as slow:
        folder = Path(name)
        place = workplace(folder / "second", arxiv.url, slow.url, PAIR)
        with run_lock(place.folder / ".claimcheck"):
            began = time.monotonic()
            done = place.refresh()
            print(f"second run: exit {done.returncode}, {time.monotonic() - began:.1f} s", flush=True)
        row(folder, "model hangs", arxiv.url, slow.url, minutes)
        with dripping(0.1) as drips, dripping(3600) as hangs, Server("arxiv", faults=[("503", 1)]) as down:
            row(folder, "arXiv drips", drips, slow.url, minutes)
            row(folder, "arXiv hangs", hangs, slow.url, minutes)
            row(folder, "model drips", arxiv.url, drips, minutes)
            row(folder, "arXiv fails, long pace", down.url, slow.url, minutes, CLAIMCHECK_ARXIV_PACE="5")


if __name__ == "__main__":
    main()
