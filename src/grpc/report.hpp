#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "coro/clock.hpp"
#include "grpc/client_state.hpp"

namespace cppworker::grpc {

/// A request for the statistics.
struct Report {
  std::string_view type;
  std::string_view name;
  std::string_view path;
  coro::TimePoint start;
  coro::TimePoint end;
  std::int64_t length = 0;  ///< bytes of the received messages
  const Value::Map& context;
  const GrpcResult* result = nullptr;  ///< for the sample of a failure; may be null
};

/// Counts the request and calls the listeners. Throws what they throw.
/// @param failure none: success
void report(const detail::GrpcClientState& client, const Report& request,
            std::optional<std::string> failure);

/// Reports a call as its check has decided: runs `check()`, which may throw. Without a check, by
/// the status.
/// @param verdict null: no check
void report_checked(const detail::GrpcClientState& client, const Report& request,
                    const GrpcResult& result, const detail::GrpcVerdict* verdict,
                    const std::function<void()>& check);

/// Counts a call of a user that was stopped before the call had ended.
void count_cut_off(const detail::GrpcClientState& client, std::string_view type,
                   std::string_view name);

}  // namespace cppworker::grpc
