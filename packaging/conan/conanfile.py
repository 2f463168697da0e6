"""The Conan recipe of this source tree: `conan create packaging/conan`, see the README beside it."""

import os
import re

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load


class CppWorker(ConanFile):
    name = "cpp-worker"
    license = "MIT"
    description = "A native worker for Locust: users written in C++, driven by a stock Locust master"
    topics = ("load-testing", "locust", "http")
    package_type = "shared-library"
    settings = "os", "arch", "compiler", "build_type"

    @property
    def _root(self):
        return os.path.join(self.recipe_folder, "..", "..")

    def set_version(self):
        header = load(self, os.path.join(self._root, "include", "cppworker", "version.hpp"))
        self.version = re.search(r'CPPWORKER_VERSION "([0-9.]+)"', header)[1]

    def export_sources(self):
        for pattern in ("CMakeLists.txt", "LICENSE", "cmake/*", "include/*", "packaging/debian/*", "src/*", "tools/*"):
            copy(self, pattern, self._root, self.export_sources_folder, excludes="*__pycache__*")

    def requirements(self):
        self.requires("boost/[>=1.74 <2]")
        self.requires("brotli/[>=1.0.9 <2]")
        self.requires("cli11/[>=2.1 <3]")
        self.requires("cppzmq/[>=4.9 <5]")
        self.requires("fmt/[>=9]")
        self.requires("libcurl/[>=7.85 <9]")
        self.requires("libidn2/[>=2.3 <3]")
        self.requires("libnghttp2/[>=1.50 <2]")
        self.requires("msgpack-cxx/[>=4.1]")
        self.requires("openssl/[>=3.0 <4]")
        self.requires("pcre2/[>=10.40 <11]")
        self.requires("spdlog/[>=1.10 <2]")
        self.requires("tomlplusplus/[>=3.2 <4]")
        self.requires("zlib/[>=1.2.11 <2]")

    def build_requirements(self):
        self.tool_requires("cmake/[>=3.24]")

    def validate(self):
        if self.settings.os != "Linux":
            raise ConanInvalidConfiguration("cpp-worker needs Linux (epoll, signalfd)")

    def layout(self):
        cmake_layout(self)

    def generate(self):
        CMakeDeps(self).generate()
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables["CPPWORKER_DEVELOPER_MODE"] = False
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        CMake(self).install()

    def package_info(self):
        # The installed CMake package defines the targets cppworker::cppworker and cppworker::main.
        self.cpp_info.set_property("cmake_find_mode", "none")
        self.cpp_info.builddirs = [os.path.join("lib", "cmake", "cppworker")]
        self.cpp_info.libs = ["cppworker"]
        self.cpp_info.system_libs = ["pthread"]
        self.buildenv_info.append_path("PATH", os.path.join(self.package_folder, "bin"))
        self.runenv_info.append_path("PATH", os.path.join(self.package_folder, "bin"))
