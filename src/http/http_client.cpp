#include "http/http_client.hpp"

#include <algorithm>

#include "http/form.hpp"

namespace cppworker::http {

Url target_url(const Call& call) {
  const BaseUrl& base = call.session.base;
  return call.options.params.empty() ? base.resolve(call.url)
                                     : base.resolve(with_params(call.url, call.options.params));
}

std::string sent_method(const Call& call) {
  std::string method(call.method);
  std::ranges::transform(method, method.begin(), [](char character) {
    return character >= 'a' && character <= 'z' ? static_cast<char>(character - 0x20) : character;
  });
  return method;
}

}  // namespace cppworker::http
