#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/wrappers.pb.h>
#include <gtest/gtest.h>

#include <cppworker/exception.hpp>
#include <cppworker/grpc_dynamic.hpp>
#include <cppworker/json.hpp>

#include "coro/scheduler.hpp"
#include "protobuf/definitions.hpp"
#include "unit/protobuf/wire.hpp"

namespace cppworker::protobuf {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

namespace pb = google::protobuf;

constexpr std::string_view kText = R"(
syntax = "proto2";
package test;
import "google/protobuf/any.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
enum Color { RED = 0; BLUE = 5; }
message Node {
  optional Node child = 1;
  optional string name = 2;
}
message Needs { required string name = 1; }
message All {
  optional int32 int_field = 1;
  optional uint64 long_field = 2;
  optional float float_field = 3;
  optional bool bool_field = 4;
  optional bytes bytes_field = 5;
  optional Color color = 6;
  repeated Color colors = 7;
  map<int64, string> names = 8;
  map<bool, int32> flags = 9;
  optional google.protobuf.Value json = 10;
  optional google.protobuf.Timestamp when = 11;
  optional google.protobuf.StringValue wrapped = 12;
  optional Needs needs = 13;
  optional google.protobuf.Any any = 14;
}
service Test {
  rpc Echo(All) returns (All);
  rpc Nest(Node) returns (Node);
  rpc Stream(stream All) returns (All);
}
)";

