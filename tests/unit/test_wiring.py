"""The wiring can be imported, offers what it says, and loads no adapter that is heavy until one is wanted."""

import subprocess
import sys

from claimcheck import wiring


def test_what_the_wiring_offers_is_there() -> None:
    assert all(hasattr(wiring, name) for name in wiring.__all__)


def test_no_heavy_library_is_loaded_before_it_is_wanted() -> None:
    heavy = ("openai", "sqlmodel", "sqlalchemy", "tantivy", "langgraph", "matplotlib", "httpx", "numpy", "apprise")
    code = f"import sys, claimcheck.wiring; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "[]"
