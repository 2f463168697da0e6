#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <curl/curl.h>

#include "coro/scheduler.hpp"
#include "coro/timers.hpp"
#include "http/curl/curl_handles.hpp"
#include "http/curl/curl_sockets.hpp"
#include "http/curl/curl_stand_ins.hpp"
#include "http/curl/curl_transfer.hpp"
#include "http/process_settings.hpp"
#include "net/shard_resolver.hpp"

namespace cppworker::detail {
class Shard;
}

namespace cppworker::http {

/// Runs libcurl for the users of one shard: one multi handle, driven by the shard's scheduler. A
/// user queues its request and suspends. libcurl runs on the scheduler's own stack, for many
/// requests at a time.
class CurlEngine final : private coro::FdHandler {
 public:
  /// @param names outlives the engine's use of the scheduler, see shut_down()
  CurlEngine(coro::Scheduler& scheduler, net::ShardResolver& names);
  ~CurlEngine() override;
  CurlEngine(const CurlEngine&) = delete;
  CurlEngine& operator=(const CurlEngine&) = delete;

  /// The shard's engine; created on first use, shut down with the shard.
  static const std::shared_ptr<CurlEngine>& of(detail::Shard& shard);

  /// Takes a transfer from the pool; the caller returns it by release(). Any stack.
  CurlTransfer& acquire();
  /// @pre it isn't in progress
  void release(CurlTransfer& transfer);

  /// Queues the transfer's request. Resumes `waiter` when it is done. Any stack.
  void start(CurlTransfer& transfer, CurlShare& share, coro::Coroutine& waiter);
  /// Ends a transfer that is in progress and closes its connection. Resumes no coroutine. On the
  /// scheduler's own stack.
  void abort(CurlTransfer& transfer);

  /// Ends everything that needs the scheduler, before the shard ends. Sessions may outlive it.
  void shut_down();
  /// The shard and all transfers have ended. The engine exists only for the sessions: closing their
  /// connections calls it.
  [[nodiscard]] bool is_shut_down() const { return shut_down_; }
  [[nodiscard]] const CurlSockets& sockets() const { return sockets_; }
  /// The number of transfers, in use or idle; for tests.
  [[nodiscard]] std::size_t transfers() const { return transfers_.size(); }
  [[nodiscard]] const ProcessSettings& settings() const { return settings_; }

 private:
  friend class CurlTransfer;
  struct TransferRef {  // refers to one use of a transfer, which may be aborted and reused
                        // meanwhile
    CurlTransfer* transfer;
    std::uint64_t generation;
    [[nodiscard]] bool valid(CurlTransfer::State state) const {
      return transfer->generation_ == generation && transfer->state_ == state;
    }
  };

  void make_multi();
  void free_surplus_handles();
  /// Logs a warning, once.
  void note_unverified();
  void turn();
  void admit(CurlTransfer& transfer);
  bool may_connect(CurlTransfer& transfer);
  void wait_for_name(CurlTransfer& transfer, const std::string& host);
  void name_found(const TransferRef& ref, const net::ShardResolver::AnswerPtr& answer);
  bool looks_up_again(CurlTransfer& transfer, CURLcode code);
  void look_up_first(CurlTransfer& transfer);
  void note_socket(CurlTransfer& transfer, int fd);
  void forget_sockets(CurlTransfer& transfer);
  void attempt_ended(CurlTransfer& transfer);
  void go_on_connecting();
  void add(CurlTransfer& transfer);
  void kick();
  void act(curl_socket_t fd, int events);
  void drain();
  void detach(CurlTransfer& transfer);
  void finish(CurlTransfer& transfer);
  void fail(CurlTransfer& transfer, std::string failure);

  void on_fd_ready(int fd, std::uint32_t epoll_events) override;
  static int on_socket(CURL* easy, curl_socket_t fd, int poll, void* self, void*);
  static int on_close_socket(void* self, curl_socket_t fd);
  static int on_timer(CURLM*, long timeout_ms, void* self);
  static void on_timer_due(void* self);
  static void on_transfer_timeout(void* transfer);

  coro::Scheduler& scheduler_;
  CurlSockets sockets_;
  std::optional<coro::Timer> timer_;  // libcurl's; none after shut_down()
  net::ShardResolver& names_;
  CurlStandIns stand_ins_;
  std::size_t waiting_for_names_ = 0;  // refs
  const ProcessSettings settings_;
  MultiHandle multi_;
  std::vector<std::unique_ptr<CurlTransfer>> transfers_;
  std::vector<CurlTransfer*> idle_;  // the last one is used first
  std::size_t bare_ = 0;  // the number of those at the beginning of idle_ without a handle
  std::vector<TransferRef> queue_;
  std::vector<CurlTransfer*>
      openers_;  // by fd: the transfer that connects, until it sends its request
  std::vector<TransferRef> without_socket_;  // transfers whose attempt to connect has ended
  std::vector<std::pair<TransferRef, int>>
      broken_;         // transfers whose socket can't be watched, with the errno
  bool kick_ = false;  // a timeout of libcurl has expired
  bool shut_down_ = false;
  bool unverified_noted_ = false;
  std::shared_ptr<CurlEngine*> self_;  // for callbacks that may come after the end
};

}  // namespace cppworker::http
