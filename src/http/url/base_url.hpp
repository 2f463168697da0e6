#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <cppworker/http_options.hpp>

#include "http/url/url.hpp"

namespace cppworker::http {

/// A user's host, to which the paths of its requests are appended.
class BaseUrl {
 public:
  /// Accepts any text. As in Locust, an invalid host is reported when a request is made.
  /// Credentials with a user and a password are removed from the URL.
  explicit BaseUrl(std::string_view text);

  /// The one of the last call on this thread, if it has the same text: most users have the same
  /// host, and then need no memory of their own for it.
  static std::shared_ptr<const BaseUrl> shared(std::string_view text);

  /// The complete URL of a request: `url` itself if it is absolute, else the host followed by it.
  /// Throws like Url::prepare().
  [[nodiscard]] Url resolve(std::string_view url) const;
  /// The same without processing: the name of failures that have no request in Python.
  [[nodiscard]] std::string join(std::string_view url) const;
  /// Whether `joined` equals join(url), without making it.
  [[nodiscard]] bool is_join(std::string_view joined, std::string_view url) const;

  /// For basic auth, unquoted.
  [[nodiscard]] const std::optional<Auth>& credentials() const { return credentials_; }

 private:
  bool append_plain(std::string_view suffix, Url& result) const;

  std::string text_;
  std::optional<Auth> credentials_;
  Url url_;             // of text_; without a path if text_ has none
  bool plain_ = false;  // url_ is set: plain suffixes need no parsing
};

}  // namespace cppworker::http
