"""The environment, and the README's list of it."""

from pathlib import Path

import pytest

from pricer.errors import SettingError
from pricer.settings import Settings, variables

README = Path(__file__).parents[2] / "README.md"


def test_an_empty_environment_gives_the_defaults():
    assert Settings.from_environment({}) == Settings()
    assert Settings.from_environment({name: " " for name, _, _ in variables()}) == Settings()


def test_every_variable_is_read():
    settings = Settings.from_environment(
        {"PRICER_MODEL": "owner/name@v1", "PRICER_PORT": "8000", "PRICER_SHARE": "True", "LITE_MODE": "1"}
    )
    assert (settings.model, settings.port, settings.share, settings.lite_mode) == ("owner/name@v1", 8000, True, True)


@pytest.mark.parametrize(
    ("name", "value"),
    [("PRICER_PORT", "eighty"), ("PRICER_PORT", "0"), ("PRICER_SHARE", "perhaps"), ("PRICER_MAX_UPLOAD_MB", "-1")],
)
def test_an_unusable_value_is_an_error_that_names_the_variable(name, value):
    with pytest.raises(SettingError, match=name):
        Settings.from_environment({name: value})


@pytest.mark.parametrize(("name", "default", "meaning"), variables())
def test_the_readme_lists_every_variable(name, default, meaning):
    row = f"| `{name}` | {f'`{default}`' if default else '–'} | {meaning} |"
    assert row in README.read_text(encoding="utf-8")
