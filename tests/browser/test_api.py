"""The page's API: its endpoints, numbers and files, and messages that say what is wrong."""

from __future__ import annotations

import csv

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from pricer.batch import ADDED_COLUMNS
from tests.browser.conftest import ROOT


@pytest.fixture(scope="module")
def client(url, tmp_path_factory):
    connected = Client(url, verbose=False, download_files=str(tmp_path_factory.mktemp("downloads")))
    yield connected
    connected.close()


ENDPOINTS = {"/price", "/explain", "/compare", "/batch", "/evaluate"}


def test_there_are_just_these_endpoints(client):
    assert set(client.view_api(return_format="dict")["named_endpoints"]) == ENDPOINTS
    assert not client.view_api(return_format="dict")["unnamed_endpoints"]


def test_the_price_endpoint_names_and_types_its_text(client):
    described = client.view_api(return_format="dict")["named_endpoints"]["/price"]
    text, answer = described["parameters"][0], described["returns"][0]
    assert (text["parameter_name"], text["label"], text["python_type"]["type"]) == ("text", "text", "str")
    assert answer["label"] == "price"
    assert answer["python_type"]["type"].startswith("dict")


def test_price_gives_just_the_numbers_that_the_runner_gives(client, context):
    text = "Steel kettle, 1.7 litres"
    answer = client.predict(text=text, api_name="/price")
    assert set(answer) == {"price", "low", "high", "coverage", "familiarity", "warnings"}
    assert answer["price"] == float(context.runner.price([text]).price[0])
    assert answer["low"] < answer["price"] < answer["high"]
    assert answer["coverage"] == 0.8


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no text"),
        (" \n\t", "no text"),
        (None, "no text"),
        (5, "expected text, found int"),
        (["kettle"], "expected text, found list"),
        ("kettle " * 4000, "at most 20,000 are priced"),
    ],
)
def test_price_says_what_is_wrong_with_a_text(client, text, said):
    with pytest.raises(AppError, match=said):
        client.predict(text=text, api_name="/price")


def test_explain_gives_what_the_command_line_gives(client, context):
    text = "Steel kettle, 1.7 litres"
    answer = client.predict(text=text, api_name="/explain")
    assert set(answer) == {"price", "base_price", "words", "remainder_usd"}
    effects = sum(word["effect_usd"] for word in answer["words"])
    assert answer["base_price"] + effects + answer["remainder_usd"] == pytest.approx(answer["price"])
    assert answer["price"] == float(context.runner.price([text]).price[0])
    assert [word["word"] for word in answer["words"]] == ["Steel", "kettle", "1.7", "litres"]


def test_compare_tells_the_change_and_its_words(client):
    answer = client.predict(before="Steel kettle", after="Gold kettle", api_name="/compare")
    assert answer["change_usd"] == pytest.approx(answer["after"] - answer["before"])
    assert [(word["word"], word["added"]) for word in answer["words"]] == [("Steel", False), ("Gold", True)]


def test_explain_and_compare_say_what_is_wrong_with_a_text(client):
    with pytest.raises(AppError, match="no text"):
        client.predict(text=" ", api_name="/explain")
    with pytest.raises(AppError, match="Text 2 of 2 cannot be priced: expected text, found int"):
        client.predict(before="kettle", after=5, api_name="/compare")


def test_batch_gives_the_file_back_with_four_more_columns(client, tmp_path):
    path = tmp_path / "in.csv"
    path.write_text('sku,words\n1,"kettle, steel"\n2,\n')
    answer = client.predict(file=handle_file(path), text_columns=["words"], api_name="/batch")
    with open(answer, encoding="utf-8", newline="") as file:  # noqa: PTH123
        header, *rows = csv.reader(file)
    assert header == ["sku", "words", *ADDED_COLUMNS]
    assert [row[:2] for row in rows] == [["1", "kettle, steel"], ["2", ""]]
    assert float(rows[0][2]) > 0
    assert rows[1][5] == "not priced: no text"


def test_batch_finds_a_usual_column_by_itself(client, tmp_path):
    (tmp_path / "in.jsonl").write_text('{"summary": "kettle"}\n')
    assert client.predict(file=handle_file(tmp_path / "in.jsonl"), api_name="/batch").endswith("in-priced.jsonl")


@pytest.mark.parametrize(
    ("content", "columns", "said"),
    [
        ("summary,price\nkettle,1,2\n", [], "row 1: found 3 cells"),
        ("sku,words\n1,kettle\n", [], "has no column named summary"),
        ("sku,words\n1,kettle\n", ["wrods"], "has no column 'wrods'"),
        ("summary\nkettle\n", "summary", "expected a list of column names"),
    ],
)
def test_batch_says_what_is_wrong_with_a_file(client, tmp_path, content, columns, said):
    (tmp_path / "in.csv").write_text(content)
    with pytest.raises(AppError, match=said):
        client.predict(file=handle_file(tmp_path / "in.csv"), text_columns=columns, api_name="/batch")


def test_evaluate_runs_the_built_in_split(client):
    answer = client.predict(most=50, api_name="/evaluate")
    assert answer["n"] == 50
    assert answer["mae_ci95"][0] <= answer["mae"] <= answer["mae_ci95"][1]


def test_evaluate_takes_a_file(client, tmp_path):
    (tmp_path / "priced.csv").write_text("summary,price\nkettle,20\nlamp,30\n")
    assert client.predict(file=handle_file(tmp_path / "priced.csv"), api_name="/evaluate")["n"] == 2


def test_evaluate_leaves_out_items_of_the_training_when_asked(client, context, tmp_path):
    with (ROOT / "catalogue" / "everyday.csv").open(encoding="utf-8", newline="") as file:
        rows = [[row["summary"], row["price"]] for _, row in zip(range(20), csv.DictReader(file), strict=False)]
    with (tmp_path / "known.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["summary", "price"], *rows, ["An owl-shaped brass bookend, never seen", 30]])
    given = handle_file(tmp_path / "known.csv")
    seen = client.predict(file=given, api_name="/evaluate")["seen_in_training"]
    unseen = client.predict(file=given, exclude_seen=True, api_name="/evaluate")
    assert seen
    assert (unseen["n"], unseen["seen_in_training"]) == (21 - seen, 0)


def test_evaluate_says_what_is_wrong(client, tmp_path):
    (tmp_path / "plain.csv").write_text("summary\nkettle\n")
    with pytest.raises(AppError, match="has no column 'price'"):
        client.predict(file=handle_file(tmp_path / "plain.csv"), api_name="/evaluate")


def test_runs_leave_nothing_behind(client, context):
    assert not list(context.folders.runs.iterdir())


def test_an_upload_beyond_the_limit_is_refused(client, tmp_path, context):
    path = tmp_path / "large.csv"
    path.write_bytes(b"summary\n" + b"x" * (context.settings.max_upload_mb * 1024 * 1024 + 1))
    with pytest.raises(Exception, match="413|too large|exceeds"):
        client.predict(file=handle_file(path), api_name="/batch")
