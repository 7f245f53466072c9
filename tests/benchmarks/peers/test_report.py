"""The table, the goals and the chart of figures that were found beside each other."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest

from benchmarks.peers import report
from benchmarks.peers.cases import NAMES
from benchmarks.peers.chart import chart
from benchmarks.peers.figures import BY_TITLE, ONE_CONNECTION, Measured
from benchmarks.peers.goals import GOALS, Goal


def measured(name: str, cpu_us: dict[str, int]) -> Measured:
    return Measured(
        name, "1.0", "Python", "disk", start_seconds=0.7, memory_at_start_mb=100, memory_after_mb=120, cpu_us=cpu_us
    )


OURS = measured("RustStack", {"DynamoDB PutItem": 100, "SQS SendMessage": 80})
OTHER = measured("dynalite", {"DynamoDB PutItem": 1250})


def test_a_case_that_one_cannot_do_is_an_empty_cell_and_one_that_nobody_did_no_line() -> None:
    lines = report.table([OURS, OTHER])
    assert "| DynamoDB put, us | 100 | 1,250 |" in lines
    assert "| SQS send, us | 80 |  |" in lines
    assert not any("query" in line for line in lines)


@pytest.mark.parametrize(("ratio", "word"), [(0.08, "reached"), (0.07, "missed")])
def test_a_goal_says_whether_it_is_reached(ratio: float, word: str) -> None:
    assert report.goals([OURS, OTHER], [Goal("DynamoDB put", "dynalite", ratio)])[2:] == [
        f"| dynalite | DynamoDB put | 0.08 | at most {ratio:g} | {word} |"
    ]


def test_more_megabytes_a_second_are_better() -> None:
    ours, other = measured("RustStack", {}), measured("ministack", {})
    ours.mb_per_second["S3 GetObject 16 MB"], other.mb_per_second["S3 GetObject 16 MB"] = 1200, 1000
    (line,) = report.goals([ours, other], [Goal("S3 get of 16 MB", "ministack", 1.3)])[2:]
    assert line == "| ministack | S3 get of 16 MB | 1.20 | at least 1.3 | missed |"


def test_a_goal_of_a_peer_that_is_not_there_is_left_out() -> None:
    assert len(report.goals([OURS], GOALS)) == 2


def test_each_goal_and_each_latency_is_of_something_that_is_measured() -> None:
    assert {goal.row for goal in GOALS} <= set(BY_TITLE)
    assert set(ONE_CONNECTION) <= set(NAMES)


def test_notes_name_the_reason_once_for_all_that_it_is_of() -> None:
    refused = measured("fauxqs", {})
    refused.reasons = {"S3 PutObject 16 MB": "413 <too large>", "S3 GetObject 16 MB": "413 <too large>"}
    refused.reasons |= {"DynamoDB GetItem": "has no DynamoDB", "DynamoDB PutItem": "has no DynamoDB"}
    found = report.notes({"missing": {"Rustack": "no cargo"}, "emulators": [refused.as_json()]})
    assert found == [
        "- Rustack: left out. no cargo",
        "- fauxqs: has no DynamoDB",
        "- fauxqs: 413 &lt;too large> (S3 PutObject 16 MB, S3 GetObject 16 MB)",
    ]


def test_what_stands_between_the_marks_is_replaced_and_nothing_else() -> None:
    text = f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n"
    once = report.between_marks(text, ["new"])
    assert once == f"before\n{report.BEGIN}\n\nnew\n\n{report.END}\nafter\n"
    assert report.between_marks(once, ["new"]) == once
    with pytest.raises(ValueError, match="no place for the table"):
        report.between_marks("without marks", ["new"])


def test_readme_has_the_place_for_the_table() -> None:
    assert report.between_marks(report.README.read_text(), [])


def test_the_chart_has_a_bar_for_each_figure_and_cuts_the_one_that_is_far_longer() -> None:
    picture = ElementTree.fromstring(chart([OURS, OTHER]))
    namespace = "{http://www.w3.org/2000/svg}"
    bars = [each for each in picture.iter(f"{namespace}rect") if each.get("class") in ("ours", "peer")]
    # put of both, send of one, memory of both
    assert [bar.get("class") for bar in bars] == ["ours", "peer", "ours", "ours", "peer"]
    assert len([each for each in picture.iter(f"{namespace}path") if each.get("class") == "cut"]) == 1
    assert float(bars[1].get("width", "")) == pytest.approx(6 * float(bars[0].get("width", "")), rel=0.01)
    texts = [each.text for each in picture.iter(f"{namespace}text")]
    assert {"DynamoDB put", "RustStack", "dynalite", "100", "1,250"} <= set(texts)
