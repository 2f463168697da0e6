#include "http/curl/curl_engine.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include <sys/epoll.h>
#include <unistd.h>

#include <cppworker/http_session.hpp>

#include "base/check.hpp"
#include "coro/loop_stack.hpp"
#include "http/curl/curl_failure.hpp"
#include "http/shard_engine.hpp"
#include "user/shard.hpp"

namespace cppworker::http {

namespace {

/// The most connections that one user keeps open. A new one closes the oldest.
constexpr long kConnectionsPerUser = 10;
/// The most calls per turn for timeouts that libcurl sets to "now".
constexpr int kKicksPerTurn = 4;

}  // namespace

CurlEngine::CurlEngine(coro::Scheduler& scheduler, net::ShardResolver& names)
    : scheduler_(scheduler),
      sockets_(scheduler, *this),
      timer_(std::in_place, scheduler, &CurlEngine::on_timer_due, this),
      names_(names),
      settings_(ProcessSettings::read()),
      self_(std::make_shared<CurlEngine*>(this)) {
  scheduler.add_turn_hook([self = std::weak_ptr(self_)] {
    if (const auto engine = self.lock()) {
      (*engine)->turn();
    }
  });
}

CurlEngine::~CurlEngine() { shut_down(); }

const std::shared_ptr<CurlEngine>& CurlEngine::of(detail::Shard& shard) {
  shard.check_thread("client()");
  return engine_in<CurlEngine>(shard.curl_http_engine, shard.scheduler, shard.names);
}

std::shared_ptr<CurlTransfer> CurlEngine::make(std::shared_ptr<CurlShare> share,
                                               const Exchange::Request& request) {
  DCHECK(!shut_down_);
  auto transfer = std::make_shared<CurlTransfer>(*this, std::move(share), request);
  transfers_.insert(transfer.get());
  return transfer;
}

void CurlEngine::release(std::shared_ptr<CurlTransfer> transfer) {
  DCHECK(transfer.use_count() == 1);
  if (shut_down_) {
    return;
  }
  transfer->waiter_ = nullptr;
  if (transfer->under_way()) {
    coro::on_loop_stack([&] { detach(*transfer); });
  }
  transfers_.erase(transfer.get());
}

void CurlEngine::start(CurlTransfer& transfer, coro::Coroutine& waiter) {
  DCHECK(coro::Scheduler::current() == &scheduler_);
  DCHECK(transfer.state_ == CurlTransfer::State::kNew);
  transfer.waiter_ = &waiter;
  transfer.addresses_.start(scheduler_.turn_time());
  transfer.state_ = CurlTransfer::State::kQueued;
  queue_.push_back(transfer.weak_from_this());
}

void CurlEngine::shut_down() {
  self_.reset();
  for (CurlTransfer* const transfer : transfers_) {
    detach(*transfer);
    transfer->timer_.reset();
  }
  transfers_.clear();
  multi_.reset();
  timer_.reset();
  shut_down_ = true;
}

void CurlEngine::make_multi() {
  multi_.reset(curl_multi_init());
  if (multi_ == nullptr) {
    throw std::bad_alloc();
  }
  curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETFUNCTION, &CurlEngine::on_socket);
  curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_.get(), CURLMOPT_TIMERFUNCTION, &CurlEngine::on_timer);
  curl_multi_setopt(multi_.get(), CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, kConnectionsPerUser);
}

/// Called once per turn of the scheduler, after its coroutines have run: gives libcurl all new
/// requests.
void CurlEngine::turn() {
  for (const auto& [ref, error] : std::exchange(broken_, {})) {
    const auto transfer = ref.lock();
    if (transfer != nullptr && transfer->state_ == CurlTransfer::State::kRunning) {
      fail(*transfer, Failure::of_errno(error));
    }
  }
  for (const TransferRef& ref : queue_) {
    if (const auto transfer = ref.lock()) {
      admit(*transfer);
    }
  }
  queue_.clear();
  kick();
}

void CurlEngine::admit(CurlTransfer& transfer) {
  DCHECK(scheduler_.running() == nullptr);
  transfer.reset();
  try {
    if (multi_ == nullptr) {
      make_multi();
    }
    HeaderList resolve_list;
    if (may_connect(transfer, resolve_list)) {
      add(transfer, std::move(resolve_list));
    }
  } catch (const std::bad_alloc&) {
    fail(transfer, {.cause = Failure::Cause::kOutOfMemory});
  }
}

