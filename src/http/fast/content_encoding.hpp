#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "http/exchange.hpp"

namespace cppworker::http::fast {

/// Decodes `body` as geventhttpclient does: gzip, deflate, br. Returns Python's failure text; "" on
/// success. On the scheduler's own stack.
/// @param decoded_max bytes that the decoded body may have; Python has no limit
[[nodiscard]] std::string decode_content(std::string_view content_encoding, std::string& body,
                                         std::size_t decoded_max = kDecodedBodyMax);

}  // namespace cppworker::http::fast
