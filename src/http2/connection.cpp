#include "http2/connection.hpp"

#include <utility>

#include "base/check.hpp"
#include "net/dial.hpp"

namespace cppworker::http2 {

namespace {

/// A server that sends frames which we have to answer, but does not read our answers, must not make
/// us keep them all.
constexpr std::uint64_t kUnsentAnswersMax = 10'000;

}  // namespace

Connection::Connection(std::unique_ptr<net::Connection> socket, std::string host)
    : socket_(std::move(socket)), host_(std::move(host)), session_(*this) {
  socket_->set_sink(*this);
}

Connection::~Connection() {
  DCHECK(session_.open_streams() == 0);
  if (!is_lost_) {
    session_.say_goodbye();
    socket_->send_end();
    socket_->close();
  }
}

void Connection::keep_alive(coro::Scheduler& scheduler, const KeepaliveSettings& settings) {
  DCHECK(keepalive_ == nullptr);
  Keepalive::Owner& owner = *this;
  if (!is_lost_) keepalive_ = std::make_unique<Keepalive>(scheduler, settings, owner);
}

void Connection::open(Stream& stream, std::span<const Header> headers, std::string_view body,
                      bool ends) {
  if (keepalive_ != nullptr) keepalive_->note_stream();
  session_.open(stream, headers, body, ends);
}

void Connection::write(Stream& stream, std::string_view body, bool ends) {
  session_.write(stream, body, ends);
}

void Connection::consume(Stream& stream, std::size_t size) { session_.consume(stream, size); }

void Connection::reset(Stream& stream, std::uint32_t error_code) {
  session_.reset(stream, error_code);
}

bool Connection::wait_sent(net::Deadline& deadline) {
  // The end of the connection is reported to the sink.
  return is_lost_ || socket_->wait_sent(deadline).cause != net::Failure::Cause::kStopped;
}

void Connection::write(std::string_view bytes) {
  static_cast<void>(socket_->write(bytes));  // a failure is reported to the sink
}

void Connection::on_bytes(std::string_view bytes) {
  if (keepalive_ != nullptr) keepalive_->note_bytes();
  if (socket_->unsent() == 0) answered_frames_ = session_.answered_frames();
  if (!session_.receive(bytes)) {
    lose(session_.error().empty() ? "the server has ended the connection" : session_.error());
  } else if (session_.answered_frames() - answered_frames_ > kUnsentAnswersMax) {
    lose("the server does not read the answers to its PING and SETTINGS frames");
  }
}

void Connection::on_end(const net::Failure& failure) {
  std::string reason = "closed by the other side";
  if (failure.cause != net::Failure::Cause::kClosed) reason = net::failure_text(failure, host_);
  is_lost_ = true;
  keepalive_.reset();
  socket_->close();  // calls may keep this object for long
  session_.close(reason);
}

void Connection::give_up() { lose("the server has not answered a keepalive ping"); }

void Connection::lose(std::string_view reason) {
  is_lost_ = true;
  keepalive_.reset();
  socket_->send_end();
  socket_->close();
  session_.close(reason);
}

}  // namespace cppworker::http2