/// False if the transfer waits for a lookup or has failed.
bool CurlEngine::may_connect(CurlTransfer& transfer, HeaderList& resolve_list) {
  const std::optional<std::string>& proxy = transfer.request_.transport.proxy;
  if (!proxy && settings_.uses_proxy) {
    return true;  // libcurl chooses the proxy and looks it up
  }
  std::optional<Url> proxy_url;
  if (proxy && !proxy->empty()) {
    try {
      proxy_url = Url::prepare(*proxy);
    } catch (const InvalidURL&) {
      return true;  // libcurl reports the error
    }
  }
  CurlAddresses::Preparation preparation =
      transfer.addresses_.prepare(proxy_url ? *proxy_url : *transfer.request_.url,
                                  transfer.share_->has_connected(), resolve_list);
  switch (preparation.next) {
    case CurlAddresses::Next::kConnect:
      return true;
    case CurlAddresses::Next::kLookUp:
      wait_for_name(transfer, *preparation.host);
      return false;
    case CurlAddresses::Next::kFail:
      fail(transfer, std::move(preparation.failure));
      return false;
  }
  return false;
}

void CurlEngine::wait_for_name(CurlTransfer& transfer, const std::string& host) {
  transfer.state_ = CurlTransfer::State::kWaitsForName;
  transfer.enter(stats::Phase::kDns);
  names_.look_up(host, [self = std::weak_ptr(self_), ref = transfer.weak_from_this()](
                           const net::ShardResolver::AnswerPtr& answer) {
    if (const auto engine = self.lock()) {
      (*engine)->name_found(ref, answer);
    }
  });
}

void CurlEngine::name_found(const TransferRef& ref, const net::ShardResolver::AnswerPtr& answer) {
  const auto transfer = ref.lock();
  if (transfer == nullptr || transfer->state_ != CurlTransfer::State::kWaitsForName) {
    return;
  }
  transfer->leave_phase();
  if (!transfer->addresses_.take_answer(answer)) {
    finish(*transfer);  // with its earlier failure
  } else if (answer->gai_error() != 0) {
    fail(*transfer, {.cause = Failure::Cause::kNoAddress, .number = answer->gai_error()});
  } else {
    admit(*transfer);
  }
}

void CurlEngine::end(CurlTransfer& transfer, CURLcode code) {
  if (transfer.may_repeat(code)) {
    detach(transfer);
    admit(transfer);
    return;
  }
  transfer.collect(code);
  if (!looks_up_again(transfer, code)) {
    finish(transfer);
  }
}

/// Whether a transfer that ended with `code` waits for a lookup instead.
bool CurlEngine::looks_up_again(CurlTransfer& transfer, CURLcode code) {
  if (code == CURLE_OK || transfer.repeated_ || !transfer.addresses_.needs_lookup_after(code)) {
    return false;
  }
  look_up_first(transfer);
  return true;
}

/// Removes the transfer from libcurl until its name has been looked up.
void CurlEngine::look_up_first(CurlTransfer& transfer) {
  detach(transfer);
  wait_for_name(transfer, transfer.addresses_.host());
}

void CurlEngine::add(CurlTransfer& transfer, HeaderList resolve_list) {
  transfer.set_up(std::move(resolve_list));
  transfer.state_ = CurlTransfer::State::kRunning;
  sockets_.spoil_disturbed(*transfer.share_);
  const CURLMcode code = curl_multi_add_handle(multi_.get(), transfer.easy_->get());
  if (code != CURLM_OK) {
    fail(transfer, unsupported(code, curl_multi_strerror(code)));
  }
}

/// Makes one call for all new transfers and all expired timeouts.
void CurlEngine::kick() {
  for (int i = 0; kick_ && i < kKicksPerTurn; ++i) {
    kick_ = false;
    act(CURL_SOCKET_TIMEOUT, 0);
  }
  if (kick_) {
    timer_->arm(scheduler_.turn_time());
  }
}

void CurlEngine::act(curl_socket_t fd, int events) {
  DCHECK(scheduler_.running() == nullptr);
  DCHECK(multi_ != nullptr);
  int running = 0;
  curl_multi_socket_action(multi_.get(), fd, events, &running);
  drain();
  if (!without_socket_.empty()) {
    go_on_connecting();
  }
}

void CurlEngine::drain() {
  int left = 0;
  while (CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) {
      continue;
    }
    CurlTransfer* transfer = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
    DCHECK(transfer != nullptr && transfer->state_ == CurlTransfer::State::kRunning);
    end(*transfer, message->data.result);  // NOLINT(cppcoreguidelines-pro-type-union-access)
  }
}

/// A socket was closed, or none could be opened: go_on_connecting() handles it.
void CurlEngine::attempt_ended(CurlTransfer& transfer) {
  without_socket_.push_back(transfer.weak_from_this());
}

