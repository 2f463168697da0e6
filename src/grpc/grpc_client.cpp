#include <algorithm>
#include <limits>
#include <optional>
#include <stdexcept>
#include <utility>

#include <cppworker/exception.hpp>
#include <cppworker/grpc_client.hpp>

#include "coro/loop_stack.hpp"
#include "coro/scheduler.hpp"
#include "grpc/call.hpp"
#include "grpc/client_state.hpp"
#include "grpc/gzip.hpp"
#include "grpc/metadata.hpp"
#include "grpc/report.hpp"
#include "grpc/target.hpp"
#include "net/deadline.hpp"

namespace cppworker {

namespace grpc {

coro::TimePoint deadline_of(const std::optional<Seconds>& timeout, coro::TimePoint start) {
  constexpr Seconds kTimeoutMax{1e9};
  if (!timeout || *timeout >= kTimeoutMax) return coro::TimePoint::max();
  if (!(*timeout > Seconds{0})) {
    throw std::invalid_argument("the timeout of a gRPC call must be above zero");
  }
  return start + std::chrono::ceil<coro::Duration>(*timeout);
}

std::string compressed_frame(std::string_view frame) {
  std::string compressed(1, '\1');
  coro::on_loop_stack([&] {
    const std::string bytes = gzip_compressed(frame.substr(detail::kGrpcFrameHead));
    compressed.resize(detail::kGrpcFrameHead);
    compressed += bytes;
  });
  detail::finish_grpc_frame(compressed, true);
  return compressed;
}

Opened open_call(Call& call, const detail::GrpcClientState& client, std::string_view path,
                 const GrpcMetadata& metadata, std::string_view frame, bool ends, bool compresses,
                 coro::TimePoint deadline) {
  Channel::Connected connected = client.channel->connect(deadline);
  if (connected.stopped) return Opened::kStopped;
  const coro::TimePoint now = client.now();
  if (connected.timed_out || now >= deadline) {
    call.expire();
    return Opened::kFailed;
  }
  if (connected.connection == nullptr) {
    call.end(std::move(connected.failure));
    return Opened::kFailed;
  }
  const Target& target = client.channel->target();
  const bool has_limit = deadline != coro::TimePoint::max();
  call.open(std::move(connected.connection),
            {.scheme = target.has_tls ? "https" : "http",
             .authority = target.authority,
             .path = path,
             .metadata = metadata,
             .timeout = has_limit ? deadline - now : coro::Duration::max(),
             .compresses = compresses},
            frame, ends);
  return Opened::kYes;
}

namespace {

struct UnaryCall {
  const detail::GrpcClientState& client;
  std::string_view path;
  std::string_view frame;
  const GrpcOptions& options;
  std::string_view name;
  coro::Coroutine& self;
  Call::Times times;
};

std::optional<http2::KeepaliveSettings> keepalive_of(const GrpcKeepalive& keepalive) {
  constexpr Seconds kKeepaliveMax{1e9};
  if (keepalive.time == Seconds{0}) return std::nullopt;
  if (!(keepalive.time > Seconds{0}) || !(keepalive.timeout > Seconds{0})) {
    throw std::invalid_argument("the times of GrpcKeepalive must be above zero (or time 0: off)");
  }
  const auto rounded = [&](Seconds time) {
    return std::chrono::ceil<coro::Duration>(std::min(time, kKeepaliveMax));
  };
  return http2::KeepaliveSettings{.time = rounded(keepalive.time),
                                  .timeout = rounded(keepalive.timeout),
                                  .without_calls = keepalive.without_calls};
}

/// Waits for the end of a call that has been sent.
/// @returns false if the coroutine is unwinding and can't wait
bool wait_for_end(Call& call, const UnaryCall& unary) {
  const net::Deadline deadline(unary.client.shard().scheduler, unary.self, unary.times.deadline);
  try {
    while (!call.has_ended()) {
      if (deadline.passed()) {
        call.expire();
      } else if (call.messages() > 1 || (call.messages() == 1 && call.is_within_message())) {
        // The rest of the second one may not fit into the window: the server would wait for us.
        call.end({GrpcCode::kInternal, "the server has sent more than one message"});
      } else if (!call.wait(Call::Side::kRead, deadline)) {
        return false;
      }
    }
  } catch (const StopUser&) {
    count_cut_off(unary.client, "grpc", unary.name);
    throw;
  }
  return true;
}

struct Outcome {
  coro::TimePoint end{};
  std::int64_t length = 0;  ///< of the reply
};

/// @returns the length of the reply
std::int64_t take_reply(Call& call, GrpcResult& result, const detail::GrpcParser& parser) {
  const std::size_t count = call.messages();
  // This also gives the call the status of a message that can't be decompressed.
  const auto taken = count == 1 ? call.take_message() : std::nullopt;
  call.take_result(result);
  if (!result.ok()) return 0;
  if (!taken) {
    result.code = count == 0 ? GrpcCode::kUnimplemented : GrpcCode::kInternal;
    result.details =
        count == 0 ? "the server has sent no message" : "the server has sent more than one message";
    return 0;
  }
  const std::string& message = taken->bytes;
  if (!parser.parse(parser.message, message)) {
    result.code = GrpcCode::kInternal;
    result.details = "Exception deserializing response!";
  }
  return static_cast<std::int64_t>(message.size());
}

/// @returns false if the coroutine is unwinding and can't wait
bool make_unary(const UnaryCall& unary, GrpcResult& result, const detail::GrpcParser& parser,
                Outcome& outcome) {
  // A call that the server has certainly not begun with is made once more, as in gRPC: the server
  // may close an old connection at any time.
  for (bool is_last : {false, true}) {
    Call call(unary.client.shard().scheduler, unary.times, unary.client.max_message_size);
    const Opened opened =
        open_call(call, unary.client, unary.path, unary.options.metadata, unary.frame, true,
                  unary.options.compression, unary.times.deadline);
    if (opened == Opened::kStopped) return false;
    if (opened == Opened::kYes && !wait_for_end(call, unary)) return false;
    if (call.was_processed() || is_last) {
      outcome = {.end = call.ended_at(), .length = take_reply(call, result, parser)};
      break;
    }
  }
  return true;
}

}  // namespace

}  // namespace grpc

GrpcClient::GrpcClient(Environment& environment, std::string_view host, User* user,
                       const GrpcSettings& settings) {
  grpc::Target target = grpc::target_of(host);
  detail::Shard& shard = environment.shard();
  const auto keepalive = grpc::keepalive_of(settings.keepalive);
  state_ = std::make_shared<detail::GrpcClientState>(detail::GrpcClientState{
      .environment = environment,
      .user = user,
      // protobuf takes sizes as int
      .max_message_size = std::min<std::size_t>(settings.max_receive_message_length,
                                                std::numeric_limits<int>::max()),
      .channel = settings.connections == GrpcConnections::kPerShard
                     ? grpc::shared_channel(shard, target, settings.tls, keepalive)
                     : std::make_shared<grpc::Channel>(shard, std::move(target), settings.tls,
                                                       keepalive)});
}

GrpcClient::~GrpcClient() = default;

std::string GrpcClient::host() const { return grpc::url_of(state_->channel->target()); }

void GrpcClient::run(std::string_view path, const std::string& frame, const GrpcOptions& options,
                     GrpcResult& result, const detail::GrpcParser& parser,
                     const detail::GrpcVerdict* verdict, const std::function<void()>& check) {
  grpc::check_path(path);
  grpc::check_metadata(options.metadata);
  const std::shared_ptr<detail::GrpcClientState> state = state_;
  state->shard().check_thread("GrpcClient::call()");
  coro::Coroutine& self = coro::this_coroutine::self("GrpcClient::call()");
  const coro::TimePoint start = state->now();
  const std::string compressed = options.compression ? grpc::compressed_frame(frame) : "";
  const grpc::UnaryCall unary{
      .client = *state,
      .path = path,
      .frame = options.compression ? compressed : frame,
      .options = options,
      .name = options.name.empty() ? path : std::string_view(options.name),
      .self = self,
      .times = {.start = start, .deadline = grpc::deadline_of(options.timeout, start)}};
  grpc::Outcome outcome;
  if (!coro::this_coroutine::check_stop() || !grpc::make_unary(unary, result, parser, outcome)) {
    result.code = GrpcCode::kCancelled;  // it is not reported
    result.details = "the user is being stopped";
    return;
  }
  result.elapsed = outcome.end - start;
  grpc::report_checked(*state,
                       {.type = "grpc",
                        .name = unary.name,
                        .path = path,
                        .start = start,
                        .end = outcome.end,
                        .length = outcome.length,
                        .context = options.context,
                        .result = &result},
                       result, verdict, check);
}

detail::GrpcStreamBase GrpcClient::begin_stream(std::string_view path,
                                                const GrpcStreamOptions& options) {
  grpc::check_path(path);
  grpc::check_metadata(options.metadata);
  state_->shard().check_thread("GrpcClient::stream()");
  return detail::open_grpc_stream(state_, path, options);
}

}  // namespace cppworker
