"""A seed, pasted or from a file: what it would change, and that it does."""

from __future__ import annotations

from starlette.datastructures import UploadFile
from starlette.responses import Response

from console.frame.forms import written_text
from console.frame.page import FormPageOf, Page, PageOf
from console.frame.routers import page_router
from console.interfaces.whatif import SeedRun, seed

_EXAMPLE = """\
queues:
  - name: orders
    dead_letters: {queue: orders-dead, max_receives: 3}
  - name: orders-dead
topics:
  - name: events
    subscriptions:
      - {queue: orders, filter: {kind: [order]}}
tables:
  - name: customers
    partition_key: id
    items:
      - {id: a, name: Ada}
buckets:
  - name: first-photos
"""

router = page_router()


@router.get("/seed")
async def seed_form(page: FormPageOf) -> Response:
    return _page(page, _EXAMPLE, None, dry_run=True)


@router.post("/seed")
async def run(page: PageOf) -> Response:
    form = await page.form()
    file = form.get("file")
    text = written_text(form, "text")
    if isinstance(file, UploadFile) and file.filename:
        text = (await file.read()).decode("utf-8", "replace")
    dry_run = form.get("how") != "apply"
    credentials = page.session.credentials if page.session else None
    done = await seed(page.parts.settings.gateway_url, credentials, text, dry_run=dry_run)
    return _page(page, text, done, dry_run=dry_run)


def _page(page: Page, text: str, done: SeedRun | None, *, dry_run: bool) -> Response:
    failed = done is not None and not done.succeeded
    return page.render(
        "whatif/seed.html", title="Seed", text=text, done=done, dry_run=dry_run, status=400 if failed else 200
    )
