"""What is asked outside this machine about papers: arXiv, its full texts, and who knows who cites whom."""

import os
from datetime import date
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING

from claimcheck.adapters.setting_values import is_loopback
from claimcheck.config import Settings
from claimcheck.deadline import Deadline
from claimcheck.ports import CitationSource, FullTexts

if TYPE_CHECKING:
    from claimcheck.adapters.arxiv import Arxiv


def source(settings: Settings, today: date, run: Deadline | None = None, tries: int = 4) -> "Arxiv":
    """Return arXiv, with the pace that is one for all of this machine's processes, until a run must be done.

    A question is asked so often at most.
    """
    from claimcheck.adapters.arxiv import Arxiv

    return Arxiv(
        settings.arxiv_url,
        pace=settings.arxiv_pace,
        pace_file=pace_folder() / "arxiv.pace",
        deadline=settings.arxiv_timeout,
        tries=tries,
        today=today,
        contact=settings.contact or "",
        run=run,
    )


def pace_folder() -> Path:
    """Return the folder in which this machine's processes agree on their pace; one for passing files where there is no home."""
    from platformdirs import user_cache_path

    folder = user_cache_path("claimcheck")
    return folder if folder.is_absolute() else Path(gettempdir()) / f"claimcheck-{os.getuid()}"


def citation_sources(settings: Settings, run: Deadline | None = None) -> tuple[CitationSource, ...]:
    """Return the services that are asked who cites an anchor: none unless the settings name them."""
    if settings.citations == "none":
        return ()
    from claimcheck.adapters.citations import OpenAlex, SemanticScholar

    services = (
        ("semantic_scholar", SemanticScholar, settings.semantic_scholar_url, settings.semantic_scholar_api_key),
        ("openalex", OpenAlex, settings.openalex_url, settings.openalex_api_key),
    )
    return tuple(
        service(
            url,
            pace_file=pace_folder() / f"{name}.pace",
            key=key,
            pace=0.0 if is_loopback(url) else service.pace,
            contact=settings.contact or "",
            use_proxies=not is_loopback(url),
            run=run,
        )
        for name, service, url, key in services
        if settings.asks(name)
    )


def full_texts(settings: Settings, asked: "Arxiv | None", run: Deadline | None = None) -> FullTexts:
    """Return the full texts that are kept in home, and arXiv's, over the line that searches use, where that is asked."""
    from claimcheck.adapters.fulltext import ArxivFullTexts, KeptFullTexts, child

    elsewhere = ArxivFullTexts(asked.line, asked.site, child.parser(run or Deadline())) if asked else None
    return KeptFullTexts(settings.home / "fulltext", elsewhere)
