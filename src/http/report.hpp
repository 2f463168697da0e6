#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <cppworker/http_response.hpp>

#include "coro/clock.hpp"
#include "failures/sample.hpp"
#include "http/call.hpp"

namespace cppworker::http {

/// What a client has sent and received, for the sample of a failed request. Nothing is copied
/// unless the request has failed.
class Evidence {
 public:
  /// Fills the request, the address, and the response if `sample` has none. Called on the
  /// scheduler's own stack.
  virtual void describe(failures::Sample& sample) const = 0;

 protected:
  ~Evidence() = default;
};

/// The result of a call, besides its response. The views must be valid until report() returns.
struct Outcome {
  std::string_view name;   ///< of the row, if the call has no name
  std::string_view url{};  ///< complete, for listeners; "": the response's URL
  /// The failure text for the statistics, unless the author's check decides otherwise; none:
  /// success.
  std::optional<std::string> failure{};
  std::int64_t response_length = 0;
  coro::TimePoint ended{};
  const Evidence* evidence = nullptr;  ///< not owned
};

/// Runs the author's check, which may change the response, and fires the `request` event. Throws
/// what the check or a listener throws.
void report(const Call& call, Response& response, Outcome& outcome);

/// The last responses that redirected, for a sample.
[[nodiscard]] std::vector<failures::Sample::Redirect> sampled_redirects(
    const std::vector<Response>& history);

/// The response of a call that could not wait because its user is being stopped and unwinds.
[[nodiscard]] Response stopped_response();

/// Counts a request that may have reached the server, of a user that was stopped before the
/// response arrived.
void count_cut_off(const Call& call, std::string_view name);

}  // namespace cppworker::http
