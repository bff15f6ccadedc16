"""What `pyproject.toml` cannot say: the built-in checkpoint in `weights/` is installed inside of the package."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["pricer", "pricer.*"]), "pricer.weights", "pricer.weights.fallback"],
    package_dir={"pricer.weights": "weights"},
)
