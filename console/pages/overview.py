"""The first page: each service and what it holds."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from console.frame.page import PageOf

router = APIRouter()


@router.get("/")
async def overview(page: PageOf) -> Response:
    return page.render("overview.html", title="Overview")
