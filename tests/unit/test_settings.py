"""The environment, and the list of it for people."""

from pathlib import Path

import pytest

from pricer.errors import SettingError
from pricer.items import MAX_TEXT_CHARS
from pricer.settings import Settings, variables

PAGE = Path(__file__).parents[2] / "docs" / "deploy.md"


def test_an_empty_environment_gives_the_defaults():
    assert Settings.from_environment({}) == Settings()
    assert Settings.from_environment({name: " " for name, _, _ in variables()}) == Settings()


def test_every_variable_is_read():
    settings = Settings.from_environment(
        {"PRICER_MODEL": "owner/name@v1", "PRICER_PORT": "8000", "PRICER_SHARE": "True", "LITE_MODE": "1"}
    )
    assert (settings.model, settings.port, settings.share, settings.lite_mode) == ("owner/name@v1", 8000, True, True)


@pytest.mark.parametrize(
    "told",
    [{"PRICER_PUBLIC": "true"}, {"SPACE_ID": "owner/name"}, {"PRICER_SHARE": "true"}],
    ids=" ".join,
)
def test_a_public_page_has_stricter_defaults_each_of_which_can_be_overridden(told):
    public, local = Settings.from_environment(told), Settings()
    assert public.public
    assert not public.hub_datasets
    for name in ("max_upload_mb", "max_page_rows", "max_text_chars", "queue_size", "visitor_calls", "visitor_runs"):
        assert getattr(public, name) < getattr(local, name)
    for name in ("runs_at_once", "kept_minutes", "disk_mb"):
        assert getattr(public, name) < getattr(local, name)
    chosen = Settings.from_environment(told | {"PRICER_VISITOR_RUNS": "5", "PRICER_HUB_DATASETS": "true"})
    assert (chosen.visitor_runs, chosen.hub_datasets) == (5, True)


def test_a_share_link_asked_for_on_the_command_line_makes_the_page_public_unless_told_otherwise():
    assert Settings.from_environment({}, share=True).public
    assert not Settings.from_environment({"PRICER_PUBLIC": "false"}, share=True).public
    assert Settings.from_environment({"PRICER_PUBLIC": "false", "SPACE_ID": "owner/name"}).max_upload_mb == 500


def test_a_proxy_is_trusted_only_where_there_is_one():
    assert not Settings.from_environment({"PRICER_PUBLIC": "true"}).trusted_proxy
    assert Settings.from_environment({"SPACE_ID": "owner/name"}).trusted_proxy
    assert Settings.from_environment({}, share=True).trusted_proxy
    assert Settings.from_environment({"PRICER_TRUSTED_PROXY": "1"}).trusted_proxy


def test_no_longer_text_is_offered_than_is_priced():
    assert Settings().max_text_chars == MAX_TEXT_CHARS


@pytest.mark.parametrize(
    ("name", "value"),
    [("PRICER_PORT", "eighty"), ("PRICER_PORT", "0"), ("PRICER_SHARE", "perhaps"), ("PRICER_MAX_UPLOAD_MB", "-1")],
)
def test_an_unusable_value_is_an_error_that_names_the_variable(name, value):
    with pytest.raises(SettingError, match=name):
        Settings.from_environment({name: value})


@pytest.mark.parametrize(("name", "default", "meaning"), variables())
def test_the_page_on_deploying_lists_every_variable(name, default, meaning):
    row = f"| `{name}` | {f'`{default}`' if default else '–'} | {meaning} |"
    assert row in PAGE.read_text(encoding="utf-8")
