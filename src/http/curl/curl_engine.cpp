#include "http/curl/curl_engine.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cppworker/http_session.hpp>

#include "base/check.hpp"
#include "http/curl/curl_clock.hpp"
#include "http/failure_text.hpp"
#include "http/shard_engine.hpp"
#include "user/shard.hpp"

namespace cppworker::http {

namespace {

/// The most connections that one user keeps open. A new one closes the oldest.
constexpr long kConnectionsPerUser = 10;
/// The most idle handles (20 KiB each) that are kept. A burst's surplus handles are freed.
constexpr std::size_t kIdleHandlesMax = 256;
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
  return engine_in<CurlEngine>(shard.curl_http_engine, shard);
}

CurlTransfer& CurlEngine::acquire() {
  DCHECK(!shut_down_);
  if (idle_.empty()) {
    transfers_.push_back(std::make_unique<CurlTransfer>(*this));
    idle_.reserve(transfers_.size());  // so that release() can't fail
    return *transfers_.back();
  }
  CurlTransfer& transfer = *idle_.back();
  idle_.pop_back();
  DCHECK(transfer.state_ == CurlTransfer::State::kIdle);
  bare_ = std::min(bare_, idle_.size());
  transfer.reset_result();
  return transfer;
}

void CurlEngine::release(CurlTransfer& transfer) {
  DCHECK(!transfer.under_way());
  DCHECK(idle_.size() < transfers_.size());
  transfer.request.method = {};
  transfer.request.url = nullptr;
  transfer.request.body = {};
  transfer.any_sent_ = false;
  transfer.streaming_ = false;
  transfer.addresses_.release();
  transfer.state_ = CurlTransfer::State::kIdle;
  idle_.push_back(&transfer);
}

void CurlEngine::start(CurlTransfer& transfer, CurlShare& share, coro::Coroutine& waiter) {
  DCHECK(coro::Scheduler::current() == &scheduler_);
  DCHECK(!transfer.under_way());
  DCHECK(transfer.request.url != nullptr);
  transfer.share_ = &share;
  transfer.waiter_ = &waiter;
  transfer.addresses_.start(scheduler_.turn_time());
  transfer.state_ = CurlTransfer::State::kQueued;
  ++transfer.generation_;
  queue_.push_back({&transfer, transfer.generation_});
}

void CurlEngine::abort(CurlTransfer& transfer) {
  DCHECK(scheduler_.running() == nullptr);
  DCHECK(transfer.under_way());
  detach(transfer);
  transfer.waiter_ = nullptr;
  transfer.state_ = CurlTransfer::State::kIdle;
}

void CurlEngine::shut_down() {
  self_.reset();
  for (const auto& transfer : transfers_) {
    detach(*transfer);
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
  while (!broken_.empty()) {
    const auto [ref, error] = broken_.back();
    broken_.pop_back();
    if (ref.valid(CurlTransfer::State::kRunning)) {
      fail(*ref.transfer, os_error_text(error));
    }
  }
  for (const TransferRef& ref : queue_) {
    if (ref.valid(CurlTransfer::State::kQueued)) {
      admit(*ref.transfer);
    }
  }
  queue_.clear();
  kick();
  free_surplus_handles();
}

void CurlEngine::free_surplus_handles() {
  for (; bare_ + kIdleHandlesMax < idle_.size(); ++bare_) {
    idle_[bare_]->free_handle();
  }
  // Erasing half of all at a time keeps the cost per transfer constant. Not while a TransferRef may
  // refer to one of them.
  if (bare_ * 2 > transfers_.size() && broken_.empty() && without_socket_.empty() &&
      waiting_for_names_ == 0) {
    const auto end = idle_.begin() + static_cast<std::ptrdiff_t>(std::exchange(bare_, 0));
    std::for_each(idle_.begin(), end,
                  [](CurlTransfer* transfer) { transfer->state_ = CurlTransfer::State::kSurplus; });
    idle_.erase(idle_.begin(), end);
    std::erase_if(transfers_, [](const std::unique_ptr<CurlTransfer>& transfer) {
      return transfer->state_ == CurlTransfer::State::kSurplus;
    });
  }
}

void CurlEngine::admit(CurlTransfer& transfer) {
  DCHECK(scheduler_.running() == nullptr);
  DCHECK(transfer.state_ == CurlTransfer::State::kQueued ||
         transfer.state_ == CurlTransfer::State::kWaitsForName);
  transfer.reset_result();
  try {
    if (multi_ == nullptr) {
      make_multi();
    }
    transfer.prepare_handle();
    if (may_connect(transfer)) {
      add(transfer);
    }
  } catch (const std::bad_alloc&) {
    fail(transfer, "MemoryError()");
  }
}

/// False if the transfer waits for a lookup or has failed.
bool CurlEngine::may_connect(CurlTransfer& transfer) {
  HeaderList& resolve_list = transfer.easy_.resolve_list();
  resolve_list.reset();
  const std::optional<std::string>& proxy = transfer.request.transport.proxy;
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
      transfer.addresses_.prepare(proxy_url ? *proxy_url : *transfer.request.url,
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
  ++waiting_for_names_;
  const TransferRef ref{&transfer, transfer.generation_};
  names_.look_up(host,
                 [self = std::weak_ptr(self_), ref](const net::ShardResolver::AnswerPtr& answer) {
                   if (const auto engine = self.lock()) {
                     DCHECK((*engine)->waiting_for_names_ != 0);
                     --(*engine)->waiting_for_names_;
                     (*engine)->name_found(ref, answer);
                   }
                 });
}

void CurlEngine::name_found(const TransferRef& ref, const net::ShardResolver::AnswerPtr& answer) {
  if (!ref.valid(CurlTransfer::State::kWaitsForName)) {
    return;
  }
  CurlTransfer& transfer = *ref.transfer;
  if (!transfer.addresses_.take_answer(answer)) {
    finish(transfer);  // with its earlier failure
  } else if (answer->gai_error() != 0) {
    fail(transfer, name_error_text(answer->gai_error()));
  } else {
    admit(transfer);
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
  CurlShare* const share = transfer.share_;
  detach(transfer);
  transfer.share_ = share;
  wait_for_name(transfer, transfer.addresses_.host());
}

void CurlEngine::note_unverified() {
  if (!std::exchange(unverified_noted_, true)) {
    spdlog::warn("A user doesn't verify TLS certificates (verify = false).");
  }
}

void CurlEngine::add(CurlTransfer& transfer) {
  transfer.state_ = CurlTransfer::State::kRunning;
  transfer.set_up();
  const CURLMcode code = curl_multi_add_handle(multi_.get(), transfer.easy_.get());
  if (code != CURLM_OK) {
    fail(transfer, exception_text("CurlError", curl_multi_strerror(code)));
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
  {
    const CurlClock clock;
    curl_multi_socket_action(multi_.get(), fd, events, &running);
  }
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
    const CURLcode code = message->data.result;  // NOLINT(cppcoreguidelines-pro-type-union-access)
    transfer->collect(code);
    if (looks_up_again(*transfer, code)) {
      continue;
    }
    transfer->forget_connection();
    finish(*transfer);
  }
}

void CurlEngine::note_socket(CurlTransfer& transfer, int fd) {
  const auto index = static_cast<std::size_t>(fd);
  if (index >= openers_.size()) {
    openers_.resize(index + index / 2 + 64);
  }
  DCHECK(openers_[index] == nullptr);
  openers_[index] = &transfer;
  transfer.sockets_.push_back(fd);
}

void CurlEngine::forget_sockets(CurlTransfer& transfer) {
  for (const int fd : transfer.sockets_) {
    DCHECK(openers_[static_cast<std::size_t>(fd)] == &transfer);
    openers_[static_cast<std::size_t>(fd)] = nullptr;
  }
  transfer.sockets_.clear();
}

/// A socket was closed, or none could be opened: go_on_connecting() handles it.
void CurlEngine::attempt_ended(CurlTransfer& transfer) {
  without_socket_.push_back({&transfer, transfer.generation_});
}

/// libcurl 7.88 has chosen the next address by then, but connects to it only when the transfer runs
/// again. Without this, that may be at its timeout only.
void CurlEngine::go_on_connecting() {
  for (const TransferRef& ref : std::exchange(without_socket_, {})) {
    if (!ref.valid(CurlTransfer::State::kRunning)) {
      continue;
    }
    CurlTransfer& transfer = *ref.transfer;
    if (transfer.addresses_.needs_lookup()) {
      look_up_first(transfer);
    } else if (transfer.repeated_) {
      transfer.collect(CURLE_COULDNT_CONNECT);
      finish(transfer);
    } else if (!transfer.sent_) {
      curl_easy_pause(transfer.easy_.get(), CURLPAUSE_RECV);
      curl_easy_pause(transfer.easy_.get(), CURLPAUSE_CONT);  // makes libcurl run it
    }
  }
}

/// Removes the transfer from libcurl, and from it everything of its user.
void CurlEngine::detach(CurlTransfer& transfer) {
  transfer.timer_.cancel();
  if (transfer.state_ == CurlTransfer::State::kRunning) {
    forget_sockets(transfer);
    curl_multi_remove_handle(multi_.get(), transfer.easy_.get());
    transfer.leave_share();
  }
  transfer.share_ = nullptr;
}

void CurlEngine::finish(CurlTransfer& transfer) {
  DCHECK(transfer.under_way());
  transfer.result.finished_at = scheduler_.clock().now();
  detach(transfer);
  transfer.state_ = CurlTransfer::State::kDone;
  transfer.wake();
}

void CurlEngine::fail(CurlTransfer& transfer, std::string failure) {
  transfer.fail(std::move(failure));
  finish(transfer);
}

void CurlEngine::on_fd_ready(int fd, std::uint32_t epoll_events) {
  const int events = sockets_.take_events(fd, epoll_events);
  if (events != 0) {
    act(fd, events);
  }
}

int CurlEngine::on_socket(CURL* easy, curl_socket_t fd, int poll, void* self, void*) {
  auto& engine = *static_cast<CurlEngine*>(self);
  const int error = engine.sockets_.want(fd, poll);
  if (error != 0) {
    CurlTransfer* transfer = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
    if (transfer != nullptr) {
      engine.broken_.push_back({{transfer, transfer->generation_}, error});
    }
  }
  return 0;  // another value would end all transfers
}

int CurlEngine::on_close_socket(void* self, curl_socket_t fd) {
  auto& engine = *static_cast<CurlEngine*>(self);
  if (!engine.shut_down_) {
    engine.sockets_.closing(fd);
    const auto index = static_cast<std::size_t>(fd);
    if (index < engine.openers_.size() && engine.openers_[index] != nullptr) {
      CurlTransfer& transfer = *std::exchange(engine.openers_[index], nullptr);
      std::erase(transfer.sockets_, fd);
      engine.attempt_ended(transfer);
    }
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
    transfer.timer_.arm(due);
  } else {
    if (!transfer.sent_) {
      transfer.addresses_.note_timeout();
    }
    transfer.engine_.fail(transfer, transfer.timeout_text());
  }
}

}  // namespace cppworker::http
