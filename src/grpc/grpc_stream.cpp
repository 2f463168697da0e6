#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

#include <cppworker/exception.hpp>
#include <cppworker/grpc_stream.hpp>

#include "coro/scheduler.hpp"
#include "grpc/call.hpp"
#include "grpc/client_state.hpp"
#include "grpc/metadata.hpp"
#include "grpc/report.hpp"
#include "net/deadline.hpp"
#include "user/life/user_run.hpp"

namespace cppworker {

namespace detail {

/// A stream of the author, until finish().
class GrpcStreamState {
 public:
  GrpcStreamState(std::shared_ptr<GrpcClientState> client, std::string_view path,
                  const GrpcStreamOptions& options)
      : client_(std::move(client)),
        path_(path),
        name_(options.name.empty() ? path : std::string_view(options.name)),
        context_(options.context),
        has_row_per_message_(options.row_per_message),
        compresses_(options.compression),
        start_(client_->now()),
        deadline_(grpc::deadline_of(options.timeout, start_)),
        call_(client_->shard().scheduler, {.start = start_, .deadline = deadline_},
              client_->max_message_size) {}

  /// Counts a stream that is destroyed before finish().
  ~GrpcStreamState();
  GrpcStreamState(const GrpcStreamState&) = delete;
  GrpcStreamState& operator=(const GrpcStreamState&) = delete;

  void open(const GrpcMetadata& metadata);
  bool write(const std::string& frame);
  void writes_done();
  bool read(const GrpcParser& parser, Seconds timeout);
  void cancel() { call_.end({GrpcCode::kCancelled, "Locally cancelled by application!"}); }
  /// Waits for the end. @returns false if the coroutine is unwinding and can't wait
  bool finish(GrpcResult& result);
  void report(const GrpcResult& result, const GrpcVerdict* verdict,
              const std::function<void()>& check);

 private:
  static constexpr std::size_t kUnsentMax = 64 * 1024;

  [[nodiscard]] net::Deadline deadline(coro::TimePoint time) const {
    return {client_->shard().scheduler, coro::this_coroutine::self("a GrpcStream"), time};
  }
  /// Suspends until something has happened; ends the call after its deadline.
  /// @returns false if the coroutine is unwinding and can't wait
  bool wait(grpc::Call::Side side, const net::Deadline& limit);
  void report_message(const grpc::MessageReader::Message& message);
  /// Takes one that the author has not read. It counts for the length.
  void drop_message();

