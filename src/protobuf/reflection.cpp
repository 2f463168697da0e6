#include "protobuf/reflection.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <cppworker/blocking.hpp>
#include <cppworker/detail/loop_stack.hpp>
#include <cppworker/exception.hpp>
#include <cppworker/shard_local.hpp>
#include <cppworker/sync.hpp>

#include "protobuf/shown.hpp"

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
/// The most that a server may describe.
constexpr std::size_t kMostFiles = 1000;
constexpr std::size_t kMostBytes = std::size_t{16} << 20U;

/// One question and its answer.
Value ask(GrpcValueStream& stream, std::string_view question, std::string_view argument) {
  if (!stream.write(Value{{question, argument}})) return {};
  std::optional<Value> answer = stream.read();
  return answer ? std::move(*answer) : Value();
}

/// What the server says instead of an answer, after ": "; "" if it says nothing.
std::string error_in(const Value& answer) {
  const Value* const error = answer.find("error_response");
  return error == nullptr ? "" : ": " + shown((*error)["error_message"].get<std::string>());
}

class Reflection {
 public:
  Reflection(GrpcClient& client, const GrpcMethod& method, std::string path)
      : stream_(client.stream(method.at(std::move(path)),
                              {.name = "reflection", .timeout = kTimeout})) {}

  /// @returns false if the server does not have this version of the service
  bool run() {
    ask_for_all();
    bool is_known = true;
    const GrpcResult result = stream_.finish([&](CatchGrpcStream& caught) {
      is_known = caught.code != GrpcCode::kUnimplemented;
      if (!is_known) caught.success();
    });
    if (is_known && !result.ok()) failure_ = result.error();
    return is_known;
  }

  /// Throws Error. It needs more stack than a user has.
  [[nodiscard]] Definitions definitions() const {
    std::vector<pb::FileDescriptorProto> files(files_.size());
    for (std::size_t i = 0; i < files.size(); ++i) files[i].ParseFromString(files_[i].bytes);
    Definitions definitions = definitions_of_server(files, "What the server describes", services_);
    if (!services_.empty() && definitions->methods().empty()) {
      const std::string& name = services_.begin()->first;
      if (const std::string* const why = definitions->failure_of(name + "/")) throw Error(*why);
    }
    return definitions;
  }

  /// Why nothing can be called; "": it can.
  [[nodiscard]] const std::string& failure() const { return failure_; }

 private:
  struct File {
    std::string bytes;
    std::vector<std::string> imports;
  };

  void ask_for_all() {
    const Value list = ask(stream_, "list_services", "");
    const Value* const services = list.find("list_services_response");
    if (services == nullptr) {
      failure_ = "the server does not list its services" + error_in(list);
      return;
    }
    const Value& names = (*services)["service"];
    if (names.size() > kMostFiles) failure_ = "the server lists more than 1,000 services";
    for (const Value& service : names) {
      const auto name = service["name"].get<std::string>();
      if (!failure_.empty()) return;
      if (name.starts_with("grpc.reflection.")) continue;
      const Value answer = ask(stream_, "file_containing_symbol", name);
      services_[name] = "the server does not describe " + shown(name) + error_in(answer);
      add(answer);
    }
    add_missing_imports();
  }

  void add(const Value& answer) {
    const Value* const response = answer.find("file_descriptor_response");
    if (response == nullptr) return;
    detail::on_loop_stack([&] {
      for (const Value& bytes : (*response)["file_descriptor_proto"]) {
        pb::FileDescriptorProto file;
        if (!file.ParseFromString(bytes.as_bytes()->data)) continue;
        if (!names_.insert(file.name()).second) continue;
        size_ += bytes.as_bytes()->data.size();
        files_.push_back({.bytes = bytes.as_bytes()->data,
                          .imports = {file.dependency().begin(), file.dependency().end()}});
      }
    });
    if (files_.size() > kMostFiles || size_ > kMostBytes) {
      failure_ = "the server describes more than 1,000 files or 16 MiB";
    }
  }

  /// A server may send only the file that was asked for.
  void add_missing_imports() {
    std::set<std::string> asked;
    for (std::size_t i = 0; i < files_.size(); ++i) {
      const std::vector<std::string> imports = files_[i].imports;
      for (const std::string& import : imports) {
        const bool is_builtin =
            pb::DescriptorPool::generated_pool()->FindFileByName(import) != nullptr;
        if (names_.contains(import) || is_builtin || !asked.insert(import).second) continue;
        if (asked.size() > kMostFiles) failure_ = "the server's files import more than 1,000 files";
        if (!failure_.empty()) return;
        add(ask(stream_, "file_by_filename", import));
      }
    }
  }

  GrpcValueStream stream_;
  std::vector<File> files_;
  std::set<std::string> names_;           // of the files
  std::size_t size_ = 0;                  // of the files
  detail::GrpcServiceFailures services_;  // all of them: the text if they are in no file
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
    if (!reflection.failure().empty()) throw Error(reflection.failure());
    return run_blocking([&] { return reflection.definitions(); });
  }
  throw Error(
      "the server has no reflection service (UNIMPLEMENTED). Enable it in the server, or use "
      "GrpcDynamic::proto() or protoset()");
}

/// The definitions that the shard has received from a server.
struct Server {
  Semaphore asking;
  Definitions definitions;
  std::uint64_t failed = 0;  // attempts
  std::string failure;       // of the last one
};

}  // namespace

Definitions reflected_definitions(GrpcClient& client) {
  static const ShardLocal<std::map<std::string, Server>> of_shard;
  Server& server = (*of_shard)[client.host()];
  const std::uint64_t failed_before = server.failed;
  const SemaphoreGuard guard(server.asking);
  if (server.definitions != nullptr) return server.definitions;
  if (server.failed == failed_before) {  // else an attempt has failed while this user waited for it
    try {
      return server.definitions = ask_server(client);
    } catch (const Error& error) {
      ++server.failed;
      server.failure = error.what();
    }
  }
  throw Error("GrpcDynamic::reflect(): " + server.failure);
}

}  // namespace cppworker::protobuf
