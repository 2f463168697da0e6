#include "http/call.hpp"

#include <stdexcept>

#include <cppworker/encoding.hpp>

#include "http/form.hpp"
#include "text/ascii_case.hpp"

namespace cppworker::http {

Url target_url(const Call& call) {
  const BaseUrl& base = *call.client.base;
  return call.options.params.empty() ? base.resolve(call.url)
                                     : base.resolve(with_params(call.url, call.options.params));
}

std::string sent_method(const Call& call) { return text::to_upper(call.method); }

const std::optional<Auth>& chosen_auth(const Call& call) {
  return call.options.auth ? call.options.auth : call.client.settings.auth;
}

Content content(const Call& call) {
  const RequestOptions& options = call.options;
  if (!options.data.empty() && (!options.form.empty() || !options.files.empty())) {
    throw std::invalid_argument(
        "A request can have either `data`, or `form` and `files`, not both.");
  }
  if (!options.files.empty()) {
    const std::string boundary = random_boundary();
    return {.made = multipart(options.form, options.files, boundary),
            .type = "multipart/form-data; boundary=" + boundary};
  }
  if (!options.form.empty()) {
    return {.made = urlencode(options.form), .type = "application/x-www-form-urlencoded"};
  }
  if (options.data.empty() && !options.json.empty()) {
    return {.given = options.json, .type = "application/json"};
  }
  return {.given = options.data};
}

}  // namespace cppworker::http