  std::shared_ptr<GrpcClientState> client_;
  std::string path_;
  std::string name_;
  Value::Map context_;
  bool has_row_per_message_;
  bool compresses_;
  coro::TimePoint start_;
  coro::TimePoint deadline_;
  std::int64_t length_ = 0;  // of all messages that were read
  bool is_stopped_ = false;  // the user was stopped
  bool are_writes_done_ = false;
  bool is_open_ = false;  // from open() to finish()
  grpc::Call call_;
};

GrpcStreamState::~GrpcStreamState() {
  if (!is_open_) return;
  const coro::Coroutine* const running = client_->shard().scheduler.running();
  const bool is_stop = is_stopped_ || running == nullptr || running->stop_requested() ||
                       (client_->user != nullptr && UserRun::of(*client_->user).stopping());
  if (is_stop) {
    grpc::count_cut_off(*client_, "grpc-stream", name_);
    return;
  }
  const std::string failure =
      grpc::failure_text(GrpcCode::kCancelled, "the stream was destroyed before finish()");
  const coro::TimePoint end = call_.has_ended() ? call_.ended_at() : client_->now();
  client_->shard().record({.method = "grpc-stream",
                           .name = name_,
                           .response_time = end - start_,
                           .response_length = length_,
                           .failure = &failure,
                           .ended = end});
}

void GrpcStreamState::open(const GrpcMetadata& metadata) {
  if (grpc::open_call(call_, *client_, path_, metadata, {}, false, compresses_, deadline_) ==
      grpc::Opened::kStopped) {
    is_stopped_ = true;
    cancel();
  }
  is_open_ = true;
}

bool GrpcStreamState::wait(grpc::Call::Side side, const net::Deadline& limit) {
  if (client_->shard().scheduler.turn_time() >= deadline_) {
    call_.expire();
    return true;
  }
  if (call_.wait(side, limit)) return true;
  is_stopped_ = true;
  return false;
}

bool GrpcStreamState::write(const std::string& frame) {
  if (are_writes_done_)
    throw std::logic_error("GrpcStream: write() was called after writes_done()");
  if (call_.has_ended()) return false;
  if (call_.unsent() != 0) {
    throw std::logic_error("GrpcStream: two coroutines write at the same time");
  }
  net::Deadline limit = deadline(deadline_);
  const std::string compressed = compresses_ ? grpc::compressed_frame(frame) : "";
  struct Abort {  // the call must not refer to the frame any more
    grpc::Call& call;
    bool is_armed = true;
    ~Abort() {
      if (is_armed) call.end({GrpcCode::kCancelled, "write() was interrupted"});
    }
  } abort{call_};
  call_.write(compresses_ ? compressed : frame, false);
  while (!call_.has_ended() && call_.unsent() != 0) {
    if (!wait(grpc::Call::Side::kWrite, limit)) return false;
  }
  abort.is_armed = false;
  while (!call_.has_ended() && call_.connection().unsent() > kUnsentMax) {
    if (limit.passed()) {
      call_.expire();
    } else if (!call_.connection().wait_sent(limit)) {
      is_stopped_ = true;
      return false;
    }
  }
  return !call_.has_ended();
}

void GrpcStreamState::writes_done() {
  if (are_writes_done_) return;
  if (call_.unsent() != 0) {
    throw std::logic_error("GrpcStream: another coroutine still waits in write()");
  }
  are_writes_done_ = true;
  if (!call_.has_ended()) call_.write({}, true);
}

bool GrpcStreamState::read(const GrpcParser& parser, Seconds timeout) {
  const coro::TimePoint now = client_->now();
  const bool is_limited = timeout < Seconds{1e9};
  const coro::TimePoint own_limit =
      is_limited ? now + std::chrono::ceil<coro::Duration>(timeout) : coro::TimePoint::max();
  const net::Deadline limit = deadline(std::min(own_limit, deadline_));
  while (call_.messages() == 0 && !call_.has_ended()) {
    if (is_limited && client_->shard().scheduler.turn_time() >= own_limit &&
        own_limit < deadline_) {
      throw GrpcTimeout("GrpcStream: no message within the timeout of read()");
    }
    if (!wait(grpc::Call::Side::kRead, limit)) return false;
  }
  if (call_.messages() == 0) return false;
  const std::optional<grpc::MessageReader::Message> message = call_.take_message();
  if (!message) return false;
  length_ += static_cast<std::int64_t>(message->bytes.size());
  if (!parser.parse(parser.message, message->bytes)) {
    call_.end({GrpcCode::kInternal, "Exception deserializing response!"});
    return false;
  }
  if (has_row_per_message_) report_message(*message);
  return true;
}

void GrpcStreamState::report_message(const grpc::MessageReader::Message& message) {
  grpc::report(*client_,
               {.type = "grpc-msg",
                .name = name_,
                .path = path_,
                .start = message.since,
                .end = message.arrived,
                .length = static_cast<std::int64_t>(message.bytes.size()),
                .context = context_},
               std::nullopt);
}

void GrpcStreamState::drop_message() {
  const std::optional<grpc::MessageReader::Message> message = call_.take_message();
  if (message) length_ += static_cast<std::int64_t>(message->bytes.size());
}

bool GrpcStreamState::finish(GrpcResult& result) {
  writes_done();
  const net::Deadline limit = deadline(deadline_);
  while (!call_.has_ended()) {
    if (call_.messages() != 0) {
      drop_message();
    } else if (!wait(grpc::Call::Side::kRead, limit)) {
      result.code = GrpcCode::kCancelled;  // it is not reported
      result.details = "the user is being stopped";
      return false;
    }
  }
  while (call_.messages() != 0) drop_message();
  is_open_ = false;
  call_.take_result(result);
  result.elapsed = call_.ended_at() - start_;
  return !is_stopped_;
}

void GrpcStreamState::report(const GrpcResult& result, const GrpcVerdict* verdict,
                             const std::function<void()>& check) {
  grpc::report_checked(*client_,
                       {.type = "grpc-stream",
                        .name = name_,
                        .path = path_,
                        .start = start_,
                        .end = call_.ended_at(),
                        .length = length_,
                        .context = context_,
                        .result = &result},
                       result, verdict, check);
}

GrpcStreamBase::GrpcStreamBase(std::unique_ptr<GrpcStreamState> state) : state_(std::move(state)) {}
GrpcStreamBase::~GrpcStreamBase() = default;
GrpcStreamBase::GrpcStreamBase(GrpcStreamBase&& other) noexcept = default;
GrpcStreamBase& GrpcStreamBase::operator=(GrpcStreamBase&& other) noexcept = default;

GrpcStreamState& GrpcStreamBase::state() const {
  if (state_ == nullptr) throw std::logic_error("GrpcStream: used after finish()");
  return *state_;
}

bool GrpcStreamBase::write_frame(const std::string& frame) { return state().write(frame); }
void GrpcStreamBase::writes_done() { state().writes_done(); }
void GrpcStreamBase::cancel() { state().cancel(); }
bool GrpcStreamBase::read_message(const GrpcParser& parser, Seconds timeout) {
  return state().read(parser, timeout);
}

GrpcResult GrpcStreamBase::finish() {
  GrpcResult result;
  if (state().finish(result)) state().report(result, nullptr, {});
  state_.reset();
  return result;
}

GrpcResult GrpcStreamBase::finish(const std::function<void(CatchGrpcStream&)>& check) {
  CatchGrpcStream caught;
  if (state().finish(caught)) state().report(caught, &caught, [&] { check(caught); });
  state_.reset();
  return std::move(static_cast<GrpcResult&>(caught));
}

GrpcStreamBase open_grpc_stream(std::shared_ptr<GrpcClientState> client, std::string_view path,
                                const GrpcStreamOptions& options) {
  auto stream = std::make_unique<GrpcStreamState>(std::move(client), path, options);
  stream->open(options.metadata);
  return GrpcStreamBase(std::move(stream));
}

}  // namespace detail

}  // namespace cppworker
