#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <cppworker/http_session.hpp>

#include "http/url/url.hpp"

namespace cppworker::http::fast {

/// The inputs for the request line and the headers.
struct HeadInputs {
  std::string_view method;  ///< upper case
  const Url& url;
  const Headers& session;            ///< they win over the defaults
  const Headers& own;                ///< they win over the session's
  std::string_view authorization{};  ///< value of the header; wins over the author's
  std::string_view content_type{};   ///< of the body; usually the author's header wins
  std::string_view cookie{};         ///< value of the header, unless the author's headers have one
  std::size_t body_size = 0;
  bool json = false;          ///< the body is JSON, or was before a redirect; accepts JSON
  bool form = false;          ///< the body is a form without files
  bool files = false;         ///< the body has files; `content_type` wins over the author's header
  bool to_proxy = false;      ///< the request line has the complete URL
  bool redirected = false;    ///< the author's Cookie headers are dropped
  bool body_dropped = false;  ///< the author's headers about the body are dropped
  bool auth_dropped = false;  ///< the Authorization header is dropped
};

/// Writes request line and headers, in geventhttpclient's order and encoding, to the beginning of
/// `memory`, which grows if necessary. Throws std::invalid_argument for a header that can't be
/// sent.
std::string_view write_request_head(const HeadInputs& inputs, std::string& memory);

}  // namespace cppworker::http::fast
