#include "http/upgrade.hpp"

#include <chrono>
#include <memory>
#include <utility>

#include <cppworker/environment.hpp>
#include <cppworker/exception.hpp>

#include "coro/scheduler.hpp"
#include "http/body_stream.hpp"
#include "http/call.hpp"
#include "http/http_client.hpp"
#include "http/stopped_text.hpp"
#include "net/connection.hpp"
#include "user/shard.hpp"

namespace cppworker::http {

Upgrade upgrade(HttpClient& client, std::string_view url, const RequestOptions& options,
                bool counts_cut_off) {
  constexpr int kSwitchingProtocols = 101;
  RequestOptions own = options;
  own.stream = true;
  own.allow_redirects = false;
  coro::Clock& clock = client.environment.shard().scheduler.clock();
  const coro::TimePoint start = clock.now();
  Upgrade made;
  made.response = client.request({.client = client,
                                  .method = "GET",
                                  .url = url,
                                  .name = options.name,
                                  .options = own,
                                  .check = {},
                                  .self = coro::this_coroutine::self("upgrade"),
                                  .start = start,
                                  .upgrade = true,
                                  .counts_cut_off = counts_cut_off});
  made.stopped = made.response.status_code == 0 && made.response.error == kStoppedText;
  made.ended = start + std::chrono::duration_cast<coro::Duration>(made.response.elapsed);
  const std::shared_ptr<BodyStream> body = std::exchange(made.response.stream, nullptr);
  if (body != nullptr && made.response.status_code == kSwitchingProtocols) {
    made.connection = body->hand_over(made.rest);
    if (made.connection == nullptr) {
      throw Error(
          "The connection can't change its protocol: the request went through libcurl, because it "
          "uses HTTP/2 or a proxy of the environment, or an HTTPS or SOCKS proxy.");
    }
  }
  return made;
}

}  // namespace cppworker::http
