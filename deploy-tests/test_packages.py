"""The Debian packages and the tarball, on machines that have neither cpp-worker nor its libraries."""

from __future__ import annotations

import json
import re
import uuid

import pytest

from support.containers import QUICKSTART, requests_of, table_of
from support.engine import BASE_IMAGE, ROOT

VERSION = re.search(r'VERSION "(.*)"', (ROOT / "include/cppworker/version.hpp").read_text())[1]
TARBALL = f"cpp-worker-{VERSION}-linux-x86_64"
USERS = 20

# All files, without the states and caches of apt and dpkg themselves.
LIST_FILES = """
find / -xdev \\( -path /proc -o -path /sys -o -path /dev -o -path /tmp -o -path /var/cache -o -path /var/log \\
  -o -path /var/lib/apt -o -path /var/lib/dpkg \\) -prune -o -print | LC_ALL=C sort
"""


@pytest.fixture(scope="module")
def packages(engine, images):
    """A volume with the packages: docker fills a new volume from the image."""
    volume = f"cpp-worker-packages-{uuid.uuid4().hex[:8]}"
    engine.docker("run", "--rm", "-v", f"{volume}:/packages", images["packages"], "true")
    yield volume
    engine.docker("volume", "rm", volume)


class Machine:
    """A container of plain Debian with the packages' files in /packages."""

    def __init__(self, containers, packages, *options):
        self._container = containers.start(
            BASE_IMAGE,
            *("sleep", "infinity"),
            options=("--init", "-v", f"{packages}:/packages:ro", "-v", f"{QUICKSTART}:/mnt/locust:ro", *options),
        )

    def run(self, script, **options):
        """The output of a shell script; a failure of any command is a failure of the test."""
        # One stream, because docker mixes two of them in any order.
        return self._container.execute("bash", "-euo", "pipefail", "-c", f"exec 2>&1; {script}", **options)

    def files(self):
        return set(self.run(LIST_FILES).splitlines())


def joins_a_master_and_runs(containers, machine, command):
    """A headless master runs a test with this worker. Its table has what the server has counted."""
    target = containers.target()
    master = containers.master(
        *("--headless", "-u", str(USERS), "-r", str(USERS), "-t", "5s", "--expect-workers", "1")
    )
    machine.run(f"{command} --master-host master")
    assert master.wait() == 0, master.log()
    table = table_of(master)
    assert {"POST /login", "GET /", "GET /item?id=[id]"} <= table.keys()
    assert all(row.failures == 0 for row in table.values())
    # The end of the run may cut off a request of each user.
    counted, served = table["Aggregated"].requests, sum(requests_of(target).values())
    assert counted <= served <= counted + USERS


@pytest.mark.engine
def test_the_debian_packages_work_and_leave_nothing(containers, packages):
    machine = Machine(containers, packages)
    before = machine.files()
    machine.run(
        "apt-get update -qq && apt-get install -y -qq --no-install-recommends pkg-config "
        "/packages/cpp-worker_*.deb /packages/cpp-worker-dev_*.deb"
    )
    assert machine.run("cpp-worker --version") == f"cpp-worker {VERSION}\n"
    joins_a_master_and_runs(containers, machine, "cpp-worker -f /mnt/locust/locustfile.cpp")
    findings = machine.run("cpp-worker doctor")
    assert "\nok       headers: /usr/include\n" in findings and "\nerror" not in findings
    machine.run("cd /root && cpp-worker init shop && cpp-worker -f shop/locustfile.cpp --list && rm -r shop")
    machine.run(
        "g++ -std=c++20 -fPIC -shared /mnt/locust/locustfile.cpp -o /tmp/libshop.so "
        "$(pkg-config --cflags --libs cppworker)"
    )

    # Without the package for development: compiled locustfiles.
    machine.run("apt-get purge -y -qq cpp-worker-dev")
    assert machine.run("cpp-worker -f /tmp/libshop.so --list").split()[-2:] == ["ShopUser", "AdminUser"]
    refusal = machine.run("cpp-worker -f /mnt/locust/locustfile.cpp --list", check=False)
    assert f"Install the Debian package cpp-worker-dev, which also installs the compiler (apt install "\
           f"./cpp-worker-dev_{VERSION}_*.deb)" in refusal

    # The compiler is still installed, and the tarball uses it.
    machine.run("apt-get purge -y -qq cpp-worker pkg-config")
    machine.run(f"tar -xzf /packages/{TARBALL}.tar.gz -C /opt && mv /opt/{TARBALL} '/opt/another name'")
    worker = "'/opt/another name/bin/cpp-worker'"
    assert machine.run(f"{worker} -f /mnt/locust/locustfile.cpp --list").split()[-2:] == ["ShopUser", "AdminUser"]
    machine.run("rm -r '/opt/another name'")

    machine.run("apt-get autoremove -y -qq --purge")
    machine.run("rm -r ~/.cache/cpp-worker && rmdir ~/.cache")  # the user's own files
    assert machine.files() == before


@pytest.mark.engine
def test_the_tarball_runs_without_packages_and_leaves_nothing(containers, packages, tmp_path):
    containers.run(
        "cpp-worker-dev",
        *("-std=c++20", "-fPIC", "-shared", "/mnt/locust/locustfile.cpp", "-o", "/out/libshop.so"),
        options=("--entrypoint", "g++", "--user", "0", "-v", f"{QUICKSTART}:/mnt/locust:ro", "-v", f"{tmp_path}:/out"),
    )
    machine = Machine(containers, packages, "-v", f"{tmp_path}:/mnt/module:ro")
    before = machine.files()
    machine.run(f"tar -xzf /packages/{TARBALL}.tar.gz -C /opt")
    worker = f"/opt/{TARBALL}/bin/cpp-worker"
    assert machine.run(f"{worker} --version") == f"cpp-worker {VERSION}\n"
    joins_a_master_and_runs(containers, machine, f"{worker} -f /mnt/module/libshop.so")
    refusal = machine.run(f"{worker} -f /mnt/locust/locustfile.cpp --list", check=False)
    assert "Install g++ 12 or later" in refusal and "-f libshop.so" in refusal
    machine.run(f"rm -r /opt/{TARBALL} && rm -rf ~/.cache")
    assert machine.files() == before


