"""Cells, lines and tables that are small, large, and too large."""

from tests.files.case import bad, good

MEGABYTE = "word " * 200_000


def long_line(path):
    with path.open("wb") as file:
        file.write(b"summary,note\nkettle,x\n")
        for _ in range(66):
            file.write(b"a," * (1 << 19))


CASES = [
    good("a cell of 1 MB", f"summary,note\n{MEGABYTE},x\nlamp,y\n", ["summary", "note"], [[MEGABYTE, "x"], ["lamp", "y"]], unpriced=[1]),
    good("a cell of 1 MB beside the text", f'summary,note\nkettle,"{MEGABYTE}"\n', ["summary", "note"], [["kettle", MEGABYTE]]),
    good("a cell of 1 MB of quotes", 'summary,note\nkettle,"' + '""' * 500_000 + '"\n', ["summary", "note"], [["kettle", '"' * 500_000]]),
    good("a cell of 1 MB of line ends", 'summary,note\nkettle,"' + "\n" * 1_000_000 + '"\n', ["summary", "note"], [["kettle", "\n" * 1_000_000]]),
    good("the longest text that is priced", "summary\n" + "a" * 20_000 + "\n", ["summary"], [["a" * 20_000]]),
    good("a text one letter longer", "summary\n" + "a" * 20_001 + "\n", ["summary"], [["a" * 20_001]], unpriced=[1]),
    bad("a cell of 17 MB", 'summary,note\nlamp,x\nkettle,"' + "a" * 17_000_000 + '"\n', "row 2 .*longer than 16,777,216 characters"),
    bad("a line of 66 MB", long_line, "a line of more than 64 MB that begins at byte 22"),
    good("a long cell in the first line", f'"{MEGABYTE}",summary\n1,kettle\n', [MEGABYTE, "summary"], [["1", "kettle"]]),
    good("a long cell in the first row", f'sku,summary\n"{MEGABYTE}",kettle\n', ["sku", "summary"], [[MEGABYTE, "kettle"]]),
    good("a long line that is all", "a" * 200_000 + ",summary", ["a" * 200_000, "summary"], []),
    bad("a name of 17 MB", 'summary,"' + "a" * 17_000_000 + '"\nlamp,x\n', "the header: a cell is longer than 16,777,216 characters"),
    good("two chunks of rows", "sku,summary\n" + "".join(f"{at},kettle {at}\n" for at in range(5000)), ["sku", "summary"],
         [[str(at), f"kettle {at}"] for at in range(5000)]),
    good("one letter", "a", ["a"], [], notice="taken for its name, 'a'"),
]  # fmt: skip
