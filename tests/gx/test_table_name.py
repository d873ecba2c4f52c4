"""Names of tables as somebody writes them."""

import pytest

from gx.errors import GateMisuse
from gx.table_name import TableName, table_of


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("orders", TableName("orders")),
        ("sales.orders", TableName("orders", "sales")),
        ("Sales.Orders 2026", TableName("Orders 2026", "Sales")),
        ('sales."orders.2026"', TableName("orders.2026", "sales")),
        ('"orders.2026"', TableName("orders.2026")),
        ('"a ""b"""."c.d"', TableName("c.d", 'a "b"')),
        ("users; DROP TABLE users", TableName("users; DROP TABLE users")),
    ],
)
def test_a_name_is_a_table_or_a_schema_and_a_table(text, name):
    assert TableName.parse(text) == name
    assert TableName.parse(str(name)) == name


@pytest.mark.parametrize(
    "text", ["", ".", "sales.", ".orders", "a.b.c", '"orders', '"orders"x', 'or"ders', '""']
)
def test_what_is_no_name_is_refused_with_what_to_write(text):
    with pytest.raises(GateMisuse, match=r"names no table: write table or schema\.table, and double quotes"):
        TableName.parse(text)


@pytest.mark.parametrize("scheme", ["postgres", "table"])
def test_a_batch_of_a_database_is_told_from_a_file(scheme):
    assert table_of(f"{scheme}:sales.orders") == TableName("orders", "sales")
    assert table_of("/data/orders.parquet") is None
    assert table_of("s3://bucket/orders.parquet") is None
