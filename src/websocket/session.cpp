#include "websocket/session.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <exception>
#include <system_error>
#include <utility>

#include <sys/socket.h>

#include <cppworker/events.hpp>

#include "base/check.hpp"
#include "coro/loop_stack.hpp"
#include "http/stopped_text.hpp"
#include "net/deadline.hpp"
#include "text/python_repr.hpp"
#include "websocket/close_code.hpp"
#include "websocket/deflate.hpp"
#include "websocket/frame.hpp"

namespace cppworker::websocket {

namespace {

/// A sender waits while more than this is unsent, in bytes.
constexpr std::size_t kUnsentMax = std::size_t{1024} * 1024;

/// Messages without a wait before other coroutines run.
constexpr unsigned kTurns = 16;

/// After both Close frames the server ends the connection, so that the ports that have to rest are
/// on its side (RFC 6455, 7.1.1). A server that does not is not waited for longer than this.
constexpr coro::Duration kLinger = std::chrono::seconds{1};

/// A frame is made here, to save an allocation. A large one is not kept.
constexpr std::size_t kScratchMax = std::size_t{64} * 1024;
thread_local std::string scratch;

/// In the queue. Without the message itself, empty ones would fill the memory.
std::size_t size_of(const Session::Message& message) {
  return message.text.size() + sizeof message;
}

/// Before close(), which would reset a connection with unread bytes: the server might then lose the
/// Close frame. send_end() does it for TLS.
void drop_received(int fd) {
  constexpr int kReadsMax = 64;
  std::array<char, std::size_t{16} * 1024>
      buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  for (int i = 0; i < kReadsMax; ++i) {
    if (::recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT) <= 0) return;
  }
}

std::string ended_text(const net::Failure& failure) {
  if (failure.cause == net::Failure::Cause::kSystemError) {
    return closed_text(kAbnormal, std::generic_category().message(failure.number));
  }
  return closed_text(kAbnormal, "");
}

}  // namespace

std::string closed_text(std::uint16_t code, std::string_view reason) {
  std::string text = "WebSocketClosed(" + std::to_string(code);
  if (!reason.empty()) text += ", " + text::python_repr(reason);
  return text + ")";
}

/// A coroutine that waits for a message, or for the end.
struct Session::Waiter {
  coro::Coroutine& coroutine;
  const Match* match;  // null: any message
  bool for_end;        // no message
  Result result{};
};

/// Registers a waiter for the lifetime of this object.
class Session::Waiting {
 public:
  Waiting(Session& session, Waiter& waiter) : session_(session), waiter_(waiter) {
    session_.waiters_.push_back(&waiter_);
  }
  ~Waiting() { std::erase(session_.waiters_, &waiter_); }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

 private:
  Session& session_;
  Waiter& waiter_;
};

Session::Session(coro::Scheduler& scheduler, std::mt19937_64& random,
                 std::unique_ptr<net::Connection> connection, const Settings& settings,
                 Owner& owner)
    : scheduler_(scheduler),
      random_(random),
      connection_(std::move(connection)),
      reader_(settings.compression, settings.message_size_max),
      settings_(settings),
      owner_(&owner),
      timer_(scheduler, &Session::on_timer, this) {}

Session::~Session() {
  DCHECK(waiters_.empty());
  abandon();
}

void Session::begin(std::string bytes) {
  if (settings_.ping_interval > coro::Duration::zero()) {
    timer_.arm(scheduler_.turn_time() + settings_.ping_interval);
  }
  connection_->set_sink(*this);
  if (!bytes.empty()) {
    early_ = std::make_unique<std::string>(std::move(bytes));
    scheduler_.post([session = weak_from_this()] {
      if (const std::shared_ptr<Session> self = session.lock()) self->read_early();
    });
  }
}

void Session::read_early() {
  if (const auto bytes = std::exchange(early_, nullptr)) read(*bytes);
}

void Session::set_on_message(OnMessage on_message) {
  on_message_ = on_message ? std::make_shared<const OnMessage>(std::move(on_message)) : nullptr;
  const std::shared_ptr<Session> self = shared_from_this();
  coro::on_loop_stack([this] {
    const auto listener = on_message_;  // a copy: it may replace itself
    while (listener != nullptr && listener == on_message_ && !queue_.empty()) {
      const Message message = std::move(queue_.front());
      queue_.pop_front();
      queue_size_ -= size_of(message);
      (*listener)(message);
    }
  });
}

