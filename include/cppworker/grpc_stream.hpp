#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <cppworker/detail/export.hpp>
#include <cppworker/grpc_result.hpp>
#include <cppworker/text.hpp>
#include <cppworker/time.hpp>
#include <cppworker/value.hpp>
#include <cppworker/waiting.hpp>

namespace cppworker {

/// The options of a stream.
struct GrpcStreamOptions {
  Text name{};  ///< the row in the statistics; default: the path
  /// The limit for the whole stream, including connecting; see GrpcOptions.
  std::optional<Seconds> timeout{};
  GrpcMetadata metadata{};
  Value::Map context{};  ///< for `request` listeners, merged with the user's context()
  /// True: each received message is a request of the type "grpc-msg" in the statistics. Its
  /// response time is the time from the later one of the last write() and the message before until
  /// its arrival; it does not matter when it is read.
  bool row_per_message = false;
  bool compression = false;  ///< compresses each message with gzip
};

/// GrpcStream::read() has received no message within its timeout. The stream can still be used.
class CPPWORKER_EXPORT GrpcTimeout : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

namespace detail {

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
/// before finish() is cancelled, and counted as a failure; the listeners of `events.request` are
/// not called for it, because a destructor can't call them.
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

}  // namespace cppworker
