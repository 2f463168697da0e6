#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <cppworker/detail/export.hpp>
#include <cppworker/text.hpp>
#include <cppworker/time.hpp>
#include <cppworker/tls.hpp>
#include <cppworker/user.hpp>
#include <cppworker/value.hpp>
#include <cppworker/waiting.hpp>

namespace cppworker {

class Environment;

/// The status codes of gRPC.
enum class GrpcCode : std::uint8_t {
  kOk = 0,
  kCancelled = 1,
  kUnknown = 2,
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kAlreadyExists = 6,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kAborted = 10,
  kOutOfRange = 11,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
  kDataLoss = 15,
  kUnauthenticated = 16
};

/// The name of a code: "NOT_FOUND".
[[nodiscard]] CPPWORKER_EXPORT std::string_view grpc_code_name(GrpcCode code);

/// Names and values, in order; a name may occur more than once. Names are in lower case. The value
/// of a name that ends with "-bin" is any bytes; other values are printable ASCII.
using GrpcMetadata = std::vector<std::pair<std::string, std::string>>;

/// Which users share a connection.
enum class GrpcConnections : std::uint8_t {
  kPerUser,  ///< each user has its own connection
  /// The users of a shard share one connection per server: fewer connections, as those of a service
  /// that calls another one. Users with the same host and TLS settings share it.
  kPerShard
};

/// The settings of a GrpcUser.
struct GrpcSettings {
  GrpcConnections connections = GrpcConnections::kPerUser;
  Tls tls{};  ///< for grpcs://; Tls::alpn is ignored
  /// The largest reply message in bytes; a larger one ends the call with RESOURCE_EXHAUSTED.
  std::size_t max_receive_message_length = 4 * 1024 * 1024;
};

/// The options of a call.
struct GrpcOptions {
  Text name{};  ///< the row in the statistics; default: the path
  /// The limit for the whole call, including connecting. The server is informed of it. After it the
  /// call ends with DEADLINE_EXCEEDED. None: no limit.
  std::optional<Seconds> timeout{};
  GrpcMetadata metadata{};
  Value::Map context{};  ///< for `request` listeners, merged with the user's context()
};

/// The options of a stream.
struct GrpcStreamOptions {
  Text name{};  ///< the row in the statistics; default: the path
  /// The limit for the whole stream, including connecting; see GrpcOptions.
  std::optional<Seconds> timeout{};
  GrpcMetadata metadata{};
  Value::Map context{};  ///< for `request` listeners, merged with the user's context()
  /// True: each received message is a request of the type "grpc-msg" in the statistics. Its
  /// response time is the time since the later one of the last write() and the message before.
  bool row_per_message = false;
};

/// How a call has ended.
struct GrpcResult {
  GrpcCode code = GrpcCode::kOk;
  std::string details{};  ///< the text of the status; "" if there is none
  GrpcMetadata initial_metadata{};
  GrpcMetadata trailing_metadata{};
  Milliseconds elapsed{};  ///< from the beginning of the call until its end

  [[nodiscard]] bool ok() const { return code == GrpcCode::kOk; }
  /// The failure text of the statistics: `RpcError(NOT_FOUND, 'no user 3')`; "" for kOk.
  [[nodiscard]] CPPWORKER_EXPORT std::string error() const;
};

/// The result of a unary call. `*reply` and `reply->` give the message, which is empty if the call
/// has failed.
template <class Reply>
class GrpcReply : public GrpcResult {
 public:
  [[nodiscard]] Reply& operator*() { return message_; }
  [[nodiscard]] const Reply& operator*() const { return message_; }
  [[nodiscard]] Reply* operator->() { return &message_; }
  [[nodiscard]] const Reply* operator->() const { return &message_; }

 private:
  Reply message_{};
};

namespace detail {

/// What the check of a call has decided.
class GrpcVerdict {
 public:
  /// Reports the call as a success, whatever its status.
  void success() { verdict_ = Verdict{}; }
  /// Reports the call as a failure: `CatchResponseError('message')`.
  void failure(std::string message) { verdict_ = Verdict{std::move(message)}; }

  struct Verdict {
    std::optional<std::string> failure;  ///< none: success
  };
  [[nodiscard]] const std::optional<Verdict>& verdict() const { return verdict_; }

