#pragma once

#include <string>
#include <string_view>

namespace cppworker::http::fast {

/// Decodes `body` as geventhttpclient does: gzip, deflate, br. Returns Python's failure text; "" on
/// success. On the scheduler's own stack.
[[nodiscard]] std::string decode_content(std::string_view content_encoding, std::string& body);

}  // namespace cppworker::http::fast
