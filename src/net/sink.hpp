#pragma once

#include <string_view>

#include "net/failure.hpp"

namespace cppworker::net {

/// Takes what arrives on a Connection, also while no coroutine waits for it. Its functions are
/// called on the scheduler's own stack: they must neither suspend nor throw, and should be short,
/// because no other user of the shard runs meanwhile. They may resume coroutines, write to the
/// connection, and close or destroy it or themselves.
class Sink {
 public:
  /// @param bytes not empty; valid during the call. A message may be split at any byte.
  virtual void on_bytes(std::string_view bytes) = 0;
  /// The connection has ended; this is the last call. kClosed: the peer has closed it in order.
  /// Not called after Connection::close().
  virtual void on_end(const Failure& failure) = 0;

 protected:
  ~Sink() = default;
};

}  // namespace cppworker::net
