"""Parquet of every column type, and damaged."""

from __future__ import annotations

import datetime
import decimal
import io

import pyarrow as pa
import pyarrow.parquet

from tests.files.case import bad as refused
from tests.files.case import good as read


def parquet(columns, **options):
    """Bytes of a file with these columns, by name or as pairs."""
    pairs = list(columns.items()) if isinstance(columns, dict) else columns
    table = pa.Table.from_arrays(
        [pa.array(each) if isinstance(each, list) else each for _, each in pairs], [name for name, _ in pairs]
    )
    file = io.BytesIO()
    pyarrow.parquet.write_table(table, file, **options)
    return file.getvalue()


def good(name, content, columns, rows, **more):
    return read(name, content, columns, rows, file="table.parquet", **more)


def bad(name, content, reason):
    return refused(name, content, reason, file="table.parquet")


def typed(name, array, *texts, **more):
    """A column of a type beside the text."""
    summaries = [f"kettle {at}" for at in range(len(texts))]
    return good(
        name,
        parquet({"summary": summaries, "x": array}),
        ["summary", "x"],
        [*map(list, zip(summaries, texts, strict=True))],
        **more,
    )


ZONE = pa.timestamp("us", tz="+02:00")
WHOLE = parquet({"summary": [f"kettle {at}" for at in range(1000)], "x": list(range(1000))})


def bomb(path):
    """Zeros, packed to nothing."""
    pyarrow.parquet.write_table(
        pa.table({"summary": pa.array([0] * 10_000_000)}), path, compression="zstd", use_dictionary=False
    )


CASES = [
    typed("whole numbers of many digits", pa.array([2**63 - 1, -(2**63), None]), "9223372036854775807", "-9223372036854775808", ""),
    typed("unsigned", pa.array([2**64 - 1, 0], pa.uint64()), "18446744073709551615", "0"),
    typed("floats", pa.array([0.1, 1e300, None, float("nan"), float("-inf")]), "0.1", "1e+300", "", "nan", "-inf"),
    typed("half floats", pa.array([1.5, None], pa.float16()), "1.5", ""),
    typed("decimals", pa.array([decimal.Decimal("1.10"), decimal.Decimal("-99999999999999999999.99"), None]), "1.10", "-99999999999999999999.99", ""),
    typed("truths", pa.array([True, False, None]), "True", "False", ""),
    typed("dates", pa.array([datetime.date(2026, 1, 2), None]), "2026-01-02", ""),
    typed("moments", pa.array([datetime.datetime(2026, 1, 2, 3, 4, 5, 6)]), "2026-01-02T03:04:05.000006"),
    typed("moments of a zone", pa.array([datetime.datetime(2026, 1, 2, 1, 4, tzinfo=datetime.UTC)], ZONE), "2026-01-02T03:04:00+02:00"),
    typed("nanoseconds", pa.array([1, 1_700_000_000_000_000_001], pa.timestamp("ns")), "1970-01-01T00:00:00.000000001", "2023-11-14T22:13:20.000000001"),
    typed("a year after 9999", pa.array([10**18], pa.timestamp("us")), "<value out of range: 1000000000000000000>"),
    typed("times", pa.array([datetime.time(3, 4, 5)]), "03:04:05"),
    typed("lists", pa.array([[1, 2], [], None]), "[1, 2]", "[]", ""),
    typed("lists of lists", pa.array([[["a"], None], [[]]]), '[["a"], null]', "[[]]"),
    typed("structs", pa.array([{"a": 1, "b": "é"}, None]), '{"a": 1, "b": "é"}', ""),
    typed("maps", pa.array([[("k", 1)], None], pa.map_(pa.string(), pa.int64())), '[["k", 1]]', ""),
    typed("a dictionary", pa.array(["a", None, "a"]).dictionary_encode(), "a", "", "a"),
    typed("nothing at all", pa.nulls(2), "", ""),
    typed("bytes that are text", pa.array(["ké".encode(), b"", None]), "ké", "", ""),
    typed("bytes that are none", pa.array([b"\xff\x00"]), "0xff00"),
    typed("long strings", pa.array(["a", None], pa.large_string()), "a", ""),
    typed("texts that look like nothing", pa.array(["NA", "null", "nan", ""]), "NA", "null", "nan", ""),
    good("texts missing", parquet({"summary": ["kettle", None, "", "lamp"]}), ["summary"], [["kettle"], [""], [""], ["lamp"]], unpriced=[2, 3]),
    good("a text of a category", parquet({"summary": pa.array(["kettle", "kettle"]).dictionary_encode()}), ["summary"], [["kettle"], ["kettle"]]),
    good("a text of bytes", parquet({"summary": [b"kettle"]}), ["summary"], [["kettle"]]),
    good("a text of lists", parquet({"summary": [["kettle", "steel"]]}), ["summary"], [['["kettle", "steel"]']]),
    good("numbers alone", parquet({"summary": [1, 2]}), ["summary"], [["1"], ["2"]]),
    good("duplicate names", parquet([("a", [1]), ("a", ["x"]), ("summary", ["kettle"])]), ["a", "a", "summary"], [["1", "x", "kettle"]]),
    good("an empty name", parquet([("", [1]), ("summary", ["kettle"])]), ["", "summary"], [["1", "kettle"]]),
    good("our own names", parquet({"summary": ["kettle"], "price_note": [7]}), ["summary", "price_note"], [["kettle", "7"]]),
    good("0 rows", parquet({"summary": pa.array([], pa.string()), "x": pa.array([], pa.int64())}), ["summary", "x"], []),
    good("row groups of 3", parquet({"summary": [f"kettle {at}" for at in range(10)]}, row_group_size=3), ["summary"], [[f"kettle {at}"] for at in range(10)]),
    good("more rows than a chunk, in odd row groups", parquet({"summary": [f"kettle {at}" for at in range(5000)]}, row_group_size=777), ["summary"],
         [[f"kettle {at}"] for at in range(5000)]),
    good("control characters", parquet({"summary": ["ket\x01\0tle"]}), ["summary"], [["ket\x01\0tle"]]),
    bad("0 columns", parquet([]), "no column named summary"),
    bad("0 bytes", b"", "0 bytes"),
    bad("cut in the middle", WHOLE[: len(WHOLE) // 2], "damaged Parquet"),
    bad("without its end", WHOLE[:-4], "damaged Parquet"),
    bad("without its data", WHOLE[:4] + WHOLE[-4:], "damaged Parquet"),
    bad("a page of garbage", WHOLE[:4] + b"\xff" * 200 + WHOLE[204:], "damaged Parquet"),
    bad("encrypted by its last bytes", b"PAR1" + bytes(64) + b"PARE", "damaged Parquet"),
    bad("a bomb of zeros", bomb, "unpacks to more than 1,000 times"),
]  # fmt: skip
