#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <cppworker/detail/export.hpp>
#include <cppworker/text.hpp>
#include <cppworker/value.hpp>
#include <cppworker/wait_time.hpp>

namespace cppworker {

/// Names and values, in order.
using Pairs = std::vector<std::pair<std::string, std::string>>;

/// Headers to send, in order.
class CPPWORKER_EXPORT Headers : public Pairs {
 public:
  using Pairs::Pairs;
  using Pairs::operator[];
  Headers(Pairs pairs) : Pairs(std::move(pairs)) {}  // NOLINT(google-explicit-constructor)
  /// The place of one header in `headers`, which must live as long.
  class CPPWORKER_EXPORT Place {
   public:
    Place(Headers& headers, std::string_view name) : headers_(headers), name_(name) {}
    Place(const Place&) = delete;
    ~Place() = default;
    /// Sets the value; adds the header if there is none of that name.
    Place& operator=(std::string_view value);
    Place& operator=(const Place& other) { return *this = std::string(other); }
    /// The value. Throws KeyError if there is no header of that name.
    operator std::string() const;  // NOLINT(google-explicit-constructor)

   private:
    Headers& headers_;
    std::string name_;
  };

  /// The header of that name, in upper or lower case, to set and to read:
  /// `headers["X-Tenant"] = "42"`, `const std::string tenant = headers["X-Tenant"]`.
  Place operator[](std::string_view name) & { return {*this, name}; }
  /// The value. Throws KeyError if there is no header of that name.
  std::string operator[](std::string_view name) const&;
  [[nodiscard]] bool contains(std::string_view name) const;
};

/// Basic authentication; an `Authorization` header serves for the rest.
struct Auth {
  std::string user{};
  std::string password{};
};

/// One part of a multipart body.
struct File {
  std::string name{};          ///< of the form's field
  std::string content{};       ///< the bytes themselves
  std::string filename{};      ///< "": the field's name, as requests does it
  std::string content_type{};  ///< "": none is sent
};

/// How long to wait for a connection, and for each next bytes of the answer: one time for both
/// (`.timeout = 5s`), or two (`.timeout = {3s, 30s}`). None: no limit.
struct Timeout {
  std::optional<Seconds> connect{};
  std::optional<Seconds> read{};

  Timeout() = default;
  template <class Rep, class Period>
  Timeout(std::chrono::duration<Rep, Period> both)  // NOLINT(google-explicit-constructor)
      : connect(both), read(both) {}
  Timeout(std::optional<Seconds> connect_, std::optional<Seconds> read_)
      : connect(connect_), read(read_) {}
};

/// Whether a server's certificate must be good, and for whom: the system's authorities (true),
/// those in a file or folder (its path), or nobody (false).
struct Verify {
  bool enabled = true;
  std::string ca_path{};

  Verify(bool enabled_) : enabled(enabled_) {}            // NOLINT(google-explicit-constructor)
  Verify(const char* path) : ca_path(path) {}             // NOLINT(google-explicit-constructor)
  Verify(std::string path) : ca_path(std::move(path)) {}  // NOLINT(google-explicit-constructor)
  bool operator==(const Verify&) const = default;
};

/// The client's own certificate: the path of a PEM file, or of one and of its key.
struct Cert {
  std::string cert{};
  std::string key{};  ///< "": in the same file
  bool operator==(const Cert&) const = default;
};

/// URLs of the proxies for requests to http and to https servers; "": none.
struct Proxies {
  std::string http{};
  std::string https{};
  bool operator==(const Proxies&) const = default;
};

/// HttpUser only.
enum class HttpVersion : std::uint8_t {
  kHttp11,  ///< as Python's clients
  kHttp2,   ///< https servers are offered HTTP/2
};

/// Locust's keyword arguments of a request, to be named in this order: `{.name = "/x", .json = …}`.
/// See Text for what is copied. May be kept in a variable and used for many requests.
struct RequestOptions {
  Text name{};                ///< groups requests under one row; default: path and query of the URL
  Value::Map context{};       ///< for listeners of `request`, beside the user's context()
  Pairs params{};             ///< appended to the URL's query
  Text data{};                ///< body, sent as it is
  Pairs form{};               ///< body, sent as a form (Python: `data` with a dict)
  Text json{};                ///< body that is JSON text already (see to_json()); sets Content-Type
  std::vector<File> files{};  ///< body, sent as multipart together with `form`
  Headers headers{};          ///< win over the session's
  Pairs cookies{};            ///< sent with this request beside the session's
  std::optional<Auth> auth{};
  Timeout timeout{};
  std::optional<bool> allow_redirects{};  ///< default: true, but false for head()
  /// The call returns when the head of the answer is there; Response::iter_content() and
  /// iter_lines() fetch the body. The time and the length (Content-Length) reported are without it.
  bool stream = false;
  std::optional<Verify> verify{};    ///< instead of the session's
  std::optional<Cert> cert{};        ///< instead of the session's
  std::optional<Proxies> proxies{};  ///< instead of the session's
};

/// Of calls that are given none: making half a kilobyte of nothing for each would cost them time.
inline const RequestOptions kNoOptions{};

}  // namespace cppworker
