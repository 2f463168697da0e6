#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
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

  /// A new transfer; the caller returns it by release(). Any stack.
  std::shared_ptr<CurlTransfer> make(std::shared_ptr<CurlShare> share,
                                     const Exchange::Request& request);
  /// Ends the transfer. If it is in progress, its connection is closed and no coroutine is resumed.
  /// Any stack. @pre nothing else refers to it
  void release(std::shared_ptr<CurlTransfer> transfer);

  /// Queues the transfer's request. Resumes `waiter` when it is done. Any stack.
  void start(CurlTransfer& transfer, coro::Coroutine& waiter);

  /// Ends everything that needs the scheduler, before the shard ends. Sessions may outlive it.
  void shut_down();
  /// The shard and all transfers have ended. The engine exists only for the sessions: closing their
  /// connections calls it.
  [[nodiscard]] bool is_shut_down() const { return shut_down_; }
  [[nodiscard]] const CurlSockets& sockets() const { return sockets_; }

 private:
  friend class CurlTransfer;
  using TransferRef = std::weak_ptr<CurlTransfer>;  // it may be released meanwhile

  void make_multi();
  void turn();
  void admit(CurlTransfer& transfer);
  bool may_connect(CurlTransfer& transfer, HeaderList& resolve_list);
  void wait_for_name(CurlTransfer& transfer, const std::string& host);
  void name_found(const TransferRef& ref, const net::ShardResolver::AnswerPtr& answer);
  /// libcurl has ended the transfer.
  void end(CurlTransfer& transfer, CURLcode code);
  bool looks_up_again(CurlTransfer& transfer, CURLcode code);
  void look_up_first(CurlTransfer& transfer);
  void attempt_ended(CurlTransfer& transfer);
  void go_on_connecting();
  void add(CurlTransfer& transfer, HeaderList resolve_list);
  void kick();
  void act(curl_socket_t fd, int events);
  void drain();
  void detach(CurlTransfer& transfer);
  void finish(CurlTransfer& transfer);
  void fail(CurlTransfer& transfer, Failure failure);

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
  const ProcessSettings settings_;
  MultiHandle multi_;
  std::unordered_set<CurlTransfer*> transfers_;  // all that are not released
  std::vector<TransferRef> queue_;
  std::vector<TransferRef> without_socket_;  // transfers whose attempt to connect has ended
  std::vector<std::pair<TransferRef, int>>
      broken_;         // transfers whose socket can't be watched, with the errno
  bool kick_ = false;  // a timeout of libcurl has expired
  bool shut_down_ = false;
  std::shared_ptr<CurlEngine*> self_;  // for callbacks that may come after the end
};

}  // namespace cppworker::http
