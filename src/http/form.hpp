#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <cppworker/http_options.hpp>

namespace cppworker::http {

/// `url` with `params` appended to its query, before its fragment.
[[nodiscard]] std::string with_params(std::string_view url, const Pairs& params);

/// A multipart/form-data body in urllib3's format: the fields, then the files.
[[nodiscard]] std::string multipart(const Pairs& fields, const std::vector<File>& files,
                                    std::string_view boundary);

/// 32 random hexadecimal digits.
[[nodiscard]] std::string random_boundary();

}  // namespace cppworker::http
