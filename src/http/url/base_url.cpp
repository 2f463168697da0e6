#include "http/url/base_url.hpp"

#include <algorithm>
#include <exception>

#include <cppworker/http_session.hpp>

#include "http/url/quoting.hpp"
#include "http/url/url_split.hpp"
#include "text/python_repr.hpp"
#include "text/utf8.hpp"

namespace cppworker::http {

namespace {

bool starts_with_ignoring_case(std::string_view text, std::string_view lower_prefix) {
  return text.size() >= lower_prefix.size() &&
         std::ranges::equal(text.substr(0, lower_prefix.size()), lower_prefix, {},
                            [](char character) { return static_cast<char>(character | 0x20); });
}

bool is_absolute(std::string_view url) {
  return starts_with_ignoring_case(url, "http") &&
         (url.substr(4).starts_with("://") ||
          (url.size() > 4 && (url[4] | 0x20) == 's' && url.substr(5).starts_with("://")));
}

}  // namespace

std::shared_ptr<const BaseUrl> BaseUrl::shared(std::string_view text) {
  struct Last {
    std::string text;
    std::shared_ptr<const BaseUrl> url;
  };
  thread_local Last last;
  if (last.url == nullptr || last.text != text) {
    last = {.text = std::string(text), .url = std::make_shared<const BaseUrl>(text)};
  }
  return last.url;
}

BaseUrl::BaseUrl(std::string_view text) : text_(text) {
  const UrlSplit split = split_url(text);
  const std::size_t at = split.authority.rfind('@');
  if (at != std::string_view::npos) {
    const std::string_view userinfo = split.authority.substr(0, at);
    const std::size_t colon = userinfo.find(':');
    if (colon != std::string_view::npos && colon > 0 && colon + 1 < userinfo.size()) {
      credentials_ = Auth{.user = unquote(userinfo.substr(0, colon)),
                          .password = unquote(userinfo.substr(colon + 1))};
      const auto begin = static_cast<std::size_t>(split.authority.data() - text.data());
      text_.erase(begin, at + 1);
    }
  }
  try {
    url_ = Url::prepare(text_);
  } catch (const InvalidURL&) {
    return;  // each request reports the error, with its own path
  }
  const UrlSplit bare = split_url(text_);
  plain_ = text_.find_first_of("?#@") == std::string::npos &&
           bare.scheme == split_url(url_.text()).scheme;
  if (plain_ && bare.path.empty()) {
    url_.memory_.resize(url_.parts_.path.begin);
    url_.parts_.text_size = url_.parts_.path.begin;
    url_.parts_.path.size = 0;
  }
  plain_ = plain_ && url_.memory_ == text_;
}

std::string BaseUrl::join(std::string_view url) const {
  return is_absolute(url) ? std::string(url) : text_ + std::string(url);
}

bool BaseUrl::is_join(std::string_view joined, std::string_view url) const {
  if (is_absolute(url)) {
    return joined == url;
  }
  return joined.size() == text_.size() + url.size() && joined.starts_with(text_) &&
         joined.ends_with(url);
}

Url BaseUrl::resolve(std::string_view url) const {
  Url result;
  if (plain_ && append_plain(url, result)) {
    return result;
  }
  if (text_.empty() && url.starts_with('/')) {
    throw MissingSchema("Invalid URL " + text::python_repr(text::to_utf8(url)) +
                        ": it has no host. Give the session a host, or the request a complete "
                        "URL.");
  }
  return Url::prepare(join(url));
}

bool BaseUrl::append_plain(std::string_view suffix, Url& result) const {
  if (!suffix.starts_with('/') || suffix.ends_with('?')) {
    return false;
  }
  // quote_part(), requote_uri() and remove_dot_segments() don't change such a text
  if (!all_allowed(suffix, UrlPart::kQuery) || suffix.find("/.") != std::string_view::npos) {
    return false;
  }
  result.memory_.reserve(url_.memory_.size() + suffix.size());  // one allocation, not two
  result.memory_.append(url_.memory_).append(suffix);
  result.parts_ = url_.parts_;
  result.parts_.text_size += static_cast<std::uint32_t>(suffix.size());
  result.parts_.path.size += static_cast<std::uint32_t>(suffix.size());
  return true;
}

}  // namespace cppworker::http
