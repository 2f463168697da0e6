#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <cppworker/detail/export.hpp>
#include <cppworker/text.hpp>
#include <cppworker/tls.hpp>
#include <cppworker/value.hpp>
#include <cppworker/wait_time.hpp>

namespace cppworker {

namespace detail {
/// A name and a value in the braces of Pairs. It refers to its texts, which Pairs copies.
class CPPWORKER_EXPORT PairItem {
 public:
  PairItem(std::string_view name, std::string_view value) : name_(name), value_(value) {}
  PairItem(std::string_view name, const char* value) : name_(name), value_(value) {}
  PairItem(std::string_view name, const std::string& value) : name_(name), value_(value) {}
  PairItem(const std::pair<std::string, std::string>& pair)  // NOLINT(google-explicit-constructor)
      : name_(pair.first), value_(pair.second) {}
  template <class T>
  requires std::same_as<T, Value> || std::integral<T> || std::floating_point<T> PairItem(
      std::string_view name, const T& value)
      : name_(name), json_(value) {}
  template <class T>
  requires std::convertible_to<const T&, std::string> &&
      (!std::convertible_to<const T&, std::string_view>)PairItem(std::string_view name,
                                                                 const T& value)
      : name_(name), json_(std::string(value)) {}
  PairItem(const PairItem&) = delete;
  PairItem& operator=(const PairItem&) = delete;
  ~PairItem() = default;

  void add_to(std::vector<std::pair<std::string, std::string>>& pairs) const;

 private:
  std::string_view name_;
  std::string_view value_;
  std::optional<Value> json_;  // instead of value_
};
}  // namespace detail

/// Names and values, in order; a name may occur more than once. In braces, a value is a text, a
/// number, a bool or a Value: `.params = {{"q", query}, {"page", 2}}`. As in Python's requests,
/// a bool is sent as "True" or "False", a list as one pair for each element, and None is left out.
/// A map throws TypeError.
class CPPWORKER_EXPORT Pairs : public std::vector<std::pair<std::string, std::string>> {
 public:
  Pairs() = default;
  Pairs(std::vector<std::pair<std::string, std::string>> pairs)  // NOLINT: as in braces
      : vector(std::move(pairs)) {}
  Pairs(std::initializer_list<detail::PairItem> pairs);
};

/// The body of a request that is JSON: a text that is JSON already, or a Value to convert with
/// to_json(): `.json = body`, `.json = {{"id", 7}, {"tags", Value::List{"a", "b"}}}`. As in Python,
/// None means no body. The conversion throws std::invalid_argument if JSON can't represent the
/// Value.
class CPPWORKER_EXPORT JsonBody : public Text {
 public:
  using Text::Text;
  JsonBody(const char*, std::size_t) = delete;  // for a list write Value::List{…}
  JsonBody(const Value& value);                 // NOLINT(google-explicit-constructor)
  JsonBody(Value::List list);                   // NOLINT(google-explicit-constructor)
  JsonBody(Value::Map map);                     // NOLINT(google-explicit-constructor)
  JsonBody(std::initializer_list<std::pair<Value, Value>> members);
};

/// Request headers, in the order in which they are sent. As in Python, values are sent in Latin-1:
/// a request throws std::invalid_argument for a character that Latin-1 doesn't have, and for a name
/// beyond ASCII. Bytes that are not UTF-8 are sent as they are.
class CPPWORKER_EXPORT Headers : public Pairs {
 public:
  using Pairs::Pairs;
  using Pairs::operator[];
  Headers(Pairs pairs) : Pairs(std::move(pairs)) {}  // NOLINT(google-explicit-constructor)
  /// One header of `headers`, which must outlive this object.
  class CPPWORKER_EXPORT Place {
   public:
    Place(Headers& headers, std::string_view name) : headers_(headers), name_(name) {}
    Place(const Place&) = delete;
    ~Place() = default;
    /// Sets the value. Adds the header if there is none with that name.
    Place& operator=(std::string_view value);
    Place& operator=(const Place& other) { return *this = std::string(other); }
    /// The value. Throws KeyError if there is no header with that name.
    operator std::string() const;  // NOLINT(google-explicit-constructor)

   private:
    Headers& headers_;
    std::string name_;
  };

  /// The header with that name (case-insensitive), for reading and writing:
  /// `headers["X-Tenant"] = "42"`, `const std::string tenant = headers["X-Tenant"]`.
  Place operator[](std::string_view name) & { return {*this, name}; }
  /// The value. Throws KeyError if there is no header with that name.
  std::string operator[](std::string_view name) const&;
  [[nodiscard]] bool contains(std::string_view name) const;
};

/// Basic authentication. For other schemes, set an `Authorization` header.
struct Auth {
  std::string user{};
  std::string password{};
};

/// One part of a multipart body.
struct File {
  std::string name{};          ///< name of the form field
  std::string content{};       ///< the bytes of the file
  std::string filename{};      ///< "": the field's name, as in requests
  std::string content_type{};  ///< "": no Content-Type is sent
};

/// The time limits for connecting, and for each wait for bytes of the response: one time for both
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

/// The URLs of the proxies for http:// and for https:// requests; "": no proxy.
struct Proxies {
  std::string http{};
  std::string https{};
  bool operator==(const Proxies&) const = default;
};

/// The HTTP version of requests. HttpUser only.
enum class HttpVersion : std::uint8_t {
  kHttp11,  ///< HTTP/1.1, as Python's clients
  kHttp2,   ///< HTTP/2 is offered to https servers; others get HTTP/1.1
};

/// Locust's keyword arguments of a request. Name them in this order: `{.name = "/x", .json = …}`.
/// Text describes which texts are copied. You can keep the options in a variable and use them for
/// many requests.
struct RequestOptions {
  Text name{};                ///< the row in the statistics; default: path and query of the URL
  Value::Map context{};       ///< for `request` listeners, merged with the user's context()
  Pairs params{};             ///< appended to the URL's query
  Text data{};                ///< body, sent as it is
  Pairs form{};               ///< body, sent as a form (Python: `data` with a dict)
  JsonBody json{};            ///< body: a Value, or JSON text; sets Content-Type
  std::vector<File> files{};  ///< body, sent as multipart together with `form`
  Headers headers{};          ///< override the session's headers
  Pairs cookies{};            ///< sent with this request in addition to the session's
  std::optional<Auth> auth{};
  Timeout timeout{};
  std::optional<bool> allow_redirects{};  ///< default: true; false for HttpUser's head()
  /// True: the call returns when it has received the head of the response. Read the body with
  /// Response::iter_content() or iter_lines(). The reported response time does not include the
  /// body, and the reported length is that of Content-Length.
  bool stream = false;
  std::optional<Verify> verify{};    ///< instead of the session's
  std::optional<Cert> cert{};        ///< instead of the session's
  std::optional<Proxies> proxies{};  ///< instead of the session's
};

/// The default argument. It saves constructing 0.5 KiB of empty options for each call.
extern CPPWORKER_EXPORT const RequestOptions kNoOptions;

}  // namespace cppworker
