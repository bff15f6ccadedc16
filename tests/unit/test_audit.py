"""What is said of an audit: a weakness fails the check, a database out of reach does not, and neither is silent."""

from __future__ import annotations

import json

from tests.audit import told


def test_a_weakness_fails_and_says_where_it_is_mended():
    weak = {"name": "left", "version": "1.0", "vulns": [{"id": "GHSA-1", "fix_versions": ["1.1"]}]}
    words, code = told(json.dumps({"dependencies": [weak, {"name": "right", "version": "2", "vulns": []}]}), "")
    assert code == 1
    assert "left 1.0: GHSA-1, mended in 1.1" in words
    assert "2 packages audited, 1 known" in words


def test_none_passes():
    words, code = told(json.dumps({"dependencies": [{"name": "right", "version": "2", "vulns": []}]}), "")
    assert (words, code) == ("1 packages audited, 0 known weaknesses.", 0)


def test_packages_that_were_all_skipped_are_none_that_were_audited():
    words, code = told(json.dumps({"dependencies": [{"name": "right", "skip_reason": "not found"}]}), "")
    assert (words, code) == ("Nothing was audited, as the advisory database cannot be reached: not found", 0)


def test_no_database_is_told_and_passes():
    words, code = told("", "ERROR: something\nno route to host")
    assert code == 0
    assert words == "Nothing was audited, as the advisory database cannot be reached: no route to host"
