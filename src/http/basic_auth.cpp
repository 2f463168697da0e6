#include "http/basic_auth.hpp"

#include <openssl/evp.h>

#include "http/latin1.hpp"
#include "http/url/quoting.hpp"

namespace cppworker::http {

std::string basic_auth(const Auth& auth) {
  std::string user_and_password = to_latin1(auth.user);
  user_and_password += ':';
  append_latin1(user_and_password, auth.password);
  std::string encoded((user_and_password.size() + 2) / 3 * 4 + 1, '\0');  // OpenSSL ends it with \0
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes for OpenSSL
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
                  reinterpret_cast<const unsigned char*>(user_and_password.data()),
                  static_cast<int>(user_and_password.size()));
  encoded.pop_back();
  return "Basic " + encoded;
}

std::optional<Auth> credentials_in(const Url& url) {
  const std::string_view userinfo = url.userinfo();
  const std::size_t colon = userinfo.find(':');
  if (colon == std::string_view::npos) {
    return std::nullopt;
  }
  return Auth{.user = unquote(userinfo.substr(0, colon)),
              .password = unquote(userinfo.substr(colon + 1))};
}

}  // namespace cppworker::http
