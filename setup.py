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
    "codes/digits",
    "codes/lookup",
    "codes/lint",
    "codes/identifiers",
    "codes/gs1",
    "codes/link",
    "codes/labels",
    "codes/tables",
    "codes/carrier",
    "codes/codes",
    "search/alone",
    "search/board",
    "search/dual",
    "search/walk",
    "search/search",
    "tail/tail_plan",
    "tail/tail_work",
    "tail/tail_due",
    "tail/tail_record",
    "tail/tail",
    "tail/tail_alone",
    "pricing/figures",
    "pricing/plan",
    "pricing/sheet",
    "pricing/parts",
    "pricing/opening",
    "pricing/gifts",
    "pricing/tiers",
    "pricing/uses",
    "pricing/posing",
    "pricing/lone",
    "pricing/deals",
    "pricing/passes",
    "pricing/plain",
    "pricing/priced",
    "pricing/intake",
    "pricing/batch",
    "pricing/pricing",
    "ledger/accounts",
    "ledger/costing",
    "ledger/posting",
    "ledger/ledger",
)

# make coverage sets this to measure the .pyx lines too.
TRACE = os.environ.get("STORELINE_LINETRACE") == "1"

extensions = [
    Extension(
        f"cext.engine.{name.replace('/', '.')}",
        [f"cext/engine/{name}.pyx"],
        define_macros=[("CYTHON_TRACE_NOGIL", "1")] if TRACE else [],
        extra_compile_args=["-O3"],
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
        "cext.engine": ["**/*.pyi", "**/*.pxd", "codes/data/*"],
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
    # Forty rooms take minutes one after the other.
    options={"build_ext": {"parallel": os.cpu_count()}},
    ext_modules=cythonize(
        extensions,
        nthreads=os.cpu_count() or 1,
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