@pytest.mark.engine
def test_the_tarball_has_a_license_for_every_library(containers, packages):
    options = ("-v", f"{packages}:/packages:ro")
    names = containers.run(BASE_IMAGE, "tar", "-tzf", f"/packages/{TARBALL}.tar.gz", options=options).splitlines()
    folder = f"{TARBALL}/share/doc/cpp-worker/licenses"
    readme = containers.run(
        BASE_IMAGE, "tar", "-xzOf", f"/packages/{TARBALL}.tar.gz", f"{folder}/README", options=options
    )
    listed = re.findall(r"^(\S+) \S+ \(source: ", readme, re.M)
    assert {"libcurl4", "libssl3", "libzmq5"} <= set(listed)
    assert {f"{folder}/{package}" for package in listed} <= set(names)
    # Most packages have one library, some more.
    libraries = {re.sub(r"\.so\..*", "", name) for name in names if f"{TARBALL}/lib/cpp-worker/lib" in name}
    assert len(libraries) >= len(listed) > 20
    assert not any(re.search(r"/lib(c|m|stdc\+\+|gcc_s)\.so", name) for name in names)


@pytest.mark.engine
def test_the_debian_packages_list_what_they_need_and_have(containers, packages):
    def about(*command):
        return containers.run(
            BASE_IMAGE, "bash", "-c", f"dpkg-deb {' '.join(command)}", options=("-v", f"{packages}:/packages:ro")
        )

    runtime, dev, dynamic = (f"/packages/cpp-worker{part}_*.deb" for part in ("", "-dev", "-grpc-dynamic"))
    needs = about("-f", runtime, "Depends")
    assert "libzmq5" in needs and "libcurl4" in needs and "g++" not in needs
    assert about("-f", dev, "Depends").strip() == f"cpp-worker (= {VERSION}), g++ (>= 4:12)"
    files = about("-c", runtime)
    for file in (
        "bin/cpp-worker",
        "share/man/man1/cpp-worker.1.gz",
        "share/bash-completion/completions/cpp-worker",
        "share/zsh/vendor-completions/_cpp-worker",
        "share/fish/vendor_completions.d/cpp-worker.fish",
        "share/doc/cpp-worker/copyright",
        "share/doc/cpp-worker/changelog.gz",
    ):
        assert f" ./usr/{file}\n" in files
    assert "/include/" not in files
    files = about("-c", dev)
    assert " ./usr/include/cppworker/locust.hpp\n" in files and " ./usr/lib/pkgconfig/cppworker.pc\n" in files
    assert " ./usr/share/cpp-worker/from_python/__main__.py\n" in files
    assert "protobuf" not in needs and "libprotobuf" in about("-f", dynamic, "Depends")
    assert " ./usr/include/cppworker/grpc_dynamic.hpp\n" in about("-c", dynamic)


# The names of each dependency: in the build, vcpkg and Conan.
DEPENDENCIES = {
    "Boost": ("boost-context", "boost"),
    "brotlidec": ("brotli", "brotli"),
    "CLI11": ("cli11", "cli11"),
    "cppzmq": ("cppzmq", "cppzmq"),
    "CURL": ("curl", "libcurl"),
    "fmt": ("fmt", "fmt"),
    "libidn2": ("libidn2", "libidn2"),
    "libnghttp2": ("nghttp2", "libnghttp2"),
    "msgpack": ("msgpack", "msgpack-cxx"),
    "OpenSSL": ("openssl", "openssl"),
    "pcre2": ("pcre2", "pcre2"),
    "spdlog": ("spdlog", "spdlog"),
    "tomlplusplus": ("tomlplusplus", "tomlplusplus"),
    "ZLIB": ("zlib", "zlib"),
}


def test_the_recipes_have_the_dependencies_and_the_version_of_the_build():
    build = (ROOT / "cmake/CppworkerDependencies.cmake").read_text()
    found = set(re.findall(r"(?:find_package|pkg_check_modules)\((\w+)", build)) - {"Threads", "PkgConfig"}
    assert found == DEPENDENCIES.keys()
    port = json.loads((ROOT / "packaging/vcpkg/cpp-worker/vcpkg.json").read_text())
    names = {entry if isinstance(entry, str) else entry["name"] for entry in port["dependencies"]}
    headers = {"boost-math"}  # in vcpkg not a part of boost-context, as it is in libboost-dev and Conan's boost
    assert names - {"vcpkg-cmake", "vcpkg-cmake-config"} == {vcpkg for vcpkg, _ in DEPENDENCIES.values()} | headers
    assert port["version"] == VERSION
    recipe = (ROOT / "packaging/conan/conanfile.py").read_text()
    conan = set(re.findall(r'self\.requires\("([\w-]+)/', recipe))
    assert conan == {conan for _, conan in DEPENDENCIES.values()}
    profile = (ROOT / "packaging/conan/debian12.profile").read_text()
    listed = profile[profile.index("[platform_requires]") : profile.index("[platform_tool_requires]")]
    assert set(re.findall(r"^([\w-]+)/", listed, re.M)) == conan
