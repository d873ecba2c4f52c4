"""The sample as a platform has it: what dynamic mapping makes of it."""

from elasticsearch import Elasticsearch

from local.sample.courses import courses
from local.sample.platform_index import DIMENSIONS, ONE_IN, VECTOR, embedded_courses, load_platform
from reindex.index.served import Served, resolve
from tests.elasticsearch import RunningElasticsearch

COUNT = 60


def test_one_course_in_twenty_has_a_vector_and_all_are_else_the_sample_courses():
    found = list(embedded_courses(COUNT))
    vectors = [course.pop(VECTOR) for course in found if VECTOR in course]
    assert len(vectors) == COUNT // ONE_IN
    assert {len(vector) for vector in vectors} == {DIMENSIONS}
    assert all(-1 <= number <= 1 for vector in vectors for number in vector)
    assert found == list(courses(COUNT))


def test_the_served_name_is_an_index_with_keywords_beside_its_texts_and_a_vector_nobody_has_mapped(
    elasticsearch: RunningElasticsearch, served: str
):
    client: Elasticsearch
    with elasticsearch.client_for(served) as client:
        assert load_platform(client, served, COUNT) == COUNT
        assert resolve(client, served) == Served(served, concrete=True)
        assert client.count(index=served)["count"] == COUNT
        fields = client.field_caps(index=served, fields="*", filters="-metadata")["fields"]
        assert list(fields["predictions.predicted_category.keyword"]) == ["keyword"]
        assert list(fields["cours.titre.keyword"]) == ["keyword"]
        assert list(fields[VECTOR]) == ["dense_vector"]
        having = {"exists": {"field": VECTOR}}
        assert client.count(index=served, query=having)["count"] == COUNT // ONE_IN
