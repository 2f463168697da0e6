#pragma once

#include <memory>
#include <optional>
#include <string>

#include "coro/clock.hpp"
#include "http/body_stream.hpp"
#include "http/fast/connection_pool.hpp"
#include "http/fast/fast_engine.hpp"
#include "http/fast/response_parser.hpp"

namespace cppworker::http::fast {

/// The body of a response whose head has arrived. It is received as fast as the author reads it. At
/// its end, the connection returns to the pool. The body is still encoded, as in Python.
class FastBodyStream final : public BodyStream {
 public:
  struct Owners {
    std::shared_ptr<FastEngine> engine;
    std::shared_ptr<ConnectionPool> pool;
  };

  /// @param lease of `owners.pool`
  FastBodyStream(Owners owners, ConnectionPool::Lease lease, ResponseParser parser,
                 std::optional<coro::Duration> network_timeout);

  bool next(std::string& piece) override;

 private:
  void read_more();
  /// The body is complete: returns or closes the connection.
  void end();

  const Owners owners_;
  const std::optional<coro::Duration> network_timeout_;
  ResponseParser parser_;
  ConnectionPool::Lease lease_;
};

}  // namespace cppworker::http::fast
