#pragma once

#include <string>

namespace cppworker::http {

/// The rest of a streamed answer. Belongs to the shard; closes its connection when it is destroyed
/// before the end.
class BodyStream {
 public:
  BodyStream() = default;
  virtual ~BodyStream() = default;
  BodyStream(const BodyStream&) = delete;
  BodyStream& operator=(const BodyStream&) = delete;

  /// Waits for more of the body and gives it, decoded; false at its end. Throws StreamError,
  /// StopUser.
  virtual bool next(std::string& piece) = 0;
};

}  // namespace cppworker::http