/// libcurl 7.88 has chosen the next address by then, but connects to it only when the transfer runs
/// again. Without this, that may be at its timeout only.
void CurlEngine::go_on_connecting() {
  for (const TransferRef& ref : std::exchange(without_socket_, {})) {
    const auto found = ref.lock();
    if (found == nullptr || found->state_ != CurlTransfer::State::kRunning) {
      continue;
    }
    CurlTransfer& transfer = *found;
    if (transfer.addresses_.needs_lookup()) {
      look_up_first(transfer);
    } else if (transfer.repeated_) {
      end(transfer, CURLE_COULDNT_CONNECT);
    } else if (!transfer.sent_) {
      curl_easy_pause(transfer.easy_->get(), CURLPAUSE_RECV);
      curl_easy_pause(transfer.easy_->get(), CURLPAUSE_CONT);  // makes libcurl run it
    }
  }
}

/// Removes the transfer from libcurl.
void CurlEngine::detach(CurlTransfer& transfer) {
  transfer.timer_->cancel();
  if (transfer.easy_) {
    if (!transfer.sent_) transfer.end_connecting();
    transfer.leave_phase();
    curl_multi_remove_handle(multi_.get(), transfer.easy_->get());
    sockets_.leave(*transfer.share_, transfer);
    transfer.easy_.reset();
  }
}

void CurlEngine::finish(CurlTransfer& transfer) {
  DCHECK(transfer.under_way());
  // A streamed response has finished with its head.
  (transfer.streaming_ ? transfer.body_ended_at_ : transfer.result.finished_at) =
      scheduler_.clock().now();
  detach(transfer);
  transfer.state_ = CurlTransfer::State::kDone;
  transfer.wake();
}

void CurlEngine::fail(CurlTransfer& transfer, Failure failure) {
  transfer.fail(std::move(failure));
  finish(transfer);
}

void CurlEngine::on_fd_ready(int fd, std::uint32_t epoll_events) {
  int events = 0;
  events |= (epoll_events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0;
  events |= (epoll_events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0;
  events |= (epoll_events & (EPOLLERR | EPOLLHUP)) != 0 ? CURL_CSELECT_ERR : 0;
  CurlTransfer* const user = sockets_.user(fd);
  if (user != nullptr && (events & CURL_CSELECT_IN) != 0) {
    user->note_progress();
  }
  act(fd, events);
}

int CurlEngine::on_socket(CURL* easy, curl_socket_t fd, int poll, void* self, void*) {
  auto& engine = *static_cast<CurlEngine*>(self);
  const int error = engine.sockets_.want(fd, poll);
  CurlTransfer* transfer = nullptr;
  curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
  if (transfer == nullptr) {
    return 0;
  }
  if (error != 0) {
    engine.broken_.emplace_back(transfer->weak_from_this(), error);
  } else if (poll != CURL_POLL_REMOVE) {
    transfer->uses_socket(fd, poll);
  }
  return 0;  // another value would end all transfers
}

int CurlEngine::on_close_socket(void* self, curl_socket_t fd) {
  auto& engine = *static_cast<CurlEngine*>(self);
  if (!engine.shut_down_) {
    CurlTransfer* const user = engine.sockets_.user(fd);
    if (user != nullptr && !user->sent_) {
      engine.attempt_ended(*user);
    }
    engine.sockets_.closing(fd);
  }
  return ::close(fd);
}

int CurlEngine::on_timer(CURLM*, long timeout_ms, void* self) {
  auto& engine = *static_cast<CurlEngine*>(self);
  engine.kick_ = timeout_ms == 0;
  if (timeout_ms > 0) {
    engine.timer_->arm(engine.scheduler_.clock().now() + std::chrono::milliseconds(timeout_ms));
  } else {
    engine.timer_->cancel();
  }
  return 0;
}

void CurlEngine::on_timer_due(void* self) { static_cast<CurlEngine*>(self)->kick_ = true; }

void CurlEngine::on_transfer_timeout(void* transfer_pointer) {
  auto& transfer = *static_cast<CurlTransfer*>(transfer_pointer);
  const auto& limit = transfer.time_limit();
  if (!limit) {
    return;
  }
  const auto due = transfer.last_progress_ + *limit;
  if (transfer.scheduler_.clock().now() < due) {
    transfer.timer_->arm(due);
  } else {
    if (!transfer.sent_) {
      transfer.addresses_.note_timeout();
    }
    transfer.engine_.fail(transfer, {.cause = Failure::Cause::kTimedOut});
  }
}

}  // namespace cppworker::http
