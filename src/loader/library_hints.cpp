#include "loader/library_hints.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace cppworker::loader {
namespace {

/// A library that load tests use, with its Debian names.
struct Library {
  std::string_view header;    ///< how the names of its headers begin
  std::string_view function;  ///< how the names of its functions begin; "": header only
  std::string_view flag;      ///< for the linker; "": none is needed
  std::string_view package;
};

constexpr std::array kLibraries = std::to_array<Library>({
    {"hiredis/", "redis", "-lhiredis", "libhiredis-dev"},
    {"sw/redis++/", "sw::redis::", "-lredis++", "libredis++-dev"},
    {"libpq-fe.h", "PQ", "-lpq", "libpq-dev"},
    {"postgresql/", "PQ", "-lpq", "libpq-dev"},
    {"pqxx/", "pqxx::", "-lpqxx", "libpqxx-dev"},
    {"mysql", "mysql_", "-lmysqlclient", "default-libmysqlclient-dev"},
    {"mariadb/", "mysql_", "-lmariadb", "libmariadb-dev"},
    {"sqlite3.h", "sqlite3_", "-lsqlite3", "libsqlite3-dev"},
    {"openssl/ssl.h", "SSL_", "-lssl", "libssl-dev"},
    {"openssl/", "TLS_", "-lssl", "libssl-dev"},
    {"openssl/", "EVP_", "-lcrypto", "libssl-dev"},
    {"openssl/", "HMAC", "-lcrypto", "libssl-dev"},
    {"openssl/", "SHA", "-lcrypto", "libssl-dev"},
    {"openssl/", "MD5", "-lcrypto", "libssl-dev"},
    {"openssl/", "BIO_", "-lcrypto", "libssl-dev"},
    {"openssl/", "RAND_", "-lcrypto", "libssl-dev"},
    {"openssl/", "RSA_", "-lcrypto", "libssl-dev"},
    {"openssl/", "PEM_", "-lcrypto", "libssl-dev"},
    {"openssl/", "X509_", "-lcrypto", "libssl-dev"},
    {"openssl/", "ERR_", "-lcrypto", "libssl-dev"},
    {"librdkafka/", "rd_kafka_", "-lrdkafka", "librdkafka-dev"},
    {"librdkafka/rdkafkacpp.h", "RdKafka::", "-lrdkafka++", "librdkafka-dev"},
    {"curl/", "curl_", "-lcurl", "libcurl4-openssl-dev"},
    {"zmq", "zmq_", "-lzmq", "libzmq3-dev"},
    {"mosquitto.h", "mosquitto_", "-lmosquitto", "libmosquitto-dev"},
    {"MQTTClient.h", "MQTTClient_", "-lpaho-mqtt3c", "libpaho-mqtt-dev"},
    {"MQTTAsync.h", "MQTTAsync_", "-lpaho-mqtt3a", "libpaho-mqtt-dev"},
    {"amqp.h", "amqp_", "-lrabbitmq", "librabbitmq-dev"},
    {"rabbitmq-c/", "amqp_", "-lrabbitmq", "librabbitmq-dev"},
    {"libmemcached/", "memcached_", "-lmemcached", "libmemcached-dev"},
    {"mongoc/", "mongoc_", "-lmongoc-1.0", "libmongoc-dev"},
    {"bson/", "bson_", "-lbson-1.0", "libbson-dev"},
    {"cassandra.h", "cass_", "-lcassandra", ""},
    {"cppworker/grpc_dynamic.hpp", "cppworker::Grpc", "-lcppworker_grpc_dynamic",
     "./cpp-worker-grpc-dynamic_*.deb"},
    {"grpc", "grpc", "-lgrpc++ -lgrpc", "libgrpc++-dev"},
    {"google/protobuf/", "google::protobuf::", "-lprotobuf", "libprotobuf-dev"},
    {"zlib.h", "deflate", "-lz", "zlib1g-dev"},
    {"zlib.h", "inflate", "-lz", "zlib1g-dev"},
    {"zlib.h", "compress", "-lz", "zlib1g-dev"},
    {"zlib.h", "gz", "-lz", "zlib1g-dev"},
    {"zlib.h", "crc32", "-lz", "zlib1g-dev"},
    {"brotli/", "Brotli", "-lbrotlienc -lbrotlidec", "libbrotli-dev"},
    {"zstd.h", "ZSTD_", "-lzstd", "libzstd-dev"},
    {"lz4", "LZ4_", "-llz4", "liblz4-dev"},
    {"uuid/", "uuid_", "-luuid", "uuid-dev"},
    {"nghttp2/", "nghttp2_", "-lnghttp2", "libnghttp2-dev"},
    {"libxml/", "xml", "-lxml2", "libxml2-dev"},
    {"pugixml.hpp", "pugi::", "-lpugixml", "libpugixml-dev"},
    {"tinyxml2.h", "tinyxml2::", "-ltinyxml2", "libtinyxml2-dev"},
    {"yaml-cpp/", "YAML::", "-lyaml-cpp", "libyaml-cpp-dev"},
    {"pcre2.h", "pcre2_", "-lpcre2-8", "libpcre2-dev"},
    {"re2/", "re2::", "-lre2", "libre2-dev"},
    {"sodium", "crypto_", "-lsodium", "libsodium-dev"},
    {"sodium", "sodium_", "-lsodium", "libsodium-dev"},
    {"fmt/", "fmt::", "-lfmt", "libfmt-dev"},
    {"spdlog/", "spdlog::", "-lspdlog -lfmt", "libspdlog-dev"},
    {"jansson.h", "json_", "-ljansson", "libjansson-dev"},
    {"json/", "Json::", "-ljsoncpp", "libjsoncpp-dev"},
    {"websocketpp/", "", "", "libwebsocketpp-dev"},
    {"nlohmann/", "", "", "nlohmann-json3-dev"},
    {"rapidjson/", "", "", "rapidjson-dev"},
    {"msgpack", "", "", "libmsgpack-cxx-dev"},
    {"range/v3/", "", "", "librange-v3-dev"},
    {"Eigen/", "", "", "libeigen3-dev"},
    {"boost/", "boost::filesystem::", "-lboost_filesystem", "libboost-all-dev"},
    {"boost/", "boost::program_options::", "-lboost_program_options", "libboost-all-dev"},
    {"boost/", "boost::re_detail", "-lboost_regex", "libboost-all-dev"},
    {"ldap.h", "ldap_", "-lldap", "libldap-dev"},
    {"libssh2.h", "libssh2_", "-lssh2", "libssh2-1-dev"},
    {"nats/", "nats", "-lnats", "libnats-dev"},
});

const Library* library_of(std::string_view function) {
  const auto* const found =
      std::find_if(kLibraries.begin(), kLibraries.end(), [&](const Library& one) {
        return !one.function.empty() && function.starts_with(one.function);
      });
  return found == kLibraries.end() ? nullptr : found;
}

}  // namespace

