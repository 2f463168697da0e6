#include "grpc/metadata.hpp"

#include <chrono>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

namespace cppworker::grpc {
namespace {

using namespace std::chrono_literals;

TEST(GrpcMetadataRules, AcceptsWhatCanBeSent) {
  EXPECT_NO_THROW(check_metadata({{"x-tenant", "42 ~"}, {"a_b.c-bin", std::string("\0\xff", 2)}}));
}

TEST(GrpcMetadataRules, RefusesWhatCannotBeSent) {
  EXPECT_THROW(check_metadata({{"X-Tenant", "1"}}), std::invalid_argument);
  EXPECT_THROW(check_metadata({{"", "1"}}), std::invalid_argument);
  EXPECT_THROW(check_metadata({{":path", "1"}}), std::invalid_argument);
  EXPECT_THROW(check_metadata({{"grpc-timeout", "1S"}}), std::invalid_argument);
  EXPECT_THROW(check_metadata({{"te", "x"}}), std::invalid_argument);
  EXPECT_THROW(check_metadata({{"connection", "close"}}), std::invalid_argument);
  EXPECT_THROW(check_metadata({{"x", std::string(70'000, 'x')}}), std::invalid_argument);
  EXPECT_THROW(check_metadata({{"x", "a\nb"}}), std::invalid_argument);
  EXPECT_THROW(check_metadata({{"x", "\xc3\xa9"}}), std::invalid_argument);
}

TEST(GrpcMetadataRules, LimitsTheSizeOfAllEntries) {
  const std::size_t name_and_cost = 1 + 12;
  const std::size_t max = 60 * 1024;
  EXPECT_NO_THROW(check_metadata({{"x", std::string(max - name_and_cost, 'x')}}));
  EXPECT_THROW(check_metadata({{"x", std::string(max - name_and_cost + 1, 'x')}}),
               std::invalid_argument);
  EXPECT_NO_THROW(check_metadata(GrpcMetadata(max / name_and_cost, {"x", ""})));
  EXPECT_THROW(check_metadata(GrpcMetadata(max / name_and_cost + 1, {"x", ""})),
               std::invalid_argument);
  const std::size_t binary = max - 5 - 12;  // 61423: base64 of 46067 bytes has 61423 characters
  EXPECT_NO_THROW(check_metadata({{"x-bin", std::string(binary * 3 / 4, '\xff')}}));
  EXPECT_THROW(check_metadata({{"x-bin", std::string(binary * 3 / 4 + 1, '\xff')}}),
               std::invalid_argument);
}

TEST(GrpcMetadataRules, RefusesAPathThatIsTooLong) {
  EXPECT_NO_THROW(check_path("/a/" + std::string(2045, 'b')));
  EXPECT_THROW(check_path("/a/" + std::string(2046, 'b')), std::invalid_argument);
}

TEST(GrpcMetadataRules, RefusesAPathThatIsNoMethod) {
  EXPECT_NO_THROW(check_path("/locust.hello.HelloService/SayHello"));
  for (const char* const path : {"", "SayHello", "/SayHello", "/a b/c", "/a/b\r\n"}) {
    EXPECT_THROW(check_path(path), std::invalid_argument) << path;
  }
}

TEST(GrpcMetadataRules, EncodesBinaryValues) {
  EXPECT_EQ(encoded_value(std::string("\xab\x00\xff", 3)), "qwD/");
  EXPECT_EQ(encoded_value("a"), "YQ");
  EXPECT_EQ(encoded_value(""), "");
}

TEST(GrpcMetadataRules, DecodesBinaryValues) {
  GrpcMetadata metadata;
  append_received(metadata, "a-bin", "qwD/");
  append_received(metadata, "b-bin", "YQ==,Yg,YWI_");
  append_received(metadata, "c-bin", "!,Y");
  append_received(metadata, "d-bin", "");
  EXPECT_EQ(metadata, (GrpcMetadata{{"a-bin", std::string("\xab\x00\xff", 3)},
                                    {"b-bin", "a"},
                                    {"b-bin", "b"},
                                    {"b-bin", "ab?"},
                                    {"d-bin", ""}}));
}

TEST(GrpcMetadataRules, LeavesOutTheProtocolsOwnFields) {
  GrpcMetadata metadata;
  append_received(metadata, "content-type", "application/grpc");
  append_received(metadata, "grpc-encoding", "identity");
  append_received(metadata, "date", "today");
  EXPECT_EQ(metadata, (GrpcMetadata{{"date", "today"}}));
}

TEST(GrpcMetadataRules, DecodesTheStatusMessage) {
  EXPECT_EQ(decoded_message("no user 3"), "no user 3");
  EXPECT_EQ(decoded_message("%E2%98%ba%0A"), "\u263a\n");
  EXPECT_EQ(decoded_message("100%"), "100%");
  EXPECT_EQ(decoded_message("%zz%4"), "%zz%4");
  EXPECT_EQ(decoded_message("%ff"), "\ufffd");
}

TEST(GrpcMetadataRules, WritesTimeouts) {
  EXPECT_EQ(timeout_text(1ns), "1u");
  EXPECT_EQ(timeout_text(5s), "5000000u");
  EXPECT_EQ(timeout_text(99'999'999us), "99999999u");
  EXPECT_EQ(timeout_text(100s), "100000m");
  EXPECT_EQ(timeout_text(100'000s), "100000S");
  EXPECT_EQ(timeout_text(27778h), "27778H");
}

}  // namespace
}  // namespace cppworker::grpc
