#include "grpc/target.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cppworker/exception.hpp>

namespace cppworker::grpc {
namespace {

TEST(GrpcTarget, ReadsTheHost) {
  EXPECT_EQ(target_of("grpc://shop.test:50051"),
            (Target{"shop.test", 50051, false, "shop.test:50051"}));
  EXPECT_EQ(target_of("grpc://shop.test:50051/"),
            (Target{"shop.test", 50051, false, "shop.test:50051"}));
  EXPECT_EQ(target_of("grpcs://shop.test"), (Target{"shop.test", 443, true, "shop.test"}));
  EXPECT_EQ(target_of("grpcs://shop.test:8443"),
            (Target{"shop.test", 8443, true, "shop.test:8443"}));
  EXPECT_EQ(target_of("localhost:1"), (Target{"localhost", 1, false, "localhost:1"}));
  EXPECT_EQ(target_of("grpc://[::1]:50051"), (Target{"[::1]", 50051, false, "[::1]:50051"}));
  EXPECT_EQ(target_of("grpcs://[::1]"), (Target{"[::1]", 443, true, "[::1]"}));
}

TEST(GrpcTarget, RefusesEverythingElse) {
  for (const char* const host :
       {"", "grpc://", "shop.test", "grpc://shop.test", "http://shop.test:80", "grpc://shop.test:0",
        "grpc://shop.test:65536", "grpc://shop.test:80/x", "grpc://:80", "grpc://a b:80",
        "grpc://user@shop.test:80", "grpc://shop.test:"}) {
    EXPECT_THROW(static_cast<void>(target_of(host)), Error) << host;
  }
}

TEST(GrpcTarget, TheErrorHasNoPassword) {
  for (const std::string scheme : {"", "grpc://", "grpcs://"}) {
    try {
      static_cast<void>(target_of(scheme + "user:secret@shop.test:80"));
      ADD_FAILURE();
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), testing::EndsWith("not '" + scheme + "shop.test:80'"));
    }
  }
}

}  // namespace
}  // namespace cppworker::grpc
