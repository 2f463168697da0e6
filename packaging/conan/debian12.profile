# Takes all dependencies from Debian 12's packages (scripts/setup installs them) and none from ConanCenter.
[settings]
os=Linux
arch=x86_64
build_type=Release
compiler=gcc
compiler.version=12
compiler.libcxx=libstdc++11
compiler.cppstd=20

[conf]
tools.cmake.cmaketoolchain:generator=Ninja

[platform_requires]
boost/1.74.0
brotli/1.0.9
cli11/2.1.2
cppzmq/4.9.0
fmt/9.1.0
libcurl/7.88.1
libidn2/2.3.3
libnghttp2/1.52.0
msgpack-cxx/4.1.3
openssl/3.0.9
pcre2/10.42
spdlog/1.10.0
tomlplusplus/3.3.0
zlib/1.2.13

[platform_tool_requires]
cmake/3.25.1
