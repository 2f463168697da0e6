#include "protobuf/reflection.hpp"

#include <deque>
#include <map>
#include <set>

#include <cppworker/blocking.hpp>
#include <cppworker/detail/loop_stack.hpp>
#include <cppworker/exception.hpp>
#include <cppworker/shard_local.hpp>
#include <cppworker/sync.hpp>

namespace cppworker::protobuf {

namespace pb = google::protobuf;

namespace {

/// The parts of grpc/reflection/v1/reflection.proto that are needed. v1alpha differs in its name.
constexpr std::string_view kReflection = R"(
syntax = "proto3";
package grpc.reflection;
message ServerReflectionRequest {
  string host = 1;
  oneof message_request {
    string file_by_filename = 3;
    string file_containing_symbol = 4;
    string list_services = 7;
  }
}
message FileDescriptorResponse { repeated bytes file_descriptor_proto = 1; }
message ServiceResponse { string name = 1; }
message ListServiceResponse { repeated ServiceResponse service = 1; }
message ErrorResponse { int32 error_code = 1; string error_message = 2; }
message ServerReflectionResponse {
  oneof message_response {
    FileDescriptorResponse file_descriptor_response = 4;
    ListServiceResponse list_services_response = 6;
    ErrorResponse error_response = 7;
  }
}
service ServerReflection {
  rpc ServerReflectionInfo(stream ServerReflectionRequest) returns (stream ServerReflectionResponse);
}
)";

constexpr Seconds kTimeout{30};

/// One question and its answer.
Value ask(GrpcValueStream& stream, std::string_view question, std::string_view argument) {
  if (!stream.write(Value{{question, argument}})) return {};
  std::optional<Value> answer = stream.read();
  return answer ? std::move(*answer) : Value();
}

class Reflection {
 public:
  Reflection(GrpcClient& client, const GrpcMethod& method, std::string path)
      : stream_(client.stream(method.at(std::move(path)),
                              {.name = "reflection", .timeout = kTimeout})) {}

  /// @returns false if the server does not have this version of the service
  bool run() {
    const Value list = ask(stream_, "list_services", "");
    if (const Value* const services = list.find("list_services_response")) {
      for (const Value& service : (*services)["service"]) {
        const auto name = service["name"].get<std::string>();
        if (!name.starts_with("grpc.reflection.")) {
          add(ask(stream_, "file_containing_symbol", name), name);
        }
      }
      add_missing_imports();
    }
    bool is_known = true;
    const GrpcResult result = stream_.finish([&](CatchGrpcStream& caught) {
      is_known = caught.code != GrpcCode::kUnimplemented;
      if (!is_known) caught.success();
    });
    if (is_known && !result.ok()) failure_ = result.error();
    return is_known;
  }

  [[nodiscard]] const std::string& failure() const { return failure_; }
  std::vector<pb::FileDescriptorProto> files;

 private:
  void add(const Value& answer, const std::string& what) {
    const Value* const response = answer.find("file_descriptor_response");
    if (response == nullptr) {
      const Value* const error = answer.find("error_response");
      failure_ = "the server does not describe " + what +
                 (error == nullptr ? "" : ": " + (*error)["error_message"].get<std::string>());
      return;
    }
    for (const Value& bytes : (*response)["file_descriptor_proto"]) {
      pb::FileDescriptorProto file;
      if (!file.ParseFromString(bytes.as_bytes()->data)) continue;
      if (names_.insert(file.name()).second) files.push_back(std::move(file));
    }
  }

  /// A server may send only the file that was asked for.
  void add_missing_imports() {
    for (std::size_t i = 0; i < files.size(); ++i) {
      const pb::FileDescriptorProto file = files[i];
      for (const std::string& import : file.dependency()) {
        const bool is_builtin =
            pb::DescriptorPool::generated_pool()->FindFileByName(import) != nullptr;
        if (names_.contains(import) || is_builtin || !failure_.empty()) continue;
        add(ask(stream_, "file_by_filename", import), import);
      }
    }
  }

  GrpcValueStream stream_;
  std::set<std::string> names_;
  std::string failure_;
};

Definitions ask_server(GrpcClient& client) {
  static const GrpcDynamic own = [] {
    Definitions definitions;
    detail::on_loop_stack([&] { definitions = definitions_of_text(kReflection); });
    return GrpcDynamic(definitions);
  }();
  const GrpcMethod method = own["grpc.reflection.ServerReflection/ServerReflectionInfo"];
  for (const std::string_view version : {"v1", "v1alpha"}) {
    Reflection reflection(
        client, method,
        "/grpc.reflection." + std::string(version) + ".ServerReflection/ServerReflectionInfo");
    if (!reflection.run()) continue;
    if (!reflection.failure().empty()) {
      throw Error("GrpcDynamic::reflect(): " + reflection.failure());
    }
    // It needs more stack than a user has.
    return run_blocking(
        [&] { return definitions_of_files(reflection.files, "What the server describes"); });
  }
  throw Error(
      "GrpcDynamic::reflect(): the server has no reflection service (UNIMPLEMENTED). Enable it in "
      "the server, or use GrpcDynamic::proto() or protoset()");
}

/// The definitions that the shard has received from a server.
struct Server {
  Semaphore asking;
  Definitions definitions;
};

}  // namespace

Definitions reflected_definitions(GrpcClient& client) {
  static const ShardLocal<std::map<std::string, Server>> of_shard;
  Server& server = (*of_shard)[client.host()];
  const SemaphoreGuard guard(server.asking);
  if (server.definitions == nullptr) server.definitions = ask_server(client);
  return server.definitions;
}

}  // namespace cppworker::protobuf
