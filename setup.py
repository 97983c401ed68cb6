"""The computed lists of the build; everything that can be written down stands in pyproject.toml."""

import os
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, find_packages, setup

SOURCE_ROOTS = ("drivers", "plugins")
DATA = (
    "py.typed",
    "*.pyi",
    "**/*.toml",
    "**/*.json",
    "**/*.html",
    "**/*.css",
    "**/*.strings",
    "**/*.js",
    "**/*.svg",
    "**/*.po",
    "**/*.mo",
    "**/*.ttf",
    "**/*.txt",
    "**/*.md",
    "**/*.png",
    "**/*.mako",
    "**/transcripts/*",
    "**/migrations/**/*.py",
)

# AddressSanitizer and UBSan, each ending the process at the first finding: for `scripts/under-sanitizers` alone. What
# UBSan would check of pointers AddressSanitizer sees at the access; without it compiling takes a quarter of the time.
SANITIZE = os.environ.get("PRINTSERVER_SANITIZE") == "1"
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize=null,object-size,pointer-overflow"]
PLAIN = ["-O3"]
SANITIZED = ["-O1", "-g1", "-fno-omit-frame-pointer", *SANITIZERS, "-fno-sanitize-recover=all"]


def import_packages() -> tuple[list[str], dict[str, str]]:
    """Name every package and the folder it lies in: a folder's name is its import name, also below a source root."""
    packages, folders = find_packages(".", include=["printserver", "printserver.*"]), {}
    for root in SOURCE_ROOTS:
        for name in find_packages(root):
            packages.append(name)
            folders[name] = f"{root}/{name.replace('.', '/')}"
    return packages, folders


def extensions() -> list[Extension]:
    """Name the compiled modules; their generated C goes below build/, never into the tree."""
    included = sorted(str(path) for pattern in ("*.pxi", "*.pxd", "*.h") for path in Path("cext").glob(pattern))
    included.append("setup.py")  # compiler options stand in it
    kernels = Extension(
        "printserver.raster._kernels", ["cext/kernels.pyx"], depends=included, include_dirs=["cext"],
        extra_compile_args=SANITIZED if SANITIZE else PLAIN,
        extra_link_args=SANITIZERS if SANITIZE else [],
    )
    folder = "build/sanitized/cython" if SANITIZE else "build/cython"
    cythonized: list[Extension] = cythonize([kernels], build_dir=folder, language_level=3)
    return cythonized


packages, package_dir = import_packages()
setup(packages=packages, package_dir=package_dir, package_data={"": list(DATA)}, ext_modules=extensions())
