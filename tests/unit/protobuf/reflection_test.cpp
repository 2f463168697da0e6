#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <cppworker/exception.hpp>
#include <cppworker/grpc_dynamic.hpp>

#include "unit/grpc/grpc_fixture.hpp"
#include "unit/protobuf/wire.hpp"

namespace cppworker::protobuf {
namespace {

using grpc::framed;
using test_support::Http2Server;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

std::string error_answer(const std::string& text) { return wire_field(7, wire_field(2, text)); }

std::string list_answer(const std::vector<std::string>& services) {
  std::string list;
  for (const std::string& name : services) list += wire_field(1, wire_field(1, name));
  return wire_field(6, list);
}

std::string file_answer(const std::vector<std::string>& files) {
  std::string list;
  for (const std::string& text : files) {
    google::protobuf::FileDescriptorProto file;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &file));
    list += wire_field(1, file.SerializeAsString());
  }
  return wire_field(4, list);
}

std::string service_file(const std::string& package, const std::string& rest = "") {
  return "name: '" + package + ".proto' package: '" + package +
         "' message_type { name: 'A' } service { name: 'S' method { name: 'M' input_type: '." +
         package + ".A' output_type: '." + package + ".A' } } " + rest;
}

class GrpcReflection : public grpc::GrpcFixture {
 protected:
  /// Lets `count` users reflect at the same time.
  void reflect(int count = 1) {
    server.at_headers = true;
    server.on_request = [this](Http2Server::Connection& connection, std::int32_t id) {
      connection.peer->respond(id, grpc::kOkHead, "", grpc::kOkTrailer, true);
      streams.push_back({&connection, id});
    };
    int left = count;
    for (int i = 0; i < count; ++i) {
      add_user([this, &left] {
        GrpcClient client(environment, host());
        try {
          api = GrpcDynamic::reflect(client);
        } catch (const Error& error) {
          errors.emplace_back(error.what());
        }
        --left;
      });
    }
    add_user([this, &left] {
      while (left > 0) {
        for (Stream& stream : streams) serve(stream);
        coro::this_coroutine::sleep_until(clock.now() + std::chrono::microseconds{1});
      }
    });
    run();
  }

  struct Stream {
    Http2Server::Connection* connection;
    std::int32_t id;
    std::size_t read = 0;
    bool has_ended = false;
  };

  void serve(Stream& stream) {
    const auto& request = stream.connection->peer->requests[stream.id];
    constexpr std::size_t kHead = 5;
    while (request.body.size() >= stream.read + kHead) {
      const auto size = static_cast<unsigned char>(request.body[stream.read + kHead - 1]);
      if (request.body.size() < stream.read + kHead + size) break;
      const std::string message = request.body.substr(stream.read + kHead, size);
      stream.read += kHead + size;
      const std::string reply = answer(message[0] >> 3, message.substr(2));
      stream.connection->peer->continue_body(stream.id, framed(reply), true);
      server.flush(*stream.connection);
    }
    if (request.has_ended && !std::exchange(stream.has_ended, true)) {
      stream.connection->peer->continue_body(stream.id, "", false);
      server.flush(*stream.connection);
    }
  }

  enum Question { kFile = 3, kSymbol = 4, kList = 7 };
  /// The bytes of a ServerReflectionResponse.
  std::function<std::string(int question, const std::string& name)> answer;
  std::vector<Stream> streams;
  std::vector<std::string> errors;
  GrpcDynamic api;
};

TEST_F(GrpcReflection, OtherServicesCanBeCalledIfOneIsNotDescribed) {
  answer = [](int question, const std::string& name) {
    if (question == kList) return list_answer({"a.S", "b.S", "c.S"});
    if (name == "a.S") return file_answer({service_file("a")});
    if (name == "c.S") return file_answer({service_file("c", "dependency: 'none.proto'")});
    return error_answer("not\nfound" + std::string(4000, 'x'));
  };
  reflect();
  ASSERT_THAT(errors, ElementsAre());
  EXPECT_THAT(api.methods(), ElementsAre("a.S/M"));
  const auto error_of = [this](const char* method) -> std::string {
    try {
      static_cast<void>(api[method]);
    } catch (const Error& error) {
      return error.what();
    }
    return "none";
  };
  EXPECT_EQ(error_of("a.S/M"), "none");
  EXPECT_EQ(error_of("b.S/M"), "GrpcDynamic: the server does not describe b.S: not\\nfound" +
                                   std::string(291, 'x') + "… (4009 bytes)");
  EXPECT_THAT(error_of("c.S/M"), HasSubstr("What the server describes is not complete"));
  EXPECT_THAT(error_of("d.S/M"), HasSubstr("there is no method 'd.S/M'"));
}

TEST_F(GrpcReflection, AnErrorInsteadOfTheListIsAnError) {
  answer = [](int, const std::string&) { return error_answer("forbidden"); };
  reflect();
  EXPECT_THAT(errors, ElementsAre("GrpcDynamic::reflect(): the server does not list its services: "
                                  "forbidden"));
}

TEST_F(GrpcReflection, IfNothingIsDescribedItIsAnError) {
  answer = [](int question, const std::string&) {
    return question == kList ? list_answer({"a.S"}) : error_answer("none");
  };
  reflect();
  EXPECT_THAT(errors,
              ElementsAre("GrpcDynamic::reflect(): the server does not describe a.S: none"));
}

TEST_F(GrpcReflection, UsersThatWaitTakeTheFailure) {
  answer = [](int, const std::string&) { return error_answer("forbidden"); };
  reflect(5);
  EXPECT_THAT(errors, SizeIs(5));
  EXPECT_THAT(errors, Each(StartsWith("GrpcDynamic::reflect(): the server does not list")));
  EXPECT_THAT(streams, SizeIs(1));
}

TEST_F(GrpcReflection, TheNumberOfFilesIsLimited) {
  answer = [](int question, const std::string&) {
    if (question == kList) return list_answer({"a.S"});
    std::vector<std::string> files{service_file("a")};
    for (int i = 0; i < 1000; ++i) files.push_back("name: '" + std::to_string(i) + "'");
    return file_answer(files);
  };
  reflect();
  EXPECT_THAT(errors, ElementsAre("GrpcDynamic::reflect(): the server describes more than 1,000 "
                                  "files or 16 MiB"));
}

TEST_F(GrpcReflection, ImportsThatAreMissingAreAskedFor) {
  answer = [](int question, const std::string& name) {
    if (question == kList) return list_answer({"a.S"});
    if (question == kSymbol) return file_answer({service_file("a", "dependency: 'b.proto'")});
    return name == "b.proto" ? file_answer({"name: 'b.proto'"}) : error_answer("none");
  };
  reflect();
  ASSERT_THAT(errors, ElementsAre());
  EXPECT_THAT(api.methods(), ElementsAre("a.S/M"));
}

}  // namespace
}  // namespace cppworker::protobuf
