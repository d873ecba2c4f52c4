"""The file of REINDEX_MAPPING: what it says, and what is wrong with it in one line."""

from pathlib import Path

import pytest

from reindex.errors import MappingFileError
from reindex.index.mapping_change import MappingChange
from reindex.index.mapping_file import read


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "cannot be read (no such file or directory)"),
        ("{", "is not JSON (Expecting property name"),
        ("[]", "it is no JSON object"),
        ('{"properties": {}}', "unknown key 'properties' (known: mappings, settings, removed)"),
        ('{"mappings": []}', '"mappings" is no JSON object'),
        ('{"mappings": {"titre": {"type": "text"}}}', 'fields stand in its "properties"'),
        ('{"mappings": {"properties": []}}', '"properties" of the mapping is no JSON object'),
        ('{"mappings": {"properties": {"a": {"fields": 1}}}}', '"fields" of a is no JSON object'),
        ('{"mappings": {"properties": {"a": {"properties": {"b": 1}}}}}', "the field a.b is no JSON object"),
        ('{"mappings": {"dynamic_templates": {}}}', '"dynamic_templates" is no list of objects'),
        ('{"mappings": {"_meta": {}}}', '"_meta" in it, which comes from the served index'),
        ('{"settings": 1}', '"settings" is no JSON object'),
        ('{"settings": {"blocks": {"write": true}}}', "index.blocks.write is not settled when"),
        ('{"settings": {"index.uuid": "x"}}', "index.uuid is not settled when"),
        ('{"removed": "titre"}', '"removed" is no list of names'),
        ('{"removed": [1]}', '"removed" is no list of names'),
    ],
)
def test_what_is_wrong_is_one_line_with_the_file(tmp_path: Path, content: str | None, says: str):
    file = tmp_path / "change.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(MappingFileError) as wrong:
        read(str(file))
    assert str(wrong.value).startswith(f"REINDEX_MAPPING: {file}")
    assert says in str(wrong.value)
    assert "\n" not in str(wrong.value)


def test_settings_are_known_by_their_full_names_however_they_are_written(tmp_path: Path):
    file = tmp_path / "change.json"
    file.write_text(
        '{"settings": {"max_result_window": 5, "index": {"mapping": {"coerce": false}}, "index.hidden": null,'
        ' "analysis": {"analyzer": {"a": {"filter": ["lowercase"]}}}}}'
    )
    assert read(str(file)) == MappingChange(
        file=str(file),
        settings={
            "index.max_result_window": "5",
            "index.mapping.coerce": "false",
            "index.hidden": None,
            "index.analysis.analyzer.a.filter": ["lowercase"],
        },
    )