 private:
  std::optional<Verdict> verdict_;
};

}  // namespace detail

/// The result of a call that the check of the call marks as a success or failure.
template <class Reply>
class CatchGrpc : public GrpcReply<Reply>, public detail::GrpcVerdict {
 public:
  CatchGrpc() = default;
  CatchGrpc(const CatchGrpc&) = delete;  // take CatchGrpc<Reply>& reply (or auto& reply)
  CatchGrpc& operator=(const CatchGrpc&) = delete;
  ~CatchGrpc() = default;
};

/// The result of a stream, for the check of finish().
class CatchGrpcStream : public GrpcResult, public detail::GrpcVerdict {
 public:
  CatchGrpcStream() = default;
  CatchGrpcStream(const CatchGrpcStream&) = delete;  // take CatchGrpcStream& result
  CatchGrpcStream& operator=(const CatchGrpcStream&) = delete;
  ~CatchGrpcStream() = default;
};

/// GrpcStream::read() has received no message within its timeout. The stream can still be used.
class CPPWORKER_EXPORT GrpcTimeout : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

namespace detail {

struct GrpcClientState;
class GrpcStreamState;

/// A reference to a function that parses a message into an object.
struct GrpcParser {
  void* message = nullptr;
  /// @returns false if the bytes are not such a message
  bool (*parse)(void* message, std::string_view bytes) = nullptr;
};

/// The bytes that gRPC puts before each message: a flag, and the size of the message.
inline constexpr std::size_t kGrpcFrameHead = 5;

/// Writes the size into the first bytes of the frame. Throws std::invalid_argument if the message
/// could not be serialized.
CPPWORKER_EXPORT void finish_grpc_frame(std::string& frame, bool is_complete);

template <class Message>
[[nodiscard]] std::string grpc_frame(const Message& message) {
  constexpr bool kAppends = requires(std::string * out) { message.AppendToString(out); };
  constexpr bool kSerializes = requires(std::string * out) { message.SerializeToString(out); };
  static_assert(kAppends || kSerializes,
                "the request is not a message: it needs `bool AppendToString(std::string*) const` "
                "or `bool SerializeToString(std::string*) const`, as the classes of protobuf have");
  std::string frame(kGrpcFrameHead, '\0');
  bool is_complete = false;
  if constexpr (kAppends) {
    is_complete = message.AppendToString(&frame);
  } else if constexpr (kSerializes) {
    std::string bytes;
    is_complete = message.SerializeToString(&bytes);
    frame += bytes;
  }
  finish_grpc_frame(frame, is_complete);
  return frame;
}

template <class Message>
[[nodiscard]] GrpcParser grpc_parser(Message& message) {
  constexpr bool kIsMessage = requires(const char* data) { message.ParseFromArray(data, 0); };
  static_assert(kIsMessage,
                "the reply is not a message: it needs `bool ParseFromArray(const void*, int)`, as "
                "the classes of protobuf have");
  return {.message = &message, .parse = [](void* object, std::string_view bytes) {
            if constexpr (kIsMessage) {
              return static_cast<Message*>(object)->ParseFromArray(bytes.data(),
                                                                   static_cast<int>(bytes.size()));
            } else {
              return false;
            }
          }};
}

/// The part of GrpcStream that does not depend on the types of the messages.
class CPPWORKER_EXPORT GrpcStreamBase {
 public:
  explicit GrpcStreamBase(std::unique_ptr<GrpcStreamState> state);
  ~GrpcStreamBase();
  GrpcStreamBase(GrpcStreamBase&& other) noexcept;
  GrpcStreamBase& operator=(GrpcStreamBase&& other) noexcept;

  /// Signals that no further message will be written. Does not suspend.
  void writes_done();
  /// Aborts the call; finish() then returns CANCELLED. Does nothing if the call has ended. Does not
  /// suspend.
  void cancel();
  /// Calls writes_done(), discards the messages that were not read, waits for the end of the call,
  /// and reports it. To be called once, as the last function. Suspends. Throws StopUser.
  GrpcResult finish();
  /// The same; the call is reported when `check(CatchGrpcStream&)` returns, as the check has
  /// decided, or by its status. Throws what the check throws.
  GrpcResult finish(const std::function<void(CatchGrpcStream&)>& check);

 protected:
  bool write_frame(const std::string& frame);
  bool read_message(const GrpcParser& parser, Seconds timeout);

 private:
  [[nodiscard]] GrpcStreamState& state() const;

  std::unique_ptr<GrpcStreamState> state_;  // null after finish()
};

}  // namespace detail

/// A call in which both sides may send several messages. It belongs to the user that has made it;
/// one coroutine may write while another one reads (see gather()). A stream that is destroyed
/// before finish() is cancelled, and counted as a failure.
/// @tparam Request, Reply see GrpcClient::call()
template <class Request, class Reply>
class GrpcStream : public detail::GrpcStreamBase {
 public:
  explicit GrpcStream(detail::GrpcStreamBase stream) : GrpcStreamBase(std::move(stream)) {}

  /// Sends a message. Suspends while the server does not take it. Throws StopUser, and
  /// std::logic_error after writes_done().
  /// @returns false if the call has ended: finish() has the cause
  bool write(const Request& request) { return write_frame(detail::grpc_frame(request)); }

  /// Waits for the next message. Throws StopUser, and GrpcTimeout after `timeout`.
  /// @returns none if no further message will arrive: the server has ended the call, or it has
  ///   failed; see finish()
  [[nodiscard]] std::optional<Reply> read(Seconds timeout = forever) {
    std::optional<Reply> reply(std::in_place);
    if (!read_message(detail::grpc_parser(*reply), timeout)) reply.reset();
    return reply;
  }
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

  /// Begins a call in which the client, the server or both send several messages. Suspends until
  /// the connection is established. A failure to connect is the status of finish().
  template <class Request, class Reply>
  [[nodiscard]] GrpcStream<Request, Reply> stream(std::string_view path,
                                                  const GrpcStreamOptions& options = {}) {
    return GrpcStream<Request, Reply>(begin_stream(path, options));
  }

 private:
  void run(std::string_view path, const std::string& frame, const GrpcOptions& options,
           GrpcResult& result, const detail::GrpcParser& parser, const detail::GrpcVerdict* verdict,
           const std::function<void()>& check);
  detail::GrpcStreamBase begin_stream(std::string_view path, const GrpcStreamOptions& options);

  std::shared_ptr<detail::GrpcClientState> state_;  // shared with streams
};

/// A user with a gRPC client. The host is "grpc://host:port", "grpcs://host:port" or "host:port".
/// The messages are those of any library whose classes have AppendToString() and ParseFromArray():
/// link your own protobuf.
class CPPWORKER_EXPORT GrpcUser : public User {
 public:
  GrpcUser();
  ~GrpcUser() override;

  /// The settings of this user, read when client() is called first.
  [[nodiscard]] virtual GrpcSettings grpc_settings() { return {}; }

  /// The user's client, created on first use and owned by the user. Throws Error if neither the
  /// master nor the class has a host, or if the host is not one of a gRPC server.
  [[nodiscard]] GrpcClient& client();

 private:
  std::unique_ptr<GrpcClient> client_;
};

}  // namespace cppworker
