#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <cppworker/http_session.hpp>

#include "http/url/url.hpp"

namespace cppworker::http::fast {

/// What decides which bytes stand before the body.
struct HeadInputs {
  std::string_view method;  ///< upper case
  const Url& url;
  const Headers& session;            ///< win over the defaults
  const Headers& own;                ///< win over the session's
  std::string_view authorization{};  ///< value of the header; wins over the author's
  std::string_view content_type{};   ///< of the body, if no header says it
  std::string_view cookie{};         ///< value of the header, if no header says it
  std::size_t body_size = 0;
  bool json = false;          ///< asks for JSON, too
  bool to_proxy = false;      ///< a proxy wants the complete URL
  bool redirected = false;    ///< Cookie headers of the author's don't count any more
  bool body_dropped = false;  ///< nor do those about the body
  bool auth_dropped = false;  ///< nor Authorization
};

/// Writes request line and headers, in geventhttpclient's order, to the beginning of `memory`,
/// which grows if need be. Throws std::invalid_argument for what can't be sent, with its text.
std::string_view write_request_head(const HeadInputs& inputs, std::string& memory);

}  // namespace cppworker::http::fast
