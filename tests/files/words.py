"""Cells that look like something else than text: nothing, numbers, dates, formulas.  They come back as they are."""

from tests.files.case import good

NOTHINGS = ("NA", "N/A", "#N/A", "null", "NULL", "None", "nan", "NaN", "-", "?", "inf", "\\N", "nil", "undefined")
NUMBERS = (
    "007", "0000", "12345678901234567890", "0.10", "1.", ".5", "1,234", "1.234,56", "1 234,56", "1'234.50", "1e5", "1E-300", "-0", "+3",
    "0x1F", "½", "٣", "1_000", "4006381333931", "99999999999999999999.99", "1/2", "50%", "$19.99", "19,90 €", "£1,000",
)  # fmt: skip
DATES = ("2026-01-02", "01/02/2026", "2.1.26", "1-2", "JAN-1", "2026-01-02T03:04:05Z", "12:30", "MARCH1", "DEC 2")
OTHERS = (
    "TRUE",
    "false",
    "=1+1",
    "@home",
    "+49 30 1234",
    "'007",
    '="007"',
    " 7 ",
    "\t7",
    "{}",
    "[]",
    '{"a": 1}',
    "<b>1</b>",
    "%00",
    "../x",
)


def kept(group, words):
    """A file in which a word is a code, the text, and a remark; and one of all of them."""
    for word in words:
        quoted = '"' + word.replace('"', '""') + '"'
        yield good(f"{group} {word!r}", f"code,summary,remark\n{quoted},{quoted},\n1,kettle,{quoted}\n", ["code", "summary", "remark"],
                   [[word, word, ""], ["1", "kettle", word]])  # fmt: skip


CASES = [*kept("nothing", NOTHINGS), *kept("number", NUMBERS), *kept("date", DATES), *kept("other", OTHERS)]
