#pragma once

#include "http/curl_handles.hpp"
#include "http/curl_transfer.hpp"

namespace cppworker::http {

/// The headers of requests whose author gave none, beside those that libcurl adds by itself
/// (User-Agent, Accept, Accept-Encoding). Made once, shared by all transfers of a shard.
class DefaultHeaders {
 public:
  /// Throws std::bad_alloc.
  DefaultHeaders();

  [[nodiscard]] curl_slist* of(const HopRequest& request) const;

 private:
  HeaderList without_body_;
  HeaderList with_body_;
  HeaderList with_json_;
};

}  // namespace cppworker::http
