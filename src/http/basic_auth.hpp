#pragma once

#include <optional>
#include <string>

#include <cppworker/http_options.hpp>

#include "http/url/url.hpp"

namespace cppworker::http {

/// The value of an Authorization header. Throws std::invalid_argument for characters that Latin-1
/// doesn't have.
[[nodiscard]] std::string basic_auth(const Auth& auth);

/// The user and the password in a URL, as requests' get_auth_from_url(); none without a password.
[[nodiscard]] std::optional<Auth> credentials_in(const Url& url);

}  // namespace cppworker::http
