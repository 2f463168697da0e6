#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <cppworker/http_options.hpp>

namespace cppworker::http {

/// An absolute http or https URL, normalized and quoted as python-requests does it, because its
/// path is the default name of a row in the statistics.
class Url {
 public:
  Url() = default;

  /// Throws MissingSchema, InvalidSchema or InvalidURL with the texts of python-requests.
  static Url prepare(std::string_view text);

  /// Where a redirect from here with this Location header leads, as requests follows it: relative
  /// locations are resolved, a fragment is kept. Throws like prepare().
  [[nodiscard]] Url redirected(std::string_view location) const;

  /// All of it, with credentials and fragment, as requests shows it.
  [[nodiscard]] const std::string& text() const& { return text_; }
  [[nodiscard]] std::string text() && { return std::move(text_); }
  /// What stands in the request line: path and query, at least "/".
  [[nodiscard]] std::string_view path_url() const {
    return path_size_ == 0 ? std::string_view("/")
                           : std::string_view(text_).substr(path_begin_, path_size_);
  }
  /// For libcurl: without credentials and fragment.
  [[nodiscard]] std::string wire_text() const;
  /// Whether that is text() as it is.
  [[nodiscard]] bool text_is_for_wire() const {
    return userinfo_.empty() && path_size_ > 0 && path_begin_ + path_size_ == text_.size();
  }

  [[nodiscard]] bool https() const { return https_; }
  /// Lower case; an IPv6 address has its brackets.
  [[nodiscard]] const std::string& host() const { return host_; }
  /// It is an IP address: there is nothing to look up.
  [[nodiscard]] bool host_is_address() const { return host_is_address_; }
  /// The scheme's own if the URL has none.
  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// "user:password", still quoted; "" if absent.
  [[nodiscard]] const std::string& userinfo() const { return userinfo_; }

 private:
  friend class BaseUrl;

  /// Takes a text that is quoted already apart.
  static Url parse_quoted(std::string text);
  void set_authority(std::string_view authority, std::string_view whole);

  std::string text_;
  std::string host_;
  std::string userinfo_;
  std::size_t authority_begin_ = 0;  // of host and port, behind the credentials
  std::size_t path_begin_ = 0;
  std::size_t path_size_ = 0;  // with the query; 0: none
  std::uint16_t port_ = 0;
  bool https_ = false;
  bool host_is_address_ = false;
};

/// A user's host, to which the paths of its requests are appended.
class BaseUrl {
 public:
  /// Takes any text; what is wrong with it shows when a request is made, as in Locust. Credentials
  /// (if there are a user and a password) are cut out.
  explicit BaseUrl(std::string_view text);

  /// The complete URL of a request: `url` itself if it is absolute, else the host followed by it.
  /// Throws like Url::prepare().
  [[nodiscard]] Url resolve(std::string_view url) const;
  /// The same as unprocessed text: the name of failures that have no request in Python.
  [[nodiscard]] std::string join(std::string_view url) const;
  /// Whether `joined` is join(url); cheaper.
  [[nodiscard]] bool is_join(std::string_view joined, std::string_view url) const;

  /// For basic auth, unquoted.
  [[nodiscard]] const std::optional<Auth>& credentials() const { return credentials_; }

 private:
  bool append_plain(std::string_view suffix, Url& result) const;

  std::string text_;
  std::optional<Auth> credentials_;
  Url url_;             // of text_ with an empty path, or with path_
  bool plain_ = false;  // url_ is set: plain suffixes need no parsing
};

/// Python's urllib.parse.unquote.
[[nodiscard]] std::string unquote(std::string_view text);

}  // namespace cppworker::http
