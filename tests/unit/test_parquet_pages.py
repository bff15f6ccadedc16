"""What the pages of a Parquet column say of themselves."""

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pricer.tables.parquet_pages import pages_of

COLUMNS = {
    "texts": pa.array(["kettle", None, "lamp"] * 5000),
    "long texts": pa.array([f"{at}" * 2000 for at in range(50)]),
    "lists": pa.array([["a", "b"], [], None] * 5000),
    "no rows": pa.array([], pa.string()),
}


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("codec", ["none", "snappy", "zstd"])
@pytest.mark.parametrize(
    "options", [{}, {"use_dictionary": False}, {"data_page_size": 100}, {"write_page_checksum": 1}]
)
def test_an_honest_file_s_pages_have_what_its_footer_says(column, version, codec, options):
    file = io.BytesIO()
    table = pa.table({"summary": COLUMNS[column]})
    pq.write_table(table, file, compression=codec, data_page_version=version, **options)
    metadata = pq.read_metadata(file)
    for group in range(metadata.num_row_groups):
        chunk = metadata.row_group(group).column(0)
        found = pages_of(file, chunk)
        assert found.n_values == chunk.num_values
        if codec != "none" and chunk.num_values:
            assert 0.2 * chunk.total_uncompressed_size <= found.unpacked_bytes <= 1.2 * chunk.total_uncompressed_size
        assert not found.by_difference


@pytest.mark.parametrize("at", range(4, 60))
def test_a_damaged_header_is_an_error_or_another_number(at):
    file = io.BytesIO()
    pq.write_table(pa.table({"summary": ["kettle"] * 3}), file)
    chunk = pq.read_metadata(file).row_group(0).column(0)
    for byte in (0, 0x1C, 0x7F, 0xFF):
        damaged = bytearray(file.getvalue())
        damaged[at] = byte
        try:
            pages_of(io.BytesIO(damaged), chunk)
        except ValueError:
            continue
