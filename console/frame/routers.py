"""The routers of the modules below `console.pages`, which know from the start where their pages are."""

from __future__ import annotations

from fastapi import APIRouter

from console.frame.addresses import BASE

PAGES = f"{BASE}/{{account}}/{{region}}"


def page_router() -> APIRouter:
    """For pages of an account in a region: a module's `router`."""
    return APIRouter(prefix=PAGES)


def bare_page_router() -> APIRouter:
    """For what is of no account: a module's `bare_router`."""
    return APIRouter(prefix=BASE)
