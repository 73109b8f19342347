"""The application: its addresses, and what each answers. GET shows and changes nothing; POST decides.

Every page works without a script: forms are sent as forms and answered with a redirect. With HTMX the same addresses answer with
the item alone, which takes the old one's place.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, Form, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from claimcheck.domain.review import Target
from claimcheck.errors import ClaimcheckError, Refused, Stale
from claimcheck.review import pages
from claimcheck.review.board import Item
from claimcheck.review.desk import Desk
from claimcheck.review.forms import Decided, Repaired, Shown
from claimcheck.review.guard import COOKIE, Session
from claimcheck.review.htmx import script

_STATIC = Path(__file__).parent / "static"
_KINDS = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}


class Locked(Exception):
    """The visitor has not opened the printed link."""


def build(desk: Desk, session: Session) -> FastAPI:
    """Make the application. What may reach it is for `guard.Guard` to say."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    _errors(app, desk)
    _entry(app, session)
    _pages(app, desk)
    _decisions(app, desk)
    _files(app)
    return app


def _entry(app: FastAPI, session: Session) -> None:
    @app.get("/open")
    def enter(token: Annotated[str, Query(max_length=100)] = "") -> Response:
        """Let the first visitor with the token in."""
        if not session.enter(token):
            return HTMLResponse(pages.locked("This link was used already, or is not the one that was printed."), 403)
        # No redirect: where another site's page led here, the browser would follow it without the new cookie.
        answer = HTMLResponse(pages.entered())
        answer.set_cookie(COOKIE, session.cookie, httponly=True, samesite="strict", path="/")
        return answer


def _pages(app: FastAPI, desk: Desk) -> None:
    Page = Annotated[int, Query(ge=1, le=100_000)]  # noqa: N806

    @app.get("/")
    def queue(request: Request, page: Page = 1) -> HTMLResponse:
        """Show what needs a person."""
        if not request.state.signed_in:
            return HTMLResponse(pages.locked("Open the link that claimcheck printed in your terminal."))
        return HTMLResponse(pages.queue(desk, page))

    @app.get("/claims")
    def claims(request: Request, q: Annotated[str, Query(max_length=200)] = "", page: Page = 1) -> HTMLResponse:
        """Show all claims, or those that a search finds."""
        _inside(request)
        return HTMLResponse(pages.claims(desk, q, page))

    @app.get("/claims/{claim_id}")
    def claim(request: Request, claim_id: str, page: Page = 1) -> HTMLResponse:
        """Show one claim with its timeline and all its evidence."""
        _inside(request)
        return HTMLResponse(_or_404(pages.claim(desk, claim_id, page)))

    @app.get("/reviews")
    def reviews(request: Request, page: Page = 1) -> HTMLResponse:
        """Show all that was decided, the newest first."""
        _inside(request)
        return HTMLResponse(pages.reviews(desk, page))

    @app.get("/agreement")
    def agreement(request: Request) -> HTMLResponse:
        """Show how far judge and reviewers agree."""
        _inside(request)
        return HTMLResponse(pages.agreement_page(desk))

    @app.get("/keys")
    def keys(request: Request) -> HTMLResponse:
        """Show what each key does."""
        _inside(request)
        return HTMLResponse(pages.keys(desk))


def _decisions(app: FastAPI, desk: Desk) -> None:
    @app.post("/review")
    def review(request: Request, form: Annotated[Decided, Form()]) -> Response:
        """Keep a decision."""
        return _done(request, desk, form, lambda: desk.decide(form))

    @app.post("/undo")
    def undo(request: Request, form: Annotated[Shown, Form()]) -> Response:
        """Take a decision back."""
        return _done(request, desk, form, lambda: desk.undo(form))

    @app.post("/repair")
    def repair(request: Request, form: Annotated[Repaired, Form()]) -> Response:
        """Repair an anchor in claims.yaml."""
        return _done(request, desk, form, lambda: desk.repair(form))


def _done(request: Request, desk: Desk, form: Shown, work: Callable[[], Item]) -> Response:
    """Answer a decision: the item as it is now, or a redirect to it; 409 where the person saw another state."""
    scripted = request.headers.get("hx-request") == "true"
    try:
        item = work()
    except Refused as why:
        status = 409 if isinstance(why, Stale) else 422
        known = desk.boards.now().item(form.claim, Target(form.target), form.paper)
        if scripted and known:
            return HTMLResponse(pages.item(desk, known, form.back, problem=str(why)), status)
        return HTMLResponse(pages.problem(desk, status, str(why), form.claim), status)
    if scripted:
        return HTMLResponse(pages.item(desk, item, form.back))
    here = "/" if form.back == "queue" else f"/claims/{form.claim}"
    return RedirectResponse(f"{here}#{item.anchor_name}", 303)


def _files(app: FastAPI) -> None:
    files: Mapping[str, bytes] = {
        "page.css": (_STATIC / "page.css").read_bytes(),
        "page.js": (_STATIC / "page.js").read_bytes(),
        "icon.svg": (_STATIC / "icon.svg").read_bytes(),
        "htmx.js": script(),
    }

    @app.get("/static/{name}")
    def static(name: str) -> Response:
        """Return one of the page's own files; there is no folder behind it."""
        if name not in files:
            raise HTTPException(404)
        return Response(files[name], media_type=_KINDS[name.rpartition(".")[2]])


def _errors(app: FastAPI, desk: Desk) -> None:
    @app.exception_handler(Locked)
    def locked(_: Request, __: Exception) -> HTMLResponse:
        return HTMLResponse(pages.locked("Open the link that claimcheck printed in your terminal."), 403)

    @app.exception_handler(RequestValidationError)
    def malformed(_: Request, why: Exception) -> HTMLResponse:
        assert isinstance(why, RequestValidationError)
        told = "; ".join(f"{'.'.join(map(str, e['loc'][1:]))}: {e['msg']}" for e in why.errors()[:5])
        return HTMLResponse(pages.problem(None, 422, f"this form cannot be read ({told}); nothing was kept", ""), 422)

    @app.exception_handler(ClaimcheckError)
    def trouble(request: Request, why: Exception) -> HTMLResponse:
        return HTMLResponse(pages.problem(None, 503, str(why), ""), 503)

    @app.exception_handler(HTTPException)
    def absent(_: Request, why: Exception) -> HTMLResponse:
        assert isinstance(why, HTTPException)
        return HTMLResponse(pages.problem(None, why.status_code, "There is no such page.", ""), why.status_code)


def _inside(request: Request) -> None:
    if not request.state.signed_in:
        raise Locked


def _or_404(page: str | None) -> Any:
    if page is None:
        raise HTTPException(404)
    return page
