#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Builds the extension module of the package `provision`.

    python3 build.py [FOLDER]    FOLDER: copy the package there first; without it, build it here

The declarations are those of the installed headers, as pkg-config names them, so the package fits
every release of the library. Needs a C compiler, pkg-config, Python's headers and cffi.
"""

import contextlib
import io
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile

import cffi

HERE = pathlib.Path(__file__).resolve().parent
NAME = "provision._provision"

# Functions of Python that the library calls, with the signatures of its callbacks.
CALLBACKS = """
extern "Python" {
    int64_t provision_mono_ms(void *);
    bool provision_wall_s(void *, int64_t *, int32_t *);
    bool provision_is_idle(void *);
    void provision_event(void *, const struct prov_event *);
    prov_status provision_get(void *, prov_str, char *, size_t, size_t *);
    prov_status provision_find(void *, prov_str, uint32_t, prov_str *);
    prov_status provision_write(void *, const void *, size_t, struct prov_error *);
    prov_status provision_finish(void *, struct prov_error *);
    prov_status provision_param(void *, const struct prov_param *, struct prov_error *);
    void provision_warning(void *, uint32_t, prov_str, uint32_t);
    void provision_lint(void *, const struct prov_lint *);
    prov_status provision_start(void *, prov_transfer *, const struct prov_request *,
                                struct prov_error *);
    void provision_cancel(void *, prov_transfer *);
    int64_t provision_timeout_ms(void *);
    prov_status provision_process(void *, struct prov_error *);
    prov_status provision_upgrade_inspect(void *, const struct prov_upgrade_target *,
                                          struct prov_upgrade_answer *, struct prov_error *);
    prov_status provision_upgrade_begin(void *, const struct prov_upgrade_target *, uint64_t,
                                        struct prov_error *);
    prov_status provision_upgrade_write(void *, const void *, size_t, struct prov_error *);
    prov_status provision_upgrade_finish(void *, const struct prov_upgrade_target *, char *, size_t,
                                         struct prov_error *);
    prov_status provision_upgrade_activate(void *, const struct prov_upgrade_target *,
                                           struct prov_error *);
    void provision_upgrade_abort(void *, const struct prov_upgrade_target *);
    prov_status provision_report_status(void *, size_t, struct prov_report_field *,
                                        struct prov_error *);
    prov_status provision_custom_ca_check(void *, prov_str, char *, size_t, struct prov_error *);
    prov_status provision_custom_ca_install(void *, prov_str, struct prov_error *);
    prov_status provision_migration_check(void *, prov_str, uint32_t *, struct prov_error *);
    void provision_migration_begin_wxc(void *);
    prov_status provision_renewal_present(void *, struct prov_renewal_present *,
                                          struct prov_error *);
    prov_status provision_renewal_install(void *, prov_str, struct prov_error *);
}
"""


def compiler() -> list[str]:
    return shlex.split(os.environ.get("CC", "cc"))


def pkg_config(option: str) -> list[str]:
    command = ["pkg-config", option, "libprovision"]
    return shlex.split(
        subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    )


def declarations() -> str:
    """The headers as cffi reads them: preprocessed, without those of the C library, whose types
    cffi has already, and without functions that have a body."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ["stdbool.h", "stddef.h", "stdint.h"]:
            (pathlib.Path(folder) / name).touch()
        text = subprocess.run(
            [*compiler(), "-E", "-P", "-nostdinc", "-DPROV_API=", f"-I{folder}"]
            + [*pkg_config("--cflags"), "-x", "c", "-"],
            input="#include <provision/provision.h>\n",
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout
    return re.sub(r"static inline [^{;]*\{.*?\n\}", "", text, flags=re.S)


def library() -> list[str]:
    """The library, and where the dynamic linker finds it, also outside of its own folders."""
    (folder,) = pkg_config("--variable=libdir")
    return [*pkg_config("--libs"), f"-Wl,-rpath,{folder}"]


def build(package: pathlib.Path) -> None:
    ffi = cffi.FFI()
    ffi.cdef(declarations() + CALLBACKS)
    ffi.set_source(NAME, "#include <provision/provision.h>")
    module = package / ("_provision" + sysconfig.get_config_var("EXT_SUFFIX"))
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "_provision.c")
        with contextlib.redirect_stdout(io.StringIO()):  # it prints the name of that file
            ffi.emit_c_code(source)
        include = f"-I{sysconfig.get_path('include')}"
        flags = ["-shared", "-fPIC", include, *pkg_config("--cflags")]
        subprocess.run([*compiler(), *flags, source, "-o", str(module), *library()], check=True)


def main() -> None:
    package = HERE / "provision"
    if sys.argv[1:]:
        target = pathlib.Path(sys.argv[1]) / "provision"
        ignored = shutil.ignore_patterns("__pycache__", "_provision.*.so")
        shutil.copytree(package, target, ignore=ignored, dirs_exist_ok=True)
        package = target
    build(package)
    print(f"built; Python finds the package in {package.resolve().parent}")


if __name__ == "__main__":
    main()
