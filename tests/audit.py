"""Asks the advisory database for weaknesses of what is installed; says so where it cannot be reached, and lets pass."""

from __future__ import annotations

import json
import subprocess
import sys

COMMAND = [
    sys.executable,
    "-m",
    "pip_audit",
    "--local",
    "--format",
    "json",
    "--progress-spinner",
    "off",
    "--timeout",
    "20",
]
SECONDS = 300


def told(output: str, problem: str) -> tuple[str, int]:
    """What to say of pip-audit's output, and the exit code; its own is 1 for a weakness and for no network alike."""
    try:
        packages = json.loads(output)["dependencies"]
    except (ValueError, KeyError):
        packages = []
    audited = [each for each in packages if "vulns" in each]
    if not audited:
        skipped = [each["skip_reason"] for each in packages if "skip_reason" in each]
        reason = (skipped or problem.strip().splitlines() or ["no answer"])[-1]
        return f"Nothing was audited, as the advisory database cannot be reached: {reason[:200]}", 0
    weak = [
        f"{each['name']} {each['version']}: {found['id']}, mended in {' or '.join(found['fix_versions']) or 'none'}"
        for each in audited
        for found in each["vulns"]
    ]
    missed = f" {len(packages) - len(audited)} are not in the database." * (len(audited) < len(packages))
    return "\n".join([*weak, f"{len(audited)} packages audited, {len(weak)} known weaknesses.{missed}"]), int(
        bool(weak)
    )


def main() -> int:
    """Run the audit."""
    try:
        done = subprocess.run(COMMAND, capture_output=True, text=True, timeout=SECONDS, check=False)
        output, problem = done.stdout, done.stderr
    except subprocess.TimeoutExpired:
        output, problem = "", f"no answer in {SECONDS} s"
    words, code = told(output, problem)
    sys.stdout.write(f"{words}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
