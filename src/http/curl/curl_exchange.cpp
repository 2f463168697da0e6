#include "http/curl/curl_client.hpp"

#include <charconv>
#include <cstdint>
#include <utility>

#include <cppworker/environment.hpp>

#include "base/check.hpp"
#include "http/body_stream.hpp"
#include "http/failure_text.hpp"
#include "http/header_lines.hpp"
#include "http/loop_stack.hpp"
#include "http/requests/redirect_chain.hpp"
#include "http/report.hpp"
#include "user/shard.hpp"

namespace cppworker::http {

namespace {

/// The use of one of the engine's transfers. A transfer that is in progress when the lease ends is
/// aborted.
class TransferLease {
 public:
  TransferLease(std::shared_ptr<CurlEngine> engine, std::shared_ptr<CurlShare> share)
      : engine_(std::move(engine)), share_(std::move(share)), transfer_(&engine_->acquire()) {}
  TransferLease(TransferLease&& other) noexcept
      : engine_(std::move(other.engine_)),
        share_(std::move(other.share_)),
        transfer_(std::exchange(other.transfer_, nullptr)) {}
  TransferLease& operator=(TransferLease&&) = delete;
  ~TransferLease() {
    if (transfer_ == nullptr || engine_->is_shut_down()) {
      return;
    }
    if (transfer_->under_way()) {
      on_loop_stack([this] { engine_->abort(*transfer_); });
    }
    engine_->release(*transfer_);
  }

  CurlTransfer& operator*() const {
    DCHECK(transfer_ != nullptr && !engine_->is_shut_down());
    return *transfer_;
  }
  CurlTransfer* operator->() const { return &**this; }
  [[nodiscard]] CurlEngine& engine() const { return *engine_; }
  [[nodiscard]] CurlShare& share() const { return *share_; }

 private:
  std::shared_ptr<CurlEngine> engine_;
  std::shared_ptr<CurlShare> share_;
  CurlTransfer* transfer_;
};

class CurlBodyStream final : public BodyStream {
 public:
  explicit CurlBodyStream(TransferLease lease)
      : lease_(std::move(lease)), url_(*lease_->request.url) {
    lease_->request.url = &url_;  // the call's URL ends with the call
  }

  bool next(std::string& piece) override {
    for (;;) {
      if (lease_.engine().is_shut_down()) {
        throw StreamError("The response can't be read: its test run has ended.");
      }
      CurlTransfer& transfer = *lease_;
      if (transfer.take_body(piece)) {
        return true;
      }
      if (transfer.done()) {
        if (!transfer.body_failure().empty()) {
          throw StreamError(transfer.body_failure());
        }
        return false;
      }
      if (!transfer.wait_for_body()) {
        throw StreamError("StopUser()");
      }
    }
  }

 private:
  TransferLease lease_;
  Url url_;
};

std::int64_t declared_length(std::string_view header_lines) {
  const std::string_view text = find_header(header_lines, "Content-Length");
  std::int64_t length = 0;
  std::from_chars(text.data(), text.data() + text.size(), length);
  return length;
}

}  // namespace

CurlClient::CurlClient(Environment& environment)
    : engine_(CurlEngine::of(environment.shard())), share_(std::make_shared<CurlShare>()) {}

Response CurlClient::request(const Call& call) {
  TransferLease lease(engine_, share_);
  CurlTransfer& transfer = *lease;
  RedirectChain chain(call, transfer.request, transfer.result);
  Verify& verify = transfer.request.transport.verify;
  if (call.session.settings.trust_env && verify.enabled && verify.ca_path.empty()) {
    verify.ca_path = engine_->settings().ca_file;
  }
  transfer.result.finished_at = call.start;
  try {
    while (chain.next_exchange()) {
      engine_->start(transfer, *share_, call.self);
      while (!transfer.answered()) {
        if (!coro::this_coroutine::suspend()) {
          return stopped_response();
        }
      }
    }
  } catch (const StopUser&) {
    if (transfer.any_sent()) {
      count_cut_off(call, chain.first_name());
    }
    throw;
  }

  const coro::TimePoint finished_at = transfer.result.finished_at;
  Outcome outcome{.name = chain.name(), .url = chain.event_url(), .ended = finished_at};
  Response response = chain.take_response();
  response.elapsed = finished_at - call.start;
  if (!response.error.empty()) {
    outcome.failure = response.error;
  } else {
    outcome.failure = http_error_text(response.status_code, response.reason,
                                      call.name.empty() ? outcome.name : call.name);
  }
  if (call.options.stream) {
    outcome.response_length = declared_length(response.headers.lines());
    if (response.error.empty()) {
      response.stream = std::make_shared<CurlBodyStream>(std::move(lease));
    }
  } else {
    outcome.response_length = std::ssize(response.text);
  }
  report(call, response, outcome);
  return response;
}

}  // namespace cppworker::http
