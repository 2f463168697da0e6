// What gRPC servers send to the component grpc_dynamic.

#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/stubs/logging.h>

#include <cppworker/exception.hpp>
#include <cppworker/grpc_dynamic.hpp>
#include <cppworker/value.hpp>

#include "fuzz/targets.hpp"
#include "protobuf/definitions.hpp"
#include "text/utf8.hpp"

namespace cppworker::fuzz {

namespace {

constexpr std::string_view kEchoDefinition = R"(
syntax = "proto2";
package test;
import "google/protobuf/any.proto";
import "google/protobuf/duration.proto";
import "google/protobuf/field_mask.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
enum Color { RED = 0; BLUE = 5; }
message Needs { required string name = 1; }
message All {
  optional sint32 number = 1;
  optional fixed64 large = 2;
  repeated float floats = 3 [packed = true];
  optional bool flag = 4;
  optional bytes content = 5;
  repeated Color colors = 6;
  map<int64, string> names = 7;
  map<bool, All> by_flag = 8;
  oneof one {
    string text = 9;
    All all = 10;
  }
  optional group Group = 11 { optional All all = 1; }
  optional Needs needs = 12;
  optional google.protobuf.Value json = 13;
  optional google.protobuf.Timestamp when = 14;
  optional google.protobuf.Duration length = 15;
  optional google.protobuf.FieldMask mask = 16;
  optional google.protobuf.StringValue wrapped = 17;
  optional google.protobuf.Any any = 18;
}
service Test { rpc Echo(All) returns (All); }
)";

}  // namespace

/// The files of a server's reflection, in a FileDescriptorSet, and a reply to each of its methods.
void grpc_definitions(std::string_view bytes) {
  google::protobuf::SetLogHandler(nullptr);  // a line for each name that is not valid
  const Exact exact(bytes);
  google::protobuf::FileDescriptorSet set;
  if (!set.ParseFromArray(exact.view().data(), static_cast<int>(exact.view().size()))) return;
  try {
    const GrpcDynamic api(protobuf::definitions_of_server({set.file().begin(), set.file().end()},
                                                          "the server's definition", {}));
    for (const std::string& name : api.methods()) {
      Value reply;
      const GrpcMethod method = api[name];
      (void)method.parse("", reply);
      (void)method.parse(exact.view(), reply);
    }
  } catch (const Error& error) {
    require(text::is_utf8(error.what()), "failures are UTF-8");
  }
}

void grpc_reply(std::string_view bytes) {
  static const GrpcMethod echo =
      GrpcDynamic(protobuf::definitions_of_text(kEchoDefinition))["test.Test/Echo"];
  google::protobuf::SetLogHandler(nullptr);  // a line for each text that is not UTF-8
  constexpr std::size_t kHead = 5;
  const Exact exact(bytes);
  Value reply;
  if (!echo.parse(exact.view(), reply)) return;
  try {
    Value again;
    require(echo.parse(std::string_view(echo.frame(reply)).substr(kHead), again),
            "a request is a valid message");
  } catch (const std::invalid_argument&) {
    return;  // a reply may have what a request must not have: texts that are not UTF-8
  }
}

}  // namespace cppworker::fuzz
