#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <cppworker/detail/export.hpp>
#include <cppworker/grpc_result.hpp>
#include <cppworker/grpc_stream.hpp>
#include <cppworker/text.hpp>
#include <cppworker/time.hpp>
#include <cppworker/tls.hpp>
#include <cppworker/value.hpp>

namespace cppworker {

class Environment;
class GrpcMethod;
class User;

namespace detail {
struct GrpcClientState;

/// Where the reply of a call with a GrpcMethod goes.
template <class Method>
struct GrpcValueReply {
  const Method& method;
  Value& value;
  bool ParseFromArray(const void* data, int size) {  // NOLINT(readability-identifier-naming)
    return method.parse({static_cast<const char*>(data), static_cast<std::size_t>(size)}, value);
  }
};
}  // namespace detail

/// Which users share a connection.
enum class GrpcConnections : std::uint8_t {
  kPerUser,  ///< each user has its own connection
  /// The users of a shard share one connection per server: fewer connections, as those of a service
  /// that calls another one. Users with the same host and TLS settings share it.
  kPerShard
};

/// PING frames to find out whether the server is still there; as in other gRPC clients, off by
/// default. A server may end the connection if they come more often than it permits; usually that
/// is one in five minutes.
struct GrpcKeepalive {
  Seconds time{0};      ///< a ping is sent when nothing has arrived for this long; 0: never
  Seconds timeout{20};  ///< the connection is lost if nothing arrives for this long after a ping
  bool without_calls = false;  ///< also while no call is in progress
};

/// The settings of a GrpcUser.
struct GrpcSettings {
  GrpcConnections connections = GrpcConnections::kPerUser;
  Tls tls{};  ///< for grpcs://; Tls::alpn is ignored
  /// The largest reply message in bytes, after decompression; a larger one ends the call with
  /// RESOURCE_EXHAUSTED.
  std::size_t max_receive_message_length = 4 * 1024 * 1024;
  GrpcKeepalive keepalive{};  ///< default: off
};

/// The options of a call.
struct GrpcOptions {
  Text name{};  ///< the row in the statistics; default: the path
  /// The limit for the whole call, including connecting. The server is informed of it. After it the
  /// call ends with DEADLINE_EXCEEDED. None: no limit.
  std::optional<Seconds> timeout{};
  GrpcMetadata metadata{};
  Value::Map context{};      ///< for `request` listeners, merged with the user's context()
  bool compression = false;  ///< compresses the request with gzip
};

/// A gRPC client, which reports every call as a request of the type "grpc". Its calls suspend the
/// calling coroutine, and throw:
/// - StopUser if the user is stopped meanwhile; the call is then cancelled and not reported,
/// - std::invalid_argument if the path or the metadata can't be sent,
/// - what `check` or a listener throws.
///
/// Every other error is a status, as in gRPC: UNAVAILABLE if the connection fails. The first call
/// connects; its response time includes that. A later call connects again if the server has closed
/// the connection. Several coroutines of the user may make calls at the same time.
class CPPWORKER_EXPORT GrpcClient {
 public:
  /// For use without a GrpcUser.
  /// @param host "grpc://host:port", "grpcs://host:port" for TLS (the port may be left out: 443),
  ///   or "host:port" without TLS, as in Python. Throws Error if it is something else.
  /// @param user its context() is passed to listeners; not owned, may be null
  GrpcClient(Environment& environment, std::string_view host, User* user = nullptr,
             const GrpcSettings& settings = {});
  ~GrpcClient();
  GrpcClient(const GrpcClient&) = delete;
  GrpcClient& operator=(const GrpcClient&) = delete;

  /// A unary call: one message in each direction.
  /// @tparam Reply a default-constructible class with `bool ParseFromArray(const void*, int)`
  /// @tparam Request a class with `bool AppendToString(std::string*) const`, or
  /// SerializeToString();
  ///   the classes of protobuf have all of them
  /// @param path "/package.Service/Method"
  /// @param check `void(CatchGrpc<Reply>&)`: the call is reported when it returns, as it has
  ///   decided, or by the call's status if it has not decided. If it throws before it has decided,
  ///   nothing is reported.
  template <class Reply, class Request>
  GrpcReply<Reply> call(std::string_view path, const Request& request,
                        const GrpcOptions& options = {}) {
    GrpcReply<Reply> reply;
    run(path, detail::grpc_frame(request), options, reply, detail::grpc_parser(*reply), nullptr,
        {});
    return reply;
  }
  template <class Reply, class Request, class Check>
  GrpcReply<Reply> call(std::string_view path, const Request& request, const GrpcOptions& options,
                        Check&& check) {
    constexpr bool kTakesReference = std::is_invocable_v<Check&, CatchGrpc<Reply>&>;
    static_assert(kTakesReference,
                  "the check of a call takes its result by reference: take CatchGrpc<Reply>& reply "
                  "(or auto& reply)");
    CatchGrpc<Reply> caught;
    if constexpr (kTakesReference) {
      run(path, detail::grpc_frame(request), options, caught, detail::grpc_parser(*caught), &caught,
          [&] { check(caught); });
    }
    return std::move(static_cast<GrpcReply<Reply>&>(caught));
  }

  /// A unary call with messages that are known at run time only: see GrpcDynamic, whose header
  /// defines GrpcMethod. Throws std::invalid_argument if the request does not fit the message.
  template <std::same_as<GrpcMethod> Method>
  GrpcReply<Value> call(const Method& method, const Value& request,
                        const GrpcOptions& options = {}) {
    GrpcReply<Value> reply;
    detail::GrpcValueReply<Method> target{method, *reply};
    run(method.path(), method.unary_frame(request), options, reply, detail::grpc_parser(target),
        nullptr, {});
    return reply;
  }
  template <std::same_as<GrpcMethod> Method, class Check>
  GrpcReply<Value> call(const Method& method, const Value& request, const GrpcOptions& options,
                        Check&& check) {
    CatchGrpc<Value> caught;
    detail::GrpcValueReply<Method> target{method, *caught};
    run(method.path(), method.unary_frame(request), options, caught, detail::grpc_parser(target),
        &caught, [&] { check(caught); });
    return std::move(static_cast<GrpcReply<Value>&>(caught));
  }

  /// Begins a call in which the client, the server or both send several messages. Suspends until
  /// the connection is established. A failure to connect is the status of finish().
  template <class Request, class Reply>
  [[nodiscard]] GrpcStream<Request, Reply> stream(std::string_view path,
                                                  const GrpcStreamOptions& options = {}) {
    return GrpcStream<Request, Reply>(begin_stream(path, options));
  }
  /// The same with messages that are known at run time only: a GrpcValueStream.
  template <std::same_as<GrpcMethod> Method>
  [[nodiscard]] typename Method::Stream stream(const Method& method,
                                               const GrpcStreamOptions& options = {}) {
    return typename Method::Stream(method, begin_stream(method.path(), options));
  }

  /// The server: "grpc://host:port" or "grpcs://host:port".
  [[nodiscard]] std::string host() const;

 private:
  void run(std::string_view path, const std::string& frame, const GrpcOptions& options,
           GrpcResult& result, const detail::GrpcParser& parser, const detail::GrpcVerdict* verdict,
           const std::function<void()>& check);
  detail::GrpcStreamBase begin_stream(std::string_view path, const GrpcStreamOptions& options);

  std::shared_ptr<detail::GrpcClientState> state_;  // shared with streams
};

}  // namespace cppworker
