#pragma once

#include <string>
#include <string_view>

namespace cppworker::http::fast {

/// Replaces `body` by what it says before Content-Encoding, as geventhttpclient does it: gzip,
/// deflate, br. Returns Python's text of what is wrong with it; "" if nothing.
[[nodiscard]] std::string decode_content(std::string_view content_encoding, std::string& body);

}  // namespace cppworker::http::fast