bool Session::send_frame(Opcode opcode, std::string_view payload, bool compressed) {
  scratch.clear();
  append_frame(scratch, {.opcode = opcode, .is_last = true, .is_compressed = compressed}, payload,
               static_cast<std::uint32_t>(random_()));
  const bool sent = !connection_->write(scratch);
  if (scratch.capacity() > kScratchMax) scratch = {};
  return sent;
}

std::string Session::send(bool binary, std::string_view payload, coro::TimePoint deadline) {
  const std::shared_ptr<Session> self = shared_from_this();
  coro::Coroutine* const caller = scheduler_.running();  // null: on_message()
  if (caller != nullptr && ++turns_ >= kTurns) {
    turns_ = 0;
    coro::this_coroutine::yield_unless_waited();
  }
  if (is_open() && connection_->unsent() > kUnsentMax) {
    if (caller == nullptr)
      return "WebSocketError('1 MiB is unsent, and on_message() can not wait')";
    net::Deadline limit(scheduler_, *caller, deadline);
    const net::Failure failure = connection_->wait_sent(limit);
    if (failure.cause == net::Failure::Cause::kTimedOut) {
      return "WebSocketTimeout('1 MiB is unsent')";
    }
  }
  if (!is_open()) {
    return end_text();
  }
  const Opcode opcode = binary ? Opcode::kBinary : Opcode::kText;
  if (settings_.compression == Compression::kNone || settings_.client_window_bits < 9) {
    return send_frame(opcode, payload) ? "" : closed_text(kAbnormal, "");
  }
  bool sent = false;
  coro::on_loop_stack([&] {
    sent = send_frame(opcode, Deflater::of_thread(settings_.client_window_bits).compress(payload),
                      true);
  });
  return sent ? "" : closed_text(kAbnormal, "");
}

std::string Session::end_text() const {
  if (!end_) return "WebSocketError('close() was called')";
  return end_->error.empty() ? closed_text(end_->code, end_->reason) : end_->error;
}

Session::Result Session::receive(coro::TimePoint deadline) {
  if (queue_.empty()) {
    return await(nullptr, deadline);
  }
  Result result{.message = std::move(queue_.front())};
  queue_.pop_front();
  queue_size_ -= size_of(*result.message);
  return result;
}

Session::Result Session::await(const Match* match, coro::TimePoint deadline) {
  const std::shared_ptr<Session> self = shared_from_this();
  Waiter waiter{
      .coroutine = coro::this_coroutine::self("A WebSocket"), .match = match, .for_end = false};
  const Waiting waiting(*this, waiter);
  for (;;) {
    Result& result = waiter.result;
    if (result.message || !result.error.empty()) {
      return std::move(result);
    }
    if (end_) {
      return {.error = end_text()};
    }
    if (scheduler_.turn_time() >= deadline) {
      return {.error = "WebSocketTimeout('no message')"};
    }
    if (!coro::this_coroutine::suspend(deadline)) {
      return {.error = std::string(http::kStoppedText), .stopped = true};
    }
  }
}

void Session::close(std::uint16_t code, std::string_view reason, coro::TimePoint deadline) {
  const std::shared_ptr<Session> self = shared_from_this();
  Waiter waiter{.coroutine = coro::this_coroutine::self("WebSocket::close"),
                .match = nullptr,
                .for_end = true};
  const Waiting waiting(*this, waiter);
  if (!end_ && !close_sent_) send_close(code, reason);
  while (!end_) {
    if (scheduler_.turn_time() >= deadline) {
      connection_->close();
      finish({.code = kAbnormal, .error = "WebSocketTimeout('no Close frame')"});
    } else if (!coro::this_coroutine::suspend(deadline)) {
      return;
    }
  }
}

bool Session::wait_ended(coro::TimePoint deadline) {
  const std::shared_ptr<Session> self = shared_from_this();
  Waiter waiter{.coroutine = coro::this_coroutine::self("WebSocket::wait_closed"),
                .match = nullptr,
                .for_end = true};
  const Waiting waiting(*this, waiter);
  while (!end_ && scheduler_.turn_time() < deadline) {
    if (!coro::this_coroutine::suspend(deadline)) return false;
  }
  return end_ != nullptr;
}

void Session::send_close(std::uint16_t code, std::string_view reason) {
  std::string payload;
  if (code != kNoStatus) {
    payload = {static_cast<char>(code >> 8U), static_cast<char>(code & 0xFFU)};
    payload += reason;
  }
  send_frame(Opcode::kClose, payload);
  close_sent_ = true;
}

