#include "http/curl/curl_exchange.hpp"

#include <utility>

#include <cppworker/exception.hpp>
#include <cppworker/http_response.hpp>

#include "base/check.hpp"
#include "coro/scheduler.hpp"
#include "net/connection.hpp"

namespace cppworker::http {

namespace {

/// The use of a transfer. One that is in progress when the lease ends is aborted.
class TransferLease {
 public:
  TransferLease(std::shared_ptr<CurlEngine> engine, std::shared_ptr<CurlShare> share,
                const Exchange::Request& request)
      : engine_(std::move(engine)), transfer_(engine_->make(std::move(share), request)) {}
  TransferLease(TransferLease&& other) noexcept = default;
  TransferLease& operator=(TransferLease&&) = delete;
  ~TransferLease() {
    if (transfer_ != nullptr) {
      engine_->release(std::move(transfer_));
    }
  }

  CurlTransfer& operator*() const {
    DCHECK(transfer_ != nullptr && !engine_->is_shut_down());
    return *transfer_;
  }
  [[nodiscard]] CurlEngine& engine() const { return *engine_; }

 private:
  std::shared_ptr<CurlEngine> engine_;
  std::shared_ptr<CurlTransfer> transfer_;
};

/// The body of a response whose transfer is in progress, or has ended.
class CurlBody final : public ExchangeBody {
 public:
  explicit CurlBody(TransferLease lease) : lease_(std::move(lease)) {}

  [[nodiscard]] coro::TimePoint received_at() const override {
    if (lease_.engine().is_shut_down()) return {};
    return at_end_ ? (*lease_).body_ended_at() : (*lease_).body_received_at();
  }
  std::unique_ptr<net::Connection> hand_over(std::string& /*rest*/) override { return nullptr; }

  Failure next(std::string& piece) override {
    piece.clear();
    for (;;) {
      if (lease_.engine().is_shut_down()) {
        throw StreamError("The response can't be read: its test run has ended.");
      }
      CurlTransfer& transfer = *lease_;
      if (transfer.take_body(piece)) {
        return {};
      }
      if (transfer.done()) {
        at_end_ = true;
        return std::exchange(transfer.result.failure, {});
      }
      coro::Scheduler* const scheduler = coro::Scheduler::current();
      if (scheduler == nullptr || scheduler->running() == nullptr) {
        throw Error("A streamed response can be read only by a user or a listener of an event.");
      }
      if (!transfer.wait_for_body()) {
        return {.cause = Failure::Cause::kStopped};
      }
    }
  }

 private:
  TransferLease lease_;
  bool at_end_ = false;  // the end has been read
};

/// Notes whether a request has been sent, also when StopUser is thrown.
class SentNote {
 public:
  SentNote(const CurlTransfer& transfer, bool& sent) : transfer_(transfer), sent_(sent) {}
  SentNote(const SentNote&) = delete;
  SentNote& operator=(const SentNote&) = delete;
  ~SentNote() { sent_ = sent_ || transfer_.result.sent; }

 private:
  const CurlTransfer& transfer_;
  bool& sent_;
};

}  // namespace

CurlExchange::CurlExchange(detail::Shard& shard)
    : engine_(CurlEngine::of(shard)), share_(std::make_shared<CurlShare>()) {}

void CurlExchange::perform(const Request& request, Result& result, coro::Coroutine& self) {
  TransferLease lease(engine_, share_, request);
  CurlTransfer& transfer = *lease;
  {
    const SentNote note(transfer, result.sent);
    engine_->start(transfer, self);
    while (!transfer.answered()) {
      if (!coro::this_coroutine::suspend()) {
        result.failure = {.cause = Failure::Cause::kStopped};
        return;
      }
    }
  }
  if (request.phases != nullptr) request.phases->times().add(transfer.phase_times());
  Exchange::Result& received = transfer.result;
  result.status_code = received.status_code;
  result.reason = std::move(received.reason);
  result.header_lines = std::move(received.header_lines);
  result.sets_cookies = received.sets_cookies;
  result.is_encoded = received.is_encoded;
  result.finished_at = received.finished_at;
  result.remote_address = std::move(received.remote_address);
  result.body.clear();
  result.stream.reset();
  result.failure = {};
  if (transfer.streaming()) {
    result.stream = std::make_unique<CurlBody>(std::move(lease));
    return;
  }
  result.body = std::move(received.body);
  result.failure = std::move(received.failure);
}

}  // namespace cppworker::http
