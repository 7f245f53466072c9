"""`make conformance`, or `python -m tests.conformance [--endpoint URL | --aws] [--only TEXT] [--record]`.

Puts every case to a fleet of its own, to an endpoint, or to AWS with the credentials at hand (which costs what such
calls cost; what a case makes is removed again). Prints where answers differ from the cases, and how many held, by
service.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.conformance import recording
from tests.conformance.cases import SERVICES, Case, all_cases
from tests.conformance.format_error import FormatError
from tests.conformance.running import Outcome, run
from tests.conformance.target import REGION, NotHereError, Target
from tests.processes import running_fleet


def main() -> int:
    options = _parse_options()
    try:
        cases = [case for case in all_cases() if _is_wanted(case, options)]
    except FormatError as error:
        print(error, file=sys.stderr)
        return 2
    counts: Counter[tuple[str, str]] = Counter()
    outcomes: list[Outcome] = []
    with ExitStack() as stack:
        target_of = _targets(stack, options)
        for case in cases:
            counts[case.service, _put(case, target_of, outcomes, options)] += 1
    _print_counts(counts)
    if options.record or options.aws:
        for path in recording.write(outcomes):
            print(f"what was answered is in {path}")
    return 1 if any(verdict == "failed" for _, verdict in counts) else 0


def _parse_options() -> Any:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance")
    whom = parser.add_mutually_exclusive_group()
    whom.add_argument("--endpoint", default="", help="the URL of what is to answer, instead of a fleet of its own")
    whom.add_argument(
        "--aws", action="store_true", help="AWS itself, with the credentials at hand; records the answers"
    )
    parser.add_argument("--region", default=REGION)
    parser.add_argument("--only", default="", help="only the cases whose id or title holds this, or of this service")
    parser.add_argument("--record", action="store_true", help="write what is answered beside the case files")
    parser.add_argument("--quiet", action="store_true", help="only how many, not where they differ")
    return parser.parse_args()


def _is_wanted(case: Case, options: Any) -> bool:
    text = options.only.lower()
    return case.service == text or text in f"{case.full_id} {case.title.lower()}"


def _targets(stack: ExitStack, options: Any) -> Callable[[Case], Target]:
    targets: dict[frozenset[tuple[str, str]], Target] = {}

    def target(case: Case) -> Target:
        is_given = options.endpoint or options.aws
        kind = frozenset() if is_given else frozenset(case.settings.items())
        if kind not in targets:
            targets[kind] = Target(
                None if options.aws else options.endpoint or _own_fleet(stack, case), region=options.region
            )
            stack.callback(targets[kind].close)
        return targets[kind]

    return target


def _own_fleet(stack: ExitStack, case: Case) -> str:
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="ruststack-conformance-"))
    return stack.enter_context(running_fleet(Path(folder), environment=case.settings)).url


def _put(case: Case, target_of: Callable[[Case], Target], outcomes: list[Outcome], options: Any) -> str:
    """`passed`, `failed`, `skipped`, or what the case is marked as where it fails as marked."""
    if options.aws and case.not_on_aws:
        print(f"{case.full_id}: skipped: {case.not_on_aws}")
        return "skipped"
    target = target_of(case)
    try:
        outcome = run(case, target)
    except NotHereError as reason:
        print(f"{case.full_id}: skipped: {reason}")
        return "skipped"
    except Exception as error:  # a strange endpoint may answer what no client understands
        print(f"{case.full_id}: {case.title}\n  {type(error).__name__}: {error}")
        return "failed"
    outcomes.append(outcome)
    mark = "outstanding" if case.outstanding else "deviates" if case.deviates else ""
    if mark and target.is_ruststack:
        if outcome.differences:
            return mark
        print(f"{case.full_id}: answers as AWS does now: take `{mark}` away")
        return "failed"
    if not outcome.differences:
        return "passed"
    if not options.quiet:
        print(outcome.report())
    return "failed"


def _print_counts(counts: Counter[tuple[str, str]]) -> None:
    verdicts = ["passed", "failed", *sorted({verdict for _, verdict in counts} - {"passed", "failed"})]
    print(f"{'':10}" + "".join(f"{verdict:>12}" for verdict in verdicts))
    for service in SERVICES:
        print(f"{service:10}" + "".join(f"{counts[service, verdict]:12}" for verdict in verdicts))
    totals = [sum(counts[service, verdict] for service in SERVICES) for verdict in verdicts]
    print(f"{'all':10}" + "".join(f"{total:12}" for total in totals))


if __name__ == "__main__":
    sys.exit(main())