void Session::abandon() {
  on_message_ = nullptr;
  owner_ = nullptr;
  if (!end_) {
    if (!close_sent_) send_close(kGoingAway, "");
    finish({.code = kAbnormal, .error = "WebSocketError('the WebSocket was destroyed')"});
  }
  timer_.cancel();
  if (connection_->is_open()) {
    if (!connection_->has_tls()) drop_received(connection_->fd());
    connection_->send_end();
    connection_->close();
  }
}

void Session::on_bytes(std::string_view bytes) {
  const std::shared_ptr<Session> self = shared_from_this();  // the author may drop it meanwhile
  read_early();
  read(bytes);
}

void Session::read(std::string_view bytes) {
  using Event = MessageReader::Event;
  const coro::TimePoint now = scheduler_.turn_time();
  while (!end_) {
    switch (reader_.next(bytes)) {
      case Event::kNeedsMore:
        return;
      case Event::kMessage:
        deliver(reader_.message(), !reader_.is_text(), now);
        break;
      case Event::kPing:
        // A peer that sends Pings and reads no answer must not fill the memory.
        if (!close_sent_ && connection_->unsent() <= kUnsentMax) {
          send_frame(Opcode::kPong, reader_.payload());
        }
        break;
      case Event::kPong:
        pong_missing_ = false;
        break;
      case Event::kClose:
        if (!close_sent_) send_close(reader_.close_code(), "");
        finish({.code = reader_.close_code(), .reason = std::string(reader_.payload())});
        break;
      case Event::kFailed:
        fail(reader_.close_code(), reader_.error());
        break;
    }
  }
}

void Session::deliver(std::string_view text, bool binary, coro::TimePoint now) {
  for (Waiter* const waiter : waiters_) {
    Result& result = waiter->result;
    if (waiter->for_end || result.message || !result.error.empty()) {
      continue;
    }
    bool matches = waiter->match == nullptr;
    try {
      matches = matches || (*waiter->match)(text);
    } catch (const std::exception& exception) {
      result.error = detail::exception_repr(exception);
    } catch (...) {
      result.error = "match threw something that is not a std::exception";
    }
    if (matches) result.message = Message{std::string(text), binary, now};
    if (result.message || !result.error.empty()) waiter->coroutine.resume();
    if (matches) return;
  }
  if (const auto listener = on_message_) {  // a copy: it may replace itself
    (*listener)({std::string(text), binary, now});
    return;
  }
  Message message{std::string(text), binary, now};
  if (size_of(message) + queue_size_ > settings_.queue_size_max) {
    fail(kMessageTooBig, "too many messages wait: call receive() more often, or set on_message()");
    return;
  }
  queue_size_ += size_of(message);
  queue_.push_back(std::move(message));
}

void Session::fail(std::uint16_t code, const std::string& error) {
  if (!close_sent_) send_close(code, "");
  finish(
      {.code = kAbnormal,
       .error = "WebSocketError(" + text::python_repr(std::to_string(code) + ": " + error) + ")"});
}

void Session::on_end(const net::Failure& failure) {
  const std::shared_ptr<Session> self = shared_from_this();
  read_early();
  connection_->close();
  if (!end_) finish({.code = kAbnormal, .error = ended_text(failure)});
  timer_.cancel();
}

/// The connection stays open for a while, so that the server can end it.
void Session::finish(End end) {
  DCHECK(!end_);
  end_ = std::make_unique<const End>(std::move(end));
  timer_.arm(scheduler_.turn_time() + kLinger);
  for (Waiter* const waiter : waiters_) waiter->coroutine.resume();
  if (Owner* const owner = std::exchange(owner_, nullptr)) owner->on_session_end(*end_);
}

void Session::on_timer(void* self) {
  const std::shared_ptr<Session> session = static_cast<Session*>(self)->shared_from_this();
  session->tick();
}

void Session::tick() {
  if (end_) {
    connection_->close();
    return;
  }
  if (close_sent_) {
    return;  // close() has its own deadline
  }
  if (pong_missing_) {
    connection_->close();
    finish({.code = kAbnormal, .error = "WebSocketTimeout('no Pong')"});
    return;
  }
  pong_missing_ = true;
  send_frame(Opcode::kPing, "");
  timer_.arm(scheduler_.turn_time() + settings_.ping_interval);
}

}  // namespace cppworker::websocket
