#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <cppworker/http_options.hpp>

#include "base/check.hpp"

namespace cppworker::http {

/// An absolute http or https URL, normalized and quoted as python-requests does it, because its
/// path is the default name of a row in the statistics.
class Url {
 public:
  Url() = default;

  /// Throws MissingSchema, InvalidSchema or InvalidURL with the texts of python-requests.
  static Url prepare(std::string_view text);

  /// The target of a redirect from this URL with this Location header, as in requests: relative
  /// locations are resolved, a fragment is kept. Throws like prepare().
  [[nodiscard]] Url redirected(std::string_view location) const;

  /// The complete URL, with credentials and fragment, as requests shows it.
  [[nodiscard]] std::string_view text() const& {
    return std::string_view(memory_).substr(0, parts_.text_size);
  }
  [[nodiscard]] std::string text() && {
    memory_.resize(parts_.text_size);
    return std::move(memory_);
  }
  /// The target of the request line: path and query, at least "/".
  [[nodiscard]] std::string_view path_url() const {
    return parts_.path.size == 0 ? std::string_view("/") : in(parts_.path);
  }
  /// For libcurl: without credentials and fragment.
  [[nodiscard]] std::string wire_text() const;
  /// Whether wire_text() equals text().
  [[nodiscard]] bool text_is_for_wire() const {
    return parts_.userinfo.size == 0 && parts_.path.size > 0 &&
           parts_.path.begin + parts_.path.size == parts_.text_size;
  }

  [[nodiscard]] bool https() const { return parts_.https; }
  /// Normalized as in urllib3: in lower case, its labels in their ASCII form (IDNA 2008), %XX only
  /// for characters that are not unreserved. An IPv6 address has brackets, and its zone as written:
  /// "[fe80::1%25eth0]" (RFC 6874).
  [[nodiscard]] std::string_view host() const { return in(parts_.host); }
  /// The position in host() of the '%' of a zone, which is local to this machine; npos: there is no
  /// zone.
  [[nodiscard]] std::size_t zone() const {
    return host().starts_with('[') ? host().find('%') : std::string_view::npos;
  }
  /// The host is an IP address and needs no lookup.
  [[nodiscard]] bool host_is_address() const { return parts_.host_is_address; }
  /// The scheme's default if the URL has none.
  [[nodiscard]] std::uint16_t port() const { return parts_.port; }
  /// Host and port as in the text.
  [[nodiscard]] std::string_view address() const { return in(parts_.address); }
  /// "user:password", still quoted; "" if absent.
  [[nodiscard]] std::string_view userinfo() const { return in(parts_.userinfo); }

 private:
  friend class BaseUrl;

  /// A part of `memory_`. Small, as each request copies a URL.
  struct Part {
    std::uint32_t begin = 0;
    std::uint32_t size = 0;
  };

  /// Parses a text that is already quoted.
  static Url parse_quoted(std::string text);
  [[nodiscard]] std::string_view in(Part part) const {
    DCHECK(std::size_t{part.begin} + part.size <= memory_.size());
    return std::string_view(memory_).substr(part.begin, part.size);
  }
  [[nodiscard]] Part part(std::string_view text) const {
    if (text.data() == nullptr) {
      return {};
    }
    DCHECK(text.data() >= memory_.data() &&
           text.data() + text.size() <= memory_.data() + memory_.size());
    return {.begin = static_cast<std::uint32_t>(text.data() - memory_.data()),
            .size = static_cast<std::uint32_t>(text.size())};
  }

  struct Parts {
    std::uint32_t text_size = 0;
    Part userinfo;
    Part host;
    Part address;  // host and port, as in the text
    Part path;     // with the query; empty: none
    std::uint16_t port = 0;
    bool https = false;
    bool host_is_address = false;
  };

  std::string memory_;  // the text; then the host, if the text spells it differently
  Parts parts_;
};

[[nodiscard]] constexpr std::uint16_t default_port(bool https) { return https ? 443 : 80; }

}  // namespace cppworker::http
