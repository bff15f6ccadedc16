"""What visitors, files and the Hub write is shown to the letter, and nothing of it runs."""

from __future__ import annotations

import csv
import json
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import show_tab, upload

MARK = "window.attacked = true"
# Each runs where it is taken for markup, a template, an address, a formula or a script.
ATTACKS = (
    f"<img src=x onerror='{MARK}'>",
    f'"><script>{MARK}</script>',
    f"</script><script>{MARK}</script>",
    f"<svg onload={MARK!r}><a href='javascript:{MARK}'>here</a>",
    f"[here](javascript:{MARK}) ![x](x 'onerror={MARK}')",
    f"${{{MARK}}} {{{{{MARK}}}}} {{%{MARK}%}} `${{{MARK}}}`",
    "$$\\href{javascript:" + MARK + "}{here}$$ \\(x\\)",
    f"<iframe srcdoc='<script>parent.{MARK}</script>'></iframe>",
)
CELL = " ".join(ATTACKS)


@pytest.fixture
def visit(browser, url):
    """Opens an address of the page; at the end, nothing of an attack may have run or been asked for."""
    visitor = browser.new_context(accept_downloads=True)
    page = visitor.new_page()
    dialogs, errors = [], []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)

    def go(fragment=""):
        page.goto(f"{url}/{fragment}")
        page.get_by_role("textbox", name="Describe the product").wait_for()
        return page

    yield go
    assert not page.evaluate("'attacked' in window"), "a script ran"
    assert not page.locator("img[src='x'], iframe, a[href^='javascript:'], svg[onload]").count(), (
        "markup was made of it"
    )
    assert not dialogs
    assert not errors
    visitor.close()


def test_a_text_is_shown_to_the_letter_with_its_words_and_history(visit):
    page = visit()
    text = "Steel kettle " + ATTACKS[3] + ATTACKS[5]
    page.get_by_role("textbox", name="Describe the product").fill(text)
    page.get_by_role("button", name="Price it").click()
    expect(page.get_by_test_id("words")).to_contain_text("kettle")
    expect(page.locator("#price-history")).to_contain_text("${window.attacked")
    page.locator("#price-history a").first.hover()


@pytest.mark.parametrize("attack", [ATTACKS[0], ATTACKS[2], ATTACKS[7]])
def test_an_address_with_an_attack_in_it_fills_the_box_and_no_more(visit, attack):
    page = visit(f"#text={quote('Steel kettle ' + attack)}&title={quote(attack)}")
    expect(page.get_by_test_id("words")).to_contain_text("kettle")
    page = visit(f"?text={quote(attack)}&__theme={quote(attack)}&view={quote(attack)}")
    expect(page.get_by_role("textbox", name="Describe the product")).to_have_value("")


def test_a_file_s_name_columns_and_cells_are_shown_to_the_letter(visit, tmp_path):
    path = tmp_path / f"{ATTACKS[0].replace('/', '')}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        columns = ["summary", *ATTACKS, "price"]
        csv.writer(file).writerows([columns, *[[f"Kettle {n} {CELL}", *ATTACKS, 20 + n] for n in range(30)]])
    page = visit()
    show_tab(page, "Batch")
    upload(page, "batch-file", path)
    expect(page.get_by_label("The text", exact=True)).to_contain_text("<img src=x")
    page.locator("#batch-columns input").click()
    expect(page.get_by_role("option").first).to_be_visible()
    page.get_by_role("button", name="Price all").click()
    expect(page.get_by_label("Summary of the batch")).to_be_visible()
    expect(page.locator("#batch-rows")).to_contain_text("</script><script>")


def test_an_evaluation_s_categories_hovers_and_report_are_to_the_letter(visit, browser, tmp_path):
    """Plotly makes markup of some tags, links among them; the report has its figures as JSON in a script."""
    path = tmp_path / "items.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = [[f"{CELL} kettle {n}", 10 + n, ATTACKS[n % len(ATTACKS)]] for n in range(24 * len(ATTACKS))]
        csv.writer(file).writerows([["summary", "price", "category"], *rows])
    page = visit()
    show_tab(page, "Evaluation")
    page.get_by_label("My file").check()
    upload(page, "evaluation-file", path)
    page.get_by_role("button", name="Run evaluation").click()
    expect(page.locator("#evaluation-categories .plotly").first).to_be_visible()
    assert not page.locator("#evaluation-categories a[href^='javascript:']").count()
    expect(page.locator("#evaluation-categories")).to_contain_text("<img src=x")
    page.locator("#evaluation-scatter .nsewdrag").first.hover()
    with page.expect_download() as started:
        page.get_by_role("button", name="Report (HTML)").or_(
            page.get_by_role("link", name="Report (HTML)")
        ).first.click()
    report = tmp_path / "report.html"
    started.value.save_as(report)
    offline = browser.new_page()
    offline.on("dialog", lambda dialog: pytest.fail(dialog.message))
    offline.goto(report.as_uri())
    expect(offline.locator(".plotly").first).to_be_visible()
    assert not offline.evaluate("'attacked' in window")
    assert not offline.locator("img[src='x'], iframe, a[href^='javascript:']").count()
    expect(offline.locator("body")).to_contain_text("<img src=x")
    offline.close()


def test_what_would_be_written_into_the_page_does_not_run(browser, url):
    """The second line of defence: the policy stops markup that has got through, and the browser complains of it."""
    page = browser.new_page()
    page.goto(url)
    blocked = page.evaluate(
        """async (attacks) => {
          const stopped = [];
          document.addEventListener("securitypolicyviolation", (found) => stopped.push(found.violatedDirective));
          const place = document.body.appendChild(document.createElement("div"));
          for (const attack of attacks) place.innerHTML += attack;
          const script = place.appendChild(document.createElement("script"));
          script.textContent = "window.attacked = true";
          place.querySelector("a")?.dispatchEvent(new MouseEvent("click", { bubbles: true }));
          const answer = await fetch("https://evil.example/").then(() => "sent", () => "stopped");
          await new Promise((done) => setTimeout(done));
          place.remove();
          return [answer, stopped.length];
        }""",
        list(ATTACKS[:4]),
    )
    attacked = page.evaluate("'attacked' in window")
    page.close()
    assert blocked[0] == "stopped"
    assert blocked[1] >= 2
    assert not attacked


def test_messages_of_the_api_are_data(caller):
    found = caller.ask("evaluate", [None, ATTACKS[0], 0, False])
    assert json.loads(found.rpartition("data: ")[2])["error"]
    assert caller.get(f"call/{quote(ATTACKS[0])}/x").headers["content-type"].startswith("application/json")


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_the_hub_or_a_name_says_is_escaped_in_cards(attack):
    from pricer.errors import UserError
    from pricer.hub.datasets import full_name
    from pricer.hub.downloads import parse_repo
    from pricer.ui import cards

    with pytest.raises(UserError) as caught:
        parse_repo(full_name(attack, lite_mode=False))
    shown = cards.message("error", str(caught.value), attack) + cards.heading(attack, attack)
    shown += cards.table(attack, [attack], [[attack]]) + cards.progress(attack, 0.5, attack, attack)
    assert "<img" not in shown
    assert "<script" not in shown
    assert "<a " not in shown
    assert "${" not in shown
    assert "{{" not in shown
