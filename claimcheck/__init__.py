"""Re-test dated literature claims against newer arXiv papers."""

__version__ = "0.1.0"