class GrpcDynamicTest : public testing::Test {
 protected:
  /// What the server would send back.
  Value echoed(const Value& request, std::string_view method = "test.Test/Echo") const {
    Value reply;
    EXPECT_TRUE(api[method].parse(api[method].frame(request).substr(5), reply));
    return reply;
  }
  std::string error_of(const Value& request) const {
    try {
      static_cast<void>(api["test.Test/Echo"].frame(request));
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "none";
  }

  GrpcDynamic api{definitions_of_text(kText)};
};

TEST_F(GrpcDynamicTest, FindsMethods) {
  EXPECT_THAT(api.methods(), ElementsAre("test.Test/Echo", "test.Test/Nest", "test.Test/Stream"));
  EXPECT_EQ(api["test.Test/Echo"].path(), "/test.Test/Echo");
  EXPECT_EQ(api["/test.Test/Echo"].path(), "/test.Test/Echo");
  for (const std::string_view name : {"", "Echo", "test.Test.Echo", "test.Test/Ech", "Test/Echo"}) {
    EXPECT_THROW(static_cast<void>(api[name]), Error) << name;
  }
  EXPECT_THROW(static_cast<void>(GrpcDynamic()["a/b"]), std::logic_error);
  EXPECT_THROW(static_cast<void>(api["test.Test/Stream"].unary_frame(Value::Map{})),
               std::invalid_argument);
}

TEST_F(GrpcDynamicTest, ConvertsValues) {
  const Value request{{"int_field", -3},
                      {"long_field", std::numeric_limits<std::uint64_t>::max()},
                      {"float_field", 0.1},
                      {"bool_field", true},
                      {"bytes_field", Value::Bytes{std::string("\0\xff", 2)}},
                      {"color", "BLUE"},
                      {"colors", Value::List{"RED", 5}},
                      {"names", Value::Map{{7, "seven"}, {"-8", "eight"}}},
                      {"flags", Value::Map{{true, 1}, {"false", 0}}},
                      {"json", Value::List{1.5, nullptr, "x", Value::Map{{"a", false}}}},
                      {"when", "1970-01-01T00:00:01Z"},
                      {"wrapped", "text"}};
  Value reply = echoed(request);
  EXPECT_EQ(reply["colors"], (Value::List{"RED", "BLUE"}));
  EXPECT_EQ(reply["names"]["7"], Value("seven"));
  EXPECT_EQ(reply["names"]["-8"], Value("eight"));
  EXPECT_EQ(reply["flags"]["true"], Value(1));
  for (const auto& [name, member] : request.items()) {
    if (name == "colors" || name == "names" || name == "flags") continue;
    EXPECT_EQ(reply[name], member) << name;
  }
}

TEST_F(GrpcDynamicTest, LeavesOutWhatIsNotSet) {
  const Value reply = echoed({{"int_field", nullptr}, {"boolField", false}});
  EXPECT_EQ(to_json(reply), R"({"bool_field": false, "colors": [], "names": {}, "flags": {}})");
}

TEST_F(GrpcDynamicTest, ErrorsNameTheField) {
  EXPECT_EQ(error_of({{"wrapped", "\xff"}}),
            "field google.protobuf.StringValue.value takes UTF-8; other bytes need a field of the "
            "type bytes");
  EXPECT_THAT(error_of({{"nam", 1}}), HasSubstr("test.All has no field 'nam'; it has: int_field"));
  EXPECT_EQ(error_of({{"int_field", "x"}}),
            "field test.All.int_field takes an integer (int32), not a text ('x')");
  EXPECT_EQ(error_of({{"int_field", 3'000'000'000}}),
            "field test.All.int_field takes an integer (int32), not an int (3000000000)");
  EXPECT_EQ(error_of({{"int_field", 1.5}}),
            "field test.All.int_field takes an integer (int32), not a float (1.5)");
  EXPECT_EQ(error_of({{"long_field", -1.0}}),
            "field test.All.long_field takes an integer (uint64), not a float (-1.0)");
  EXPECT_EQ(error_of({{"bool_field", "true"}}),
            "field test.All.bool_field takes a bool, not a text ('true')");
  EXPECT_EQ(error_of({{"bytes_field", "not base64"}}),
            "field test.All.bytes_field takes bytes: write Value::Bytes{…}, or text in base64");
  EXPECT_EQ(error_of({{"color", "GREEN"}}),
            "field test.All.color: test.Color has no value 'GREEN'; it has: RED, BLUE");
  EXPECT_EQ(error_of({{"colors", "RED"}}),
            "field test.All.colors takes a list, not a text ('RED')");
  EXPECT_EQ(error_of({{"names", Value::List{}}}), "field test.All.names takes a map, not a list");
  EXPECT_EQ(error_of({{"names", Value::Map{{"x", "y"}}}}),
            "field test.All.NamesEntry.key takes an integer (int64), not a text ('x')");
  EXPECT_EQ(error_of({{"when", 5}}),
            "a google.protobuf.Timestamp takes a text like 2026-11-30T12:00:00Z, not an int (5)");
  EXPECT_EQ(error_of({{"needs", Value::Map{}}}),
            "the message test.All lacks required fields: needs.name");
  EXPECT_EQ(error_of(Value::List{}), "the message test.All takes a map of its fields, not a list");
}

TEST_F(GrpcDynamicTest, TextIsUtf8) {
  for (const char* const text : {"", "a", "\xc3\xbc", "\xe2\x98\xba", "\xf0\x9f\x98\x88"}) {
    EXPECT_EQ(error_of({{"wrapped", text}}), "none") << text;
  }
  for (const char* const text :
       {"\x80", "\xc0\x80", "\xc3", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x98"}) {
    EXPECT_NE(error_of({{"wrapped", text}}), "none");
  }
}

TEST_F(GrpcDynamicTest, RefusesBytesThatAreNoMessage) {
  Value reply;
  EXPECT_FALSE(api["test.Test/Echo"].parse("\x08", reply));
}

TEST_F(GrpcDynamicTest, NestedMessagesFitOnTheStackOfAUser) {
  coro::VirtualClock clock;
  coro::Scheduler scheduler(clock, {.stack_size = 64 * coro::kKiB});
  Value request{{"name", "leaf"}};
  for (int i = 0; i < 90; ++i) request = Value{{"child", std::move(request)}};
  Value reply;
  scheduler.spawn([&] {
    reply = echoed(request, "test.Test/Nest");
    scheduler.stop();
  });
  scheduler.run();
  EXPECT_EQ(reply, request);
}

std::string wire_any(const std::string& type, const std::string& content) {
  return wire_field(1, "type.googleapis.com/" + type) + wire_field(2, content);
}

TEST_F(GrpcDynamicTest, AnyInAnyIsLimited) {
  std::string bytes = wire_any("test.Needs", wire_field(1, "leaf"));
  for (int i = 0; i < 1000; ++i) bytes = wire_any("google.protobuf.Any", bytes);
  coro::VirtualClock clock;
  coro::Scheduler scheduler(clock, {.stack_size = 64 * coro::kKiB});
  int levels = 0;
  scheduler.spawn([&] {
    Value reply;
    EXPECT_TRUE(api["test.Test/Echo"].parse(wire_field(14, bytes), reply));
    const Value* at = reply.find("any");
    for (; at->as_map() != nullptr; at = at->find("value")) ++levels;
    EXPECT_NE(at->as_bytes(), nullptr);
    scheduler.stop();
  });
  scheduler.run();
  EXPECT_GT(levels, 5);
  EXPECT_LE(levels, 100);
}

TEST_F(GrpcDynamicTest, TheContentOfAnAnyCountsFromItsPlace) {
  std::string bytes = wire_field(2, "leaf");
  for (int i = 0; i < 95; ++i) bytes = wire_field(1, bytes);  // protobuf alone would accept it
  Value reply;
  ASSERT_TRUE(api["test.Test/Echo"].parse(wire_field(14, wire_any("test.Node", bytes)), reply));
  EXPECT_EQ(reply["any"]["value"], Value(Value::Bytes{bytes}));
  const std::string small = wire_field(1, wire_field(2, "leaf"));
  ASSERT_TRUE(api["test.Test/Echo"].parse(wire_field(14, wire_any("test.Node", small)), reply));
  EXPECT_EQ(reply["any"]["child"]["name"], Value("leaf"));
}

pb::FileDescriptorProto file_of(const std::string& text) {
  pb::FileDescriptorProto file;
  EXPECT_TRUE(pb::TextFormat::ParseFromString(text, &file));
  return file;
}

std::string error_of_files(const std::vector<pb::FileDescriptorProto>& files) {
  try {
    static_cast<void>(definitions_of_files(files, "The server"));
  } catch (const Error& error) {
    return error.what();
  }
  return "none";
}

TEST(GrpcDynamicFiles, WellKnownTypesAreThoseOfProtobuf) {
  for (const char* const name : {"google/protobuf/wrappers.proto", "own.proto"}) {
    pb::FileDescriptorProto file;
    pb::StringValue::descriptor()->file()->CopyTo(&file);
    file.set_name(name);
    EXPECT_EQ(error_of_files({file}), "none");
    for (pb::DescriptorProto& type : *file.mutable_message_type()) {
      if (type.name() == "StringValue") type.mutable_field(0)->set_number(7);
    }
    EXPECT_EQ(error_of_files({file}),
              "The server can't be used: its file " + std::string(name) +
                  " defines google.protobuf.StringValue in another way than protobuf does");
  }
}

TEST(GrpcDynamicFiles, WellKnownTypesMayComeFromAnotherVersionOfProtoc) {
  pb::FileDescriptorProto file;
  pb::Struct::descriptor()->file()->CopyTo(&file);
  for (pb::DescriptorProto& type : *file.mutable_message_type()) {
    type.mutable_options()->set_deprecated(true);
    type.add_reserved_name("old");
    for (pb::FieldDescriptorProto& field : *type.mutable_field()) {
      field.set_json_name("other");
      field.mutable_options()->set_deprecated(false);
    }
  }
  EXPECT_EQ(error_of_files({file}), "none");
}

TEST(GrpcDynamicFiles, TwoFilesMayNotDefineTheSame) {
  EXPECT_EQ(error_of_files({file_of("name: 'a.proto' message_type { name: 'A' }"),
                            file_of("name: 'b.proto' message_type { name: 'A' }")}),
            "The server can't be used: its file b.proto is not valid, or defines what another one "
            "of its files defines");
}

TEST(GrpcDynamicFiles, TheDepthOfImportsIsLimited) {
  std::vector<pb::FileDescriptorProto> files{file_of("name: '0'")};
  for (int i = 1; i < 100; ++i) {
    files.push_back(
        file_of("name: '" + std::to_string(i) + "' dependency: '" + std::to_string(i - 1) + "'"));
  }
  EXPECT_EQ(error_of_files(files), "none");
  files.push_back(file_of("name: '100' dependency: '99'"));
  const std::string expected =
      "The server can't be used: its imports are a circle, or nested more than 100 deep";
  EXPECT_EQ(error_of_files(files), expected);
  EXPECT_EQ(
      error_of_files({file_of("name: 'a' dependency: 'b'"), file_of("name: 'b' dependency: 'a'")}),
      expected);
}

TEST(GrpcDynamicFiles, TheyFitOnTheStackOfAUser) {
  const std::string folder = testing::TempDir();
  const std::string file = folder + "/grpc_dynamic_deep.proto";
  std::string text = "message Leaf { optional string name = 1; }";
  for (int i = 0; i < 25; ++i) text = "message M" + std::to_string(i) + " {" + text + "}";
  std::string types;
  for (int i = 0; i < 300; ++i) {
    types +=
        "message C" + std::to_string(i) + " { optional C" + std::to_string(i + 1) + " c = 1; }";
  }
  std::ofstream(file) << "syntax = \"proto2\"; " << text << types
                      << "message C300 {} service S { rpc M(C0) returns (C0); }";
  coro::VirtualClock clock;
  coro::Scheduler scheduler(clock, {.stack_size = 64 * coro::kKiB});
  scheduler.spawn([&] {
    EXPECT_EQ(GrpcDynamic::proto(file)["S/M"].path(), "/S/M");
    scheduler.stop();
  });
  scheduler.run();
  std::filesystem::remove(file);
}

TEST(GrpcDynamicFiles, ImportsAreSearchedInTheFolders) {
  const std::filesystem::path folder =
      std::filesystem::path(testing::TempDir()) / "grpc_dynamic_test";
  std::filesystem::create_directories(folder / "common");
  std::ofstream(folder / "common" / "a.proto") << "syntax = \"proto3\"; message A {}";
  std::ofstream(folder / "s.proto") << "syntax = \"proto3\"; import \"a.proto\";"
                                       "service S { rpc M(A) returns (A); }";
  EXPECT_THROW(
      {
        try {
          static_cast<void>(GrpcDynamic::proto(folder / "s.proto"));
        } catch (const Error& error) {
          EXPECT_THAT(error.what(), HasSubstr("The file a.proto was not found. Pass the folder"));
          throw;
        }
      },
      Error);
  const GrpcDynamic api = GrpcDynamic::proto(folder / "s.proto", {folder / "common"});
  EXPECT_THAT(api.methods(), ElementsAre("S/M"));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace cppworker::protobuf
