"""Builds the compiled engine. Everything else about the package is in pyproject.toml."""

import os
import shutil

from Cython.Build import cythonize
from setuptools import Extension, find_packages, setup
from setuptools.command.build_py import build_py

# The list equals the .pyx files in cext/engine; tests/tidy compares.
ENGINE = (
    "rounding",
    "packed",
    "digits",
    "lookup",
    "lint",
    "identifiers",
    "gs1",
    "link",
    "labels",
    "tables",
    "carrier",
    "codes",
    "alone",
    "board",
    "dual",
    "walk",
    "search",
    "tail_plan",
    "tail_work",
    "tail_due",
    "tail_record",
    "tail",
    "plan",
    "sheet",
    "parts",
    "opening",
    "tiers",
    "uses",
    "posing",
    "deals",
    "passes",
    "priced",
    "intake",
    "batch",
    "pricing",
    "accounts",
    "costing",
    "posting",
    "ledger",
)

# make coverage sets this to measure the .pyx lines too.
TRACE = os.environ.get("STORELINE_LINETRACE") == "1"

extensions = [
    Extension(
        f"cext.engine.{name}",
        [f"cext/engine/{name}.pyx"],
        define_macros=[("CYTHON_TRACE_NOGIL", "1")] if TRACE else [],
        extra_compile_args=["-O2"],
    )
    for name in ENGINE
]


class FreshFiles(build_py):
    """Copies into an empty folder: setuptools would ship what the tree has lost since last time."""

    def run(self) -> None:
        shutil.rmtree(self.build_lib, ignore_errors=True)
        super().run()


setup(
    cmdclass={"build_py": FreshFiles},
    packages=find_packages(include=["cext*", "edge*", "hub*"]),
    package_data={
        "cext.engine": ["*.pyi", "*.pxd", "data/*"],
        "edge": [
            "**/*.sql",
            "**/*.html",
            "**/*.js",
            "**/*.css",
            "**/*.svg",
            "**/*.json",
            "**/*.csv.gz",
            "**/*.md",
        ],
        "hub": ["**/*.html", "**/*.js", "**/*.css", "**/*.svg", "**/*.json", "**/*.md"],
    },
    ext_modules=cythonize(
        extensions,
        build_dir="build/cython",
        compiler_directives={
            "language_level": 3,
            "overflowcheck": True,
            "cdivision": False,
            "embedsignature": True,
            "linetrace": TRACE,
        },
    ),
)
