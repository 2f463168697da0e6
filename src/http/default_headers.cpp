#include "http/default_headers.hpp"

namespace cppworker::http {

DefaultHeaders::DefaultHeaders() {
  for (HeaderList* list : {&without_body_, &with_body_, &with_json_}) {
    append(*list, "Connection: keep-alive");
  }
  // libcurl would ask whether a large body is welcome, and call it a form.
  append(with_body_, "Expect:");
  append(with_body_, "Content-Type:");
  append(with_json_, "Expect:");
  append(with_json_, "Content-Type: application/json");
}

curl_slist* DefaultHeaders::of(const HopRequest& request) const {
  if (!request.has_body) {
    return without_body_.get();
  }
  return request.json ? with_json_.get() : with_body_.get();
}

}  // namespace cppworker::http
