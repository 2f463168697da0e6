#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <cppworker/detail/export.hpp>
#include <cppworker/grpc_client.hpp>
#include <cppworker/value.hpp>

namespace cppworker {

namespace detail {
class GrpcDefinitions;
struct GrpcMethodTypes;
}  // namespace detail

class GrpcValueStream;

/// A method of a GrpcDynamic, for GrpcClient::call() and stream(). Cheap to copy; for all threads.
class CPPWORKER_EXPORT GrpcMethod {
 public:
  using Stream = GrpcValueStream;

  [[nodiscard]] const std::string& path() const { return path_; }
  /// The same messages with another path.
  [[nodiscard]] GrpcMethod at(std::string path) const { return {types_, std::move(path)}; }

  /// A request as gRPC sends it. Throws std::invalid_argument if the value does not fit the
  /// message: a field that does not exist, a wrong type, a required field that is missing.
  [[nodiscard]] std::string frame(const Value& request) const;
  /// The same. Throws std::invalid_argument also if the method is a streaming one.
  [[nodiscard]] std::string unary_frame(const Value& request) const;
  /// @returns false if the bytes are not a reply of this method
  [[nodiscard]] bool parse(std::string_view bytes, Value& reply) const;

 private:
  friend class GrpcDynamic;
  GrpcMethod(std::shared_ptr<const detail::GrpcMethodTypes> types, std::string path);

  std::shared_ptr<const detail::GrpcMethodTypes> types_;
  std::string path_;
};

/// A GrpcStream whose messages are Values.
class GrpcValueStream : public detail::GrpcStreamBase {
 public:
  GrpcValueStream(GrpcMethod method, detail::GrpcStreamBase stream)
      : GrpcStreamBase(std::move(stream)), method_(std::move(method)) {}

  /// As GrpcStream::write(). Throws std::invalid_argument as GrpcMethod::frame().
  bool write(const Value& request) { return write_frame(method_.frame(request)); }
  /// As GrpcStream::read().
  [[nodiscard]] std::optional<Value> read(Seconds timeout = forever) {
    std::optional<Value> reply(std::in_place);
    detail::GrpcValueReply<GrpcMethod> target{method_, *reply};
    if (!read_message(detail::grpc_parser(target), timeout)) reply.reset();
    return reply;
  }

 private:
  GrpcMethod method_;
};

/// gRPC without generated classes: messages are Values, and their definitions are read at run time.
/// It is a library of its own, which uses protobuf: write `// cpp-worker: -lcppworker_grpc_dynamic`
/// at the top of the locustfile, or find_package(cppworker COMPONENTS grpc_dynamic) in CMake.
///
///     const GrpcDynamic api = GrpcDynamic::proto("hello.proto");   // a global
///     …
///     const GrpcReply<Value> reply =
///         client().call(api["locust.hello.HelloService/SayHello"], {{"name", "x"}});
///     (*reply)["message"]
///
/// The fields of a Value are those of protobuf's JSON mapping, with these differences:
/// - A reply has the names of the .proto file ("user_id"). A request may have them or JSON's
///   ("userId").
/// - 64-bit integers are ints. Bytes of a reply are Value::Bytes; in a request, text is base64.
/// - In a reply, fields that are not set have their default value. Only messages, `optional` fields
///   and fields of a oneof are left out.
///
/// Cheap to copy. All functions except reflect() are for all threads and do not suspend.
class CPPWORKER_EXPORT GrpcDynamic {
 public:
  GrpcDynamic() = default;  ///< empty: assign another one to it
  /// Reads a .proto file. Throws Error with the line that is wrong or the import that is missing.
  /// @param file a relative path begins at the current directory
  /// @param folders in which imports are searched, as with protoc's -I; the file's own folder is
  ///   searched last. Imports of google/protobuf/*.proto are always found.
  [[nodiscard]] static GrpcDynamic proto(const std::string& file,
                                         const std::vector<std::string>& folders = {});
  /// Reads what `protoc --include_imports --descriptor_set_out=x.protoset` has written. Throws
  /// Error.
  [[nodiscard]] static GrpcDynamic protoset(const std::string& file);
  /// Asks the server, by gRPC's server reflection (v1 or v1alpha). The first user of each thread
  /// does that, as a request `grpc-stream reflection` in the statistics; others get the same
  /// answer. Suspends. Throws Error if the server has no reflection or can't be reached, and
  /// StopUser.
  [[nodiscard]] static GrpcDynamic reflect(GrpcClient& client);

  /// @param method "package.Service/Method". Throws Error, with the methods that there are.
  [[nodiscard]] GrpcMethod operator[](std::string_view method) const;
  /// The names of all methods.
  [[nodiscard]] std::vector<std::string> methods() const;

  /// For the library itself.
  explicit GrpcDynamic(std::shared_ptr<const detail::GrpcDefinitions> definitions)
      : definitions_(std::move(definitions)) {}

 private:
  [[nodiscard]] const detail::GrpcDefinitions& definitions() const;

  std::shared_ptr<const detail::GrpcDefinitions> definitions_;
};

}  // namespace cppworker
