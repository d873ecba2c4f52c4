"""Handovers survive the way through JSON, nested as they are."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from pydantic import ValidationError

from pipeline.handover import GateInput, Told, as_json, from_json, told


@dataclass(frozen=True)
class Plan:
    documents: int


@dataclass(frozen=True)
class Compared:
    plan: Plan
    documents: int
    checkpoints: Mapping[str, int]
    gate: GateInput
    told: Told


COMPARED = Compared(
    plan=Plan(documents=20),
    documents=19,
    checkpoints={"0": 7},
    gate=GateInput("buckets.parquet", {"differences": ["a"]}),
    told=Told(counts={"written": 3, "deleted": 1}, notes=("Late.",)),
)


def test_what_comes_back_is_what_was_left_and_nothing_overwrites_anything():
    plain = json.loads(json.dumps(as_json(COMPARED)))
    assert (plain["plan"]["documents"], plain["documents"]) == (20, 19)
    assert from_json(Compared, plain) == COMPARED


def test_counts_keep_their_order():
    assert list(told(as_json(COMPARED)).counts) == ["written", "deleted"]


def test_a_part_that_is_missing_is_refused():
    with pytest.raises(ValidationError, match="checkpoints"):
        from_json(Compared, {name: part for name, part in as_json(COMPARED).items() if name != "checkpoints"})


@pytest.mark.parametrize("result", [None, "a path", 3, {"batch": "x"}, {"told": None}])
def test_a_task_that_returned_no_handover_tells_nothing(result: object):
    assert told(result) == Told()
