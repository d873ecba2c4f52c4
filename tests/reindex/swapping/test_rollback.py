"""Back to the index before, telling what was written since."""

import pytest
from elasticsearch import Elasticsearch

from pipeline.errors import FatalError
from reindex.errors import IndexConflictError, SwapError
from reindex.index import aliases, blocks, indices
from reindex.index.served import resolve
from reindex.swapping import rollback
from reindex.swapping.rollback import RolledBack, previous
from tests.elasticsearch import RunningElasticsearch
from tests.reindex.copied import contents, copied, swapped


def names(served: str, *numbers: int) -> list[str]:
    return [indices.name(served, number) for number in numbers]


def writable(client: Elasticsearch, served: str, *numbers: int) -> list[bool]:
    return [not blocks.blocked(client, name) for name in names(served, *numbers)]


def back(client: Elasticsearch, served: str) -> RolledBack:
    return rollback.rollback(client, served, to=previous(client, served))


def test_the_index_before_is_served_again_and_takes_writes(client, served):
    swapped(client, served, runs=2)
    two, three = names(served, 2, 3)
    assert resolve(client, served).index == three
    assert back(client, served) == RolledBack(served, three, two, written_since=0)
    assert resolve(client, served).index == two
    assert writable(client, served, 1, 2, 3) == [False, True, False]
    client.index(index=served, id="d", document={"url": "d"})
    assert (set(contents(client, two)), set(contents(client, three))) == (set("abcd"), set("abc"))


def test_it_counts_the_documents_that_were_written_since_the_swap(client, served):
    swapped(client, served, runs=2)
    client.index(index=served, id="a", document={"url": "a", "n": 2})
    client.index(index=served, id="a", document={"url": "a", "n": 3})
    client.index(index=served, id="d", document={"url": "d"})
    client.index(index=served, id="e", document={"url": "e"})
    client.delete(index=served, id="e")
    done = back(client, served)
    assert done.written_since == 2
    assert contents(client, served)["a"] == {"url": "a", "n": 1}
    assert contents(client, done.from_index)["a"] == {"url": "a", "n": 3}


def test_what_the_swap_itself_wrote_does_not_count(client, served):
    ready = copied(client, served)
    client.index(index=served, id="d", document={"url": "d"})
    assert ready.swap(client).written == 1
    assert back(client, served).written_since == 0


def test_a_second_rollback_goes_further_and_counts_from_the_first(client, served):
    swapped(client, served, runs=2)
    one, two, three = names(served, 1, 2, 3)
    client.index(index=served, id="d", document={"url": "d"})
    assert back(client, served).written_since == 1
    client.index(index=served, id="e", document={"url": "e"})
    client.index(index=served, id="f", document={"url": "f"})
    assert back(client, served) == RolledBack(served, two, one, written_since=2)
    assert rollback.rollback(client, served, to=three) == RolledBack(served, one, three, written_since=3)
    assert set(contents(client, served)) == set("abcd")


def test_a_foreign_index_that_was_served_first_is_served_again(client, served):
    swapped(client, served, runs=1)
    one, two = names(served, 1, 2)
    assert [own.name for own in indices.own_indices(client, served)] == [two]
    assert previous(client, served) == one
    assert back(client, served) == RolledBack(served, two, one, written_since=0)
    assert indices.meta_of(client, one) == {}


@pytest.mark.both_versions
def test_a_migrated_concrete_index_is_served_again_from_its_archive(client, served):
    copied(client, served, concrete=True).swap(client)
    archive, target = names(served, 1, 2)
    client.delete(index=served, id="a")
    assert back(client, served) == RolledBack(served, target, archive, written_since=0)
    assert set(contents(client, served)) == set("abc")
    assert resolve(client, served).index == archive


def test_every_alias_goes_back_as_it_is(client, served):
    standing = {served: {"is_write_index": True}, f"{served}-fr": {"filter": {"term": {"url": "a"}}}}
    ready = copied(client, served, standing=standing)
    ready.swap(client)
    back(client, served)
    assert aliases.aliases_of(client, ready.plan.source) == standing
    assert aliases.aliases_of(client, ready.plan.target) == {}


def test_the_index_to_return_to_that_is_served_already_changes_nothing(client, served):
    swapped(client, served, runs=1)
    two = indices.name(served, 2)
    served_already = RolledBack(served, two, two, written_since=0, repeated=True)
    assert rollback.rollback(client, served, to=two) == served_already
    assert writable(client, served, 1, 2) == [False, True]


def test_without_an_index_before_it_is_one_clear_line(client, served):
    ready = copied(client, served)
    with pytest.raises(IndexConflictError, match="There is no index to roll") as refused:
        back(client, served)
    assert str(refused.value).count("\n") == 0
    assert f"{ready.plan.source} is served" in str(refused.value)
    assert writable(client, served, 1) == [True]


def test_an_index_that_was_never_validated_is_refused_and_the_choice_is_named(client, served):
    swapped(client, served, runs=1)
    candidate = copied_candidate(client, served)
    for index in (candidate, f"{served}-000099"):
        with pytest.raises(IndexConflictError, match=f"{index} cannot be served") as refused:
            rollback.rollback(client, served, to=index)
        assert "There are: none" in str(refused.value)
    assert resolve(client, served).index == indices.name(served, 2)
    assert writable(client, served, 1, 2) == [False, True]


def copied_candidate(client: Elasticsearch, served: str) -> str:
    candidate = indices.name(served, 3)
    plan_meta = {**indices.meta_of(client, indices.name(served, 2)), "state": "candidate"}
    client.indices.create(index=candidate, mappings={"_meta": plan_meta})
    return candidate


def test_a_rollback_that_fails_leaves_served_name_and_blocks_as_they_were(
    client, served, elasticsearch: RunningElasticsearch
):
    swapped(client, served, runs=1)
    two = indices.name(served, 2)
    elasticsearch.admin.indices.put_alias(index=two, name=f"catalogue-{served}")
    with pytest.raises(FatalError, match="may not do this"):
        back(client, served)
    assert resolve(client, served).index == two
    assert writable(client, served, 1, 2) == [False, True]


def test_a_lost_answer_does_not_open_the_index_that_was_left(client, served, monkeypatch):
    swapped(client, served, runs=1)
    one = indices.name(served, 1)
    update = aliases.update

    def lost(*arguments: object, **options: object) -> None:
        update(*arguments, **options)
        raise SwapError("no answer")

    monkeypatch.setattr(aliases, "update", lost)
    with pytest.raises(SwapError, match="no answer"):
        rollback.rollback(client, served, to=one)
    assert writable(client, served, 1, 2) == [True, False]


def test_a_repeat_answers_what_the_first_attempt_found(client, served):
    swapped(client, served, runs=2)
    two, three = names(served, 2, 3)
    client.index(index=served, id="d", document={"url": "d"})
    assert back(client, served) == RolledBack(served, three, two, written_since=1)
    again = rollback.rollback(client, served, to=two)
    assert again == RolledBack(served, three, two, written_since=1, repeated=True)
    client.index(index=served, id="e", document={"url": "e"})
    assert rollback.rollback(client, served, to=three).written_since == 1
    again = rollback.rollback(client, served, to=three)
    assert again == RolledBack(served, two, three, written_since=1, repeated=True)
