#include "grpc/call.hpp"

#include <algorithm>
#include <charconv>
#include <new>
#include <stdexcept>
#include <utility>
#include <vector>

#include <cppworker/version.hpp>

#include "base/check.hpp"
#include "grpc/metadata.hpp"

namespace cppworker::grpc {

namespace {

constexpr std::uint32_t kCancel = 8;  // of HTTP/2
constexpr std::string_view kUserAgent = "grpc-cpp-worker/" CPPWORKER_VERSION;

}  // namespace

Call::~Call() {
  if (is_open()) connection_->reset(*this, kCancel);
}

void Call::open(std::shared_ptr<http2::Connection> connection, const Head& head,
                std::string_view frame, bool ends) {
  DCHECK(!is_open() && !has_ended_);
  connection_ = std::move(connection);
  std::vector<http2::Header> headers{
      {":method", "POST"},        {":scheme", head.scheme},
      {":path", head.path},       {":authority", head.authority},
      {"te", "trailers"},         {"content-type", "application/grpc"},
      {"user-agent", kUserAgent}, {"grpc-accept-encoding", "gzip"}};
  if (head.compresses) headers.push_back({"grpc-encoding", "gzip"});
  std::string timeout;
  if (head.timeout != coro::Duration::max()) {
    timeout = timeout_text(head.timeout);
    headers.push_back({"grpc-timeout", timeout});
  }
  std::vector<std::string> encoded;
  encoded.reserve(head.metadata.size());  // the headers refer to its strings
  for (const auto& [name, value] : head.metadata) {
    if (is_binary(name)) {
      headers.push_back({name, encoded.emplace_back(encoded_value(value))});
    } else {
      headers.push_back({name, value});
    }
  }
  connection_->open(*this, headers, frame, ends);
}

void Call::write(std::string_view frame, bool ends) {
  DCHECK(is_open() && unsent() == 0);
  if (!frame.empty()) messages_.note_write(scheduler_.clock().now());
  connection_->write(*this, frame, ends);
}

void Call::end(Status status) {
  if (has_ended_) return;
  if (is_open()) connection_->reset(*this, kCancel);
  set_ended(std::move(status));
}

void Call::expire() {
  if (has_ended_) return;
  end(deadline_exceeded());
  ended_at_ = times_.deadline;
}

bool Call::wait(Side side, const net::Deadline& deadline) {
  coro::Coroutine*& waiter = side == Side::kRead ? reader_ : writer_;
  if (waiter != nullptr) {
    throw std::logic_error("gRPC: two coroutines wait for the same side of a stream");
  }
  struct Forget {
    coro::Coroutine*& waiter;
    ~Forget() { waiter = nullptr; }
  } const forget{waiter};
  waiter = &deadline.self();
  return deadline.wait();
}

std::optional<MessageReader::Message> Call::take_message() {
  std::optional<MessageReader::Message> message = messages_.take();
  if (!message) {
    end(messages_.error());
    if (status_.code == GrpcCode::kOk) status_ = messages_.error();  // it had ended before
  }
  if (messages_.size() == 0 && unconsumed_ != 0) {
    if (is_open()) connection_->consume(*this, unconsumed_);
    unconsumed_ = 0;
  }
  return message;
}

void Call::take_result(GrpcResult& result) {
  DCHECK(has_ended_);
  result.code = status_.code;
  result.details = std::move(status_.details);
  // A response without a body has one header section: it counts as the trailer.
  const bool is_trailer_only = !has_trailer_ && !grpc_status_.empty();
  (is_trailer_only ? result.trailing_metadata : result.initial_metadata) =
      std::move(head_metadata_);
  if (has_trailer_) result.trailing_metadata = std::move(trailer_metadata_);
}

void Call::on_header(Block block, std::string_view name, std::string_view value) {
  if (name == "grpc-status") {
    grpc_status_ = value;
  } else if (name == "grpc-message") {
    grpc_message_ = value;
  } else if (name == "grpc-encoding") {
    messages_.set_encoding(value);
  } else if (name == ":status") {
    std::from_chars(value.data(), value.data() + value.size(), http_status_);
  } else {
    append_received(block == Block::kTrailer ? trailer_metadata_ : head_metadata_, name, value);
  }
  if (block == Block::kTrailer) has_trailer_ = true;
}

void Call::on_data(std::string_view bytes) {
  const bool is_response = http_status_ == 200;  // another one has an error page
  try {
    if (is_response) messages_.append(bytes, scheduler_.turn_time());
  } catch (const std::bad_alloc&) {  // nghttp2, which calls this, does not know exceptions
    return end({GrpcCode::kResourceExhausted, "out of memory for a message"});
  }
  if (messages_.error().code != GrpcCode::kOk) return end(messages_.error());
  unconsumed_ += bytes.size();
  if (messages_.size() == 0) {  // the rest of the message is needed
    connection_->consume(*this, unconsumed_);
    unconsumed_ = 0;
  }
  if (messages_.size() != 0) wake(reader_);
}

void Call::on_end(const http2::StreamEnd& end) {
  was_processed_ = end.was_processed;
  set_ended(status_of(end));
}

Status Call::status_of(const http2::StreamEnd& end) const {
  if (!grpc_status_.empty()) {
    const GrpcCode code = code_of(grpc_status_);
    if (code == GrpcCode::kOk && messages_.is_within_message()) {
      return {GrpcCode::kInternal, "the response has ended within a message"};
    }
    return {code, code == GrpcCode::kOk ? "" : decoded_message(grpc_message_)};
  }
  using Cause = http2::StreamEnd::Cause;
  if (end.cause == Cause::kComplete) return status_of_http(http_status_);
  // The server may notice first that the deadline, which it knows, has passed.
  if (end.cause == Cause::kReset && end.error_code == kCancel &&
      scheduler_.turn_time() >= times_.deadline) {
    return deadline_exceeded();
  }
  return status_of_end(end);
}

void Call::set_ended(Status status) {
  status_ = std::move(status);
  has_ended_ = true;
  ended_at_ = std::max(scheduler_.turn_time(), times_.start);
  wake(reader_);
  wake(writer_);
}

}  // namespace cppworker::grpc
