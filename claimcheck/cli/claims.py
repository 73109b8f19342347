"""`check` and `schema`: is claims.yaml as it must be?"""

from claimcheck.cli.options import ClaimsOption, JsonOption, TodayOption, today
from claimcheck.cli.output import say, say_json


def check(claims: ClaimsOption = None, now: TodayOption = None, as_json: JsonOption = False) -> None:
    """Read claims.yaml and the settings, and say all that is wrong with them.

    Use it after each edit of claims.yaml, and before a commit. Example: `claimcheck check --claims claims.yaml`.
    """
    from claimcheck import wiring

    settings = wiring.settings(claims, {})
    file, digest = wiring.load_claims(settings.claims, today(now))
    for warning in file.warnings:
        say(f"claimcheck: warning: {warning}", err=True)
    if as_json:
        found = {"claims": [c.id for c in file.claims], "inquiries": [i.id for i in file.inquiries], "sha256": digest}
        say_json({**found, "warnings": list(file.warnings)})
    else:
        anchors = sum(len(claim.anchors) for claim in file.claims)
        say(f"{settings.claims}: {len(file.inquiries)} inquiries, {len(file.claims)} claims, {anchors} anchors; nothing wrong")


def schema() -> None:
    """Print the JSON Schema of claims.yaml, for editors.

    Use it to have an editor complete and check claims.yaml. Example: `claimcheck schema > claims.schema.json`.
    """
    from claimcheck import wiring

    say(wiring.schema_text(), nl=False)
