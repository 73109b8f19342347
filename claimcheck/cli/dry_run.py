"""`refresh --dry-run`: what a refresh would ask and cost, in words and as JSON."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from claimcheck.agent.forecast import Forecast
    from claimcheck.config import Settings
    from claimcheck.domain.evidence import Usage
    from claimcheck.wiring import Wanted


def as_json(found: "Forecast", settings: "Settings", wanted: "Wanted") -> dict[str, Any]:
    """Return the forecast for programs; `usd` is null where the prices are not known."""
    requests = found.requests
    return {
        "day": wanted.today.isoformat(),
        "claims": found.claims,
        "judge": settings.judge_kind,
        "arxiv": {
            "look_ups": requests.look_ups,
            "abstract_pages": requests.abstract_pages,
            "harvest_windows": requests.harvest_windows,
            "queries": requests.queries,
            "requests_at_least": requests.total,
            "seconds_at_least": round(requests.total * settings.arxiv_pace),
        },
        "citation_services": {"questions": found.citing},
        "readings": {"in_library": found.readings, "at_most": found.most_readings},
        "phrases": found.phrases,
        "model": {"in_library": _usage(found.usage, settings), "at_most": _usage(found.most, settings)},
        "prices": {"prompt": settings.price_prompt, "completion": settings.price_completion},
        "batch": {"on": settings.batch, "part_of_price": settings.batch_price, "under_way": found.under_way},
    }


def as_text(found: "Forecast", settings: "Settings", wanted: "Wanted") -> str:
    """Return the forecast for people."""
    requests, told = found.requests, as_json(found, settings, wanted)
    lines = [f"Dry run for {wanted.today}, {found.claims} claims: nothing was asked, paid or kept.", ""]
    if wanted.offline or wanted.sample:
        lines.append("arXiv     is not asked")
    else:
        lines += [
            f"arXiv     {requests.total} requests or more, {told['arxiv']['seconds_at_least']} s at its pace",
            f"          {requests.look_ups} look-ups of anchors, {requests.abstract_pages} abstract pages, "
            f"{requests.harvest_windows} windows of new papers, {requests.queries} queries",
        ]
    if found.citing:
        lines.append(
            f"citing    {found.citing} questions to citation services; what cites is looked up at arXiv, if it is not there"
        )
    lines.append(f"readings  {found.readings} of papers in the library, at most {found.most_readings} with what arXiv brings")
    if found.under_way:
        lines.append(
            f"batch     {found.under_way} readings of earlier runs are under way; the refresh collects them and pays nothing more"
        )
    lines += _model(told, settings)
    return "\n".join(lines)


def _model(told: dict[str, Any], settings: "Settings") -> list[str]:
    least, most = told["model"]["in_library"], told["model"]["at_most"]
    if settings.judge_kind != "openai":
        return ["model     none is asked; nothing is paid"]
    lines = [
        f"model     {least['calls']} calls ({told['phrases']} for search phrases), at most {most['calls']}",
        f"tokens    about {least['prompt_tokens']:,} prompt and {least['completion_tokens']:,} completion, "
        f"at most {most['prompt_tokens']:,} and {most['completion_tokens']:,}",
    ]
    if settings.claims_per_call > 1:
        lines.append(f"          fewer of both: a call may read a paper for up to {settings.claims_per_call} claims")
    if most["usd"] is None:
        return [*lines, "cost      not known: set price_prompt and price_completion (USD for a million tokens)"]
    prices = f"{settings.price_prompt:g} and {settings.price_completion:g} USD for a million tokens"
    if settings.batch:
        prices += f", readings as a batch at {settings.batch_price:g} of that (the first one directly, at the full price)"
    return [*lines, f"cost      about {least['usd']:.2f} USD, at most {most['usd']:.2f} USD, at {prices}"]


def _usage(usage: "Usage", settings: "Settings") -> dict[str, Any]:
    priced = settings.price_prompt is not None and settings.price_completion is not None
    paid = settings.judge_kind == "openai"
    return {
        "calls": usage.calls,
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "usd": round(usage.usd, 6) if priced or not paid else None,
    }