std::string missing_header(std::string_view header) {
  for (const auto& library : kLibraries) {
    if (!header.starts_with(library.header) || library.package.empty()) continue;
    return fmt::format(
        "the header <{}> was not found: install it with `apt-get install {}`{}{}", header,
        library.package,
        library.flag.empty()
            ? ""
            : fmt::format(" and write `// cpp-worker: {}` at the top of the file", library.flag),
        library.flag.empty() ? "" : " (or set CPPWORKER_LDFLAGS)");
  }
  return fmt::format(
      "the header {} was not found: if it is in another folder, write `// cpp-worker: -Ifolder` at "
      "the top of the file, or use --cxxflags=-Ifolder or CPPWORKER_CXXFLAGS; if it is of a "
      "library, install its -dev package",
      header);
}

std::string missing_function(std::string_view function) {
  const auto* const library = library_of(function);
  const bool is_known = library != nullptr;
  const std::string flag(is_known ? library->flag : std::string_view("-lNAME"));
  return fmt::format(
      "{} is in a library that is not linked: write `// cpp-worker: {}` at the top of the file, or "
      "use --ldflags={} or CPPWORKER_LDFLAGS={}{}",
      function, flag, flag.find(' ') == std::string::npos ? flag : "'" + flag + "'",
      flag.find(' ') == std::string::npos ? flag : "'" + flag + "'",
      is_known ? "" : "; if it is a function of your own, write its body");
}

bool is_of_known_library(std::string_view function) { return library_of(function) != nullptr; }

std::string missing_library(std::string_view library) {
  const std::string flag = fmt::format("-l{}", library);
  for (const auto& one : kLibraries) {
    if (one.package.empty() ||
        (" " + std::string(one.flag) + " ").find(" " + flag + " ") == std::string::npos) {
      continue;
    }
    return fmt::format("the library of {} is not installed: `apt-get install {}`", flag,
                       one.package);
  }
  return fmt::format(
      "the library of {} was not found: install its -dev package, or name its folder: "
      "`// cpp-worker: -L/folder {}`",
      flag, flag);
}

}  // namespace cppworker::loader
