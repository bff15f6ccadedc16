"""JSON lines that hold, that break off, and that mean two things."""

import json

from tests.files.case import bad as refused
from tests.files.case import good as read


def good(name, content, columns, rows, *, file="table.jsonl", **more):
    return read(name, content, columns, rows, file=file, **more)


def bad(name, content, reason, *, file="table.jsonl"):
    return refused(name, content, reason, file=file)


ONE = '{"summary": "kettle", "sku": "1"}\n'
COLUMNS, ROWS = ["summary", "sku"], [["kettle", "1"]]
DEEP = "[" * 90 + "]" * 90

CASES = [
    good("lines", ONE + '{"summary": "lamp", "sku": "2"}\n', COLUMNS, [*ROWS, ["lamp", "2"]]),
    good("CRLF", ONE.replace("\n", "\r\n") * 2, COLUMNS, ROWS * 2),
    good("no end after the last line", ONE.strip(), COLUMNS, ROWS),
    good("with its mark", ONE.encode("utf-8-sig"), COLUMNS, ROWS),
    good("UTF-16", ONE.encode("utf-16"), COLUMNS, ROWS, notice="UTF-16"),
    good("blank lines are no rows", "\n" + ONE + "\n  \n" + ONE + "\n\n", COLUMNS, ROWS * 2),
    good("other names in each line", '{"summary": "kettle"}\n{"sku": "2", "summary": "lamp"}\n{"note": "x"}\n', ["summary", "sku", "note"],
         [["kettle", "", ""], ["lamp", "2", ""], ["", "", "x"]], unpriced=[3]),
    good("an object without members", ONE + "{}\n", COLUMNS, [*ROWS, ["", ""]], unpriced=[2]),
    good("null, truth and numbers as written", '{"summary": "kettle", "a": null, "b": true, "c": 1.10, "d": 1E400, "e": 12345678901234567890123}\n',
         ["summary", "a", "b", "c", "d", "e"], [["kettle", "", "true", "1.10", "1E400", "12345678901234567890123"]]),
    good("a number of 5,000 digits", '{"summary": "kettle", "n": ' + "9" * 5000 + "}\n", ["summary", "n"], [["kettle", "9" * 5000]]),
    good("words for nothing as text", '{"summary": "null", "a": "NaN", "b": ""}\n', ["summary", "a", "b"], [["null", "NaN", ""]]),
    good("NaN and Infinity", '{"summary": "kettle", "a": NaN, "b": -Infinity}\n', ["summary", "a", "b"], [["kettle", "NaN", "-Infinity"]]),
    good("values within values", '{"summary": "kettle", "a": [1, 2.50, {"x": null}], "b": {"c": {"d": "é"}}}\n', ["summary", "a", "b"],
         [["kettle", '[1, 2.50, {"x": null}]', '{"c": {"d": "é"}}']]),
    good("a text that is a list", '{"summary": ["kettle", "steel"]}\n', ["summary"], [['["kettle", "steel"]']]),
    good("nested, but not too deep", f'{{"summary": "kettle", "a": {DEEP}}}\n', ["summary", "a"], [["kettle", DEEP]]),
    good("escapes", '{"summary": "ket\\u0074le \\ud83e\\uded6 \\n\\t\\"\\\\\\/"}\n', ["summary"], [['kettle 🫖 \n\t"\\/']]),
    good("an escaped NUL", '{"summary": "ket\\u0000tle"}\n', ["summary"], [["ket\0tle"]]),
    good("U+2028 within a text", '{"summary": "ket\u2028tle"}\n', ["summary"], [["ket\u2028tle"]]),
    good("a name of no letters", '{"": "1", "summary": "kettle"}\n', ["", "summary"], [["1", "kettle"]]),
    good("our own names", '{"summary": "kettle", "price_note": "x"}\n', ["summary", "price_note"], [["kettle", "x"]]),
    good("a text of 1 MB", json.dumps({"summary": "a" * 1_000_000}) + "\n", ["summary"], [["a" * 1_000_000]], unpriced=[1]),
    bad("a line that breaks off", ONE + '{"summary": "lam\n' + ONE, r"row 2: no JSON \(.* at character"),
    bad("a line that is cut at the end", ONE + '{"summary": "lamp"', "row 2: no JSON"),
    bad("a comma too many", ONE * 2 + '{"summary": "lamp",}\n', "row 3: no JSON"),
    bad("single quotes", ONE + "{'summary': 'lamp'}\n", "row 2: no JSON"),
    bad("two objects on a line", ONE.strip() + ONE, "row 1: no JSON"),
    bad("a list", ONE + '["lamp"]\n', "row 2: expected an object"),
    bad("a number", ONE + "7\n", "row 2: expected an object"),
    bad("null", "null\n", "row 1: expected an object"),
    bad("one JSON document", '[\n {"summary": "kettle"}\n]\n', "row 1: no JSON"),
    bad("a list of objects", '[{"summary": "kettle"}]\n', "row 1: expected an object"),
    bad("a name twice", ONE + '{"summary": "a", "summary": "b"}\n', "row 2: no JSON .*two members of one name"),
    bad("a name twice within", '{"summary": "a", "x": {"y": 1, "y": 2}}\n', "row 1: .*two members of one name"),
    bad("half a character", ONE + '{"summary": "\\ud83d"}\n', "row 2: half of a surrogate pair"),
    bad("half a character in a name", ONE + '{"\\udc00": "1"}\n', "row 2: half of a surrogate pair"),
    bad("half a character within", ONE + '{"summary": "a", "x": ["\\ud83d"]}\n', "row 2: half of a surrogate pair"),
    bad("nested 101 levels deep", '{"summary": ' + "[" * 101 + "]" * 101 + "}\n", "row 1: .*nested deeper than 100"),
    bad("nested 100,000 levels deep", ONE + '{"summary": ' + "[" * 100_000 + "]" * 100_000 + "}\n", "row 2: no JSON"),
    bad("opened 100,000 times", '{"a":' * 100_000 + "\n", "row 1: no JSON"),
    bad("a CSV", "sku,summary\n1,kettle\n", "row 1: no JSON"),
    bad("only blank lines", "\n\n", "no rows with members"),
    bad("0 bytes", b"", "0 bytes"),
    bad("30,000 different names", "".join(f'{{"summary": "a", "n{at}": 1}}\n' for at in range(30_000)), "has 20,001 columns"),
]  # fmt: skip
