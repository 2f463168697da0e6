#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <cppworker/http_session.hpp>

#include "coro/clock.hpp"
#include "coro/coroutine.hpp"
#include "http/http_client.hpp"
#include "http/phase_timer.hpp"
#include "http/url/url.hpp"

namespace cppworker::http {

/// One call of HttpSession::request(). The views are valid until it returns.
struct Call {
  HttpClient& client;
  std::string_view method;
  std::string_view url;
  std::string_view name;  ///< given by the author; "": the client's default
  const RequestOptions& options;
  const HttpSession::Check& check;
  coro::Coroutine& self;
  coro::TimePoint start;
  PhaseTimer* phases = nullptr;  ///< null: phases are not measured
  /// It asks for another protocol: see upgrade(). Its outcome is not reported.
  bool upgrade = false;
  bool counts_cut_off = true;  ///< false: a stop that interrupts it is not counted
};

/// Upper bound of all timeouts: longer than any run.
constexpr Seconds kTimeoutMax = std::chrono::hours{24 * 365};

/// The URL of the first request, with the call's parameters. Throws InvalidURL.
[[nodiscard]] Url target_url(const Call& call);
/// The method in upper case, as it is sent.
[[nodiscard]] std::string sent_method(const Call& call);
/// The call's credentials if it has some, otherwise the session's.
[[nodiscard]] const std::optional<Auth>& chosen_auth(const Call& call);

/// The body of a call's request.
struct Content {
  std::string made{};        ///< encoded from the call's form and files
  std::string_view given{};  ///< without those: the author's data or JSON, not owned
  std::string type{};        ///< for Content-Type; "": data of an unknown type
  [[nodiscard]] std::string_view bytes() const { return made.empty() ? given : made; }
};
/// Throws std::invalid_argument (options that contradict each other).
[[nodiscard]] Content content(const Call& call);

}  // namespace cppworker::http
