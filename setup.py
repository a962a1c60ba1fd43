"""Build the native core; everything else stands in pyproject.toml.

All of native/*.c makes one extension module. Its headers and this file are named in `depends`, so touching any of them
compiles again. A warning never breaks a user's install; `make check` sets TICKRING_WERROR=1 and then it does.
"""

import os
from pathlib import Path

from setuptools import Extension, setup

NATIVE = Path("src", "tickring", "native")

flags = ["-std=c11", "-O2", "-Wall", "-Wextra", "-Werror=implicit-function-declaration", "-fvisibility=hidden"]
if os.environ.get("TICKRING_WERROR") == "1":
    flags.append("-Werror")

setup(
    ext_modules=[
        Extension(
            "tickring._core",
            sources=[str(path) for path in sorted(NATIVE.glob("*.c"))],
            depends=["setup.py", *(str(path) for path in sorted(NATIVE.glob("*.h")))],
            define_macros=[("_GNU_SOURCE", None)],
            extra_compile_args=flags,
        )
    ]
)
