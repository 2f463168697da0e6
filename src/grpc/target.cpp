#include "grpc/target.hpp"

#include <charconv>

#include <cppworker/exception.hpp>

#include "text/credentials.hpp"

namespace cppworker::grpc {

namespace {

constexpr std::uint16_t kTlsPort = 443;

[[noreturn]] void refuse(std::string_view host) {
  throw Error(
      "The host of a GrpcUser is grpc://host:port, grpcs://host:port (TLS) or host:port, not '" +
      text::without_credentials(std::string(host)) + "'");
}

}  // namespace

Target target_of(std::string_view host) {
  Target target;
  std::string_view rest = host;
  if (rest.starts_with("grpcs://")) {
    target.has_tls = true;
    rest.remove_prefix(8);
  } else if (rest.starts_with("grpc://")) {
    rest.remove_prefix(7);
  }
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.empty() || rest.find_first_of("/@?# \t\r\n") != std::string_view::npos) refuse(host);
  target.authority = rest;
  const std::size_t bracket = rest.rfind(']');  // an IPv6 address
  const std::size_t colon = rest.find(':', bracket == std::string_view::npos ? 0 : bracket);
  target.host = rest.substr(0, colon);
  if (target.host.empty()) refuse(host);
  if (colon == std::string_view::npos) {
    if (!target.has_tls) refuse(host);
    target.port = kTlsPort;
    return target;
  }
  const std::string_view digits = rest.substr(colon + 1);
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, target.port);
  if (error != std::errc{} || stop != end || target.port == 0) refuse(host);
  return target;
}

std::string url_of(const Target& target) {
  return (target.has_tls ? "grpcs://" : "grpc://") + target.authority;
}

}  // namespace cppworker::grpc
