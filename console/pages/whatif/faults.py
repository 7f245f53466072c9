"""Fault rules: those that there are, with how often each has struck; a new one; an end to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from console.frame.page import Page, PageOf
from console.frame.routers import page_router
from console.interfaces.errors import ControlError
from console.interfaces.whatif import add_fault, clear_faults, faults

_PATTERNS = ("service", "operation", "resource", "account", "region")
_EFFECTS = (
    ("error", "an error of AWS's, by its code"),
    ("throttle", "throttling"),
    ("latency", "latency"),
    ("before", "a connection that breaks before the work is done"),
    ("after", "a connection that breaks after the work is done"),
    ("duplicate", "a delivery that comes twice"),
    ("delay", "a delivery that comes late"),
)

router = page_router()


@router.get("/faults")
async def rules(page: PageOf) -> Response:
    given = {name: value for name, value in page.query.items() if name in _PATTERNS}
    return await _page(page, given, "")


@router.post("/faults")
async def add(page: PageOf) -> Response:
    form = await page.form()
    given = {name: str(value).strip() for name, value in form.items()}
    try:
        rule_id = await add_fault(page.fleet, _rule(given))
    except (ControlError, ValueError) as error:
        return await _page(page, given, str(error))
    page.flash(f"The rule {rule_id} holds from now on, in every process of the service.")
    return page.redirect(page.url("faults"))


@router.post("/faults/clear")
async def clear(page: PageOf) -> Response:
    rule_id = str((await page.form()).get("id", ""))
    await clear_faults(page.fleet, rule_id)
    page.flash(f"The rule {rule_id} is gone." if rule_id else "No rule holds any more.")
    return page.redirect(page.url("faults"))


async def _page(page: Page, given: Mapping[str, str], error: str) -> Response:
    return page.render(
        "whatif/faults.html",
        title="Faults",
        rules=[(rule, _said(rule)) for rule in await faults(page.fleet)],
        patterns=_PATTERNS,
        given=given,
        effects=_EFFECTS,
        error=error,
        status=400 if error else 200,
    )


def _rule(given: Mapping[str, str]) -> dict[str, Any]:
    """The rule that a form says. ValueError where a number is none."""
    rule: dict[str, Any] = {name: given[name] for name in _PATTERNS if given.get(name)}
    if given.get("probability"):
        rule["probability"] = _number(given["probability"], "The probability")
    if given.get("times"):
        rule["times"] = int(_number(given["times"], "The number of times"))
    effect, value = given.get("effect", ""), given.get("value", "")
    if effect == "error":
        if not value:
            raise ValueError("Say which error, by its code: SlowDown, ThrottlingException, ...")
        rule["error"] = value
    elif effect == "throttle":
        rule["throttle"] = True
    elif effect == "latency":
        least, _, most = value.partition("-")
        rule["latency"] = [_number(one, "The latency") for one in (least, most)] if most else _number(least, "It")
    elif effect in ("before", "after"):
        rule["break"] = effect
    elif effect == "duplicate":
        rule["delivery"] = "duplicate"
    elif effect == "delay":
        rule["delivery"] = {"delay": _number(value, "The delay")}
    return rule


def _number(text: str, what: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{what} is a number, not {text or 'nothing'}.") from None


def _said(rule: Mapping[str, Any]) -> tuple[str, str]:
    """What a rule strikes, and with what, as texts."""
    where = " ".join(f"{name} {rule[name]}" for name in _PATTERNS if name in rule) or "every request"
    effects = []
    if "error" in rule:
        error = rule["error"]
        effects.append(f"error {error['code'] if isinstance(error, dict) else error}")
    if rule.get("throttle"):
        effects.append("throttling")
    if "latency" in rule:
        latency = rule["latency"]
        span = " to ".join(f"{one:g}" for one in latency) if isinstance(latency, list) else f"{latency:g}"
        effects.append(f"latency of {span} s")
    if "break" in rule:
        effects.append(f"the connection breaks {rule['break']} the work is done")
    if "delivery" in rule:
        delivery = rule["delivery"]
        late = isinstance(delivery, dict)
        effects.append(f"deliveries come {delivery['delay']:g} s late" if late else "deliveries come twice")
    return where, ", ".join(effects) or "nothing"
