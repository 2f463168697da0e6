#include "grpc/gzip.hpp"

#include <string>

#include <gtest/gtest.h>

namespace cppworker::grpc {
namespace {

std::string gunzipped(const std::string& compressed) {
  std::string bytes;
  EXPECT_EQ(gzip_decompressed(compressed, 10'000'000, bytes), Gunzip::kDone);
  return bytes;
}

TEST(GrpcGzip, ReturnsWhatWasCompressed) {
  std::string noise(100'000, '\0');
  unsigned state = 1;
  for (char& byte : noise) byte = static_cast<char>((state = state * 1664525 + 1013904223) >> 24U);
  for (const std::string& bytes :
       {std::string(), std::string("x"), std::string(1'000'000, 'x'), noise}) {
    EXPECT_EQ(gunzipped(gzip_compressed(bytes)), bytes);
  }
}

TEST(GrpcGzip, HasALimit) {
  const std::string bomb = gzip_compressed(std::string(10'000'000, '\0'));
  EXPECT_LT(bomb.size(), 20'000U);
  std::string bytes;
  EXPECT_EQ(gzip_decompressed(bomb, 9'999'999, bytes), Gunzip::kTooLarge);
  EXPECT_EQ(gzip_decompressed(bomb, 10'000'000, bytes), Gunzip::kDone);
  EXPECT_EQ(gzip_decompressed(gzip_compressed("x"), 0, bytes), Gunzip::kTooLarge);
  EXPECT_EQ(gzip_decompressed(gzip_compressed(""), 0, bytes), Gunzip::kDone);
}

TEST(GrpcGzip, MayHaveSeveralParts) {
  EXPECT_EQ(gunzipped(gzip_compressed("one") + gzip_compressed("") + gzip_compressed("two")),
            "onetwo");
}

TEST(GrpcGzip, RefusesOtherBytes) {
  const std::string good = gzip_compressed("hello, hello, hello");
  std::string bytes;
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_EQ(gzip_decompressed(good.substr(0, size), 1000, bytes), Gunzip::kInvalid) << size;
  }
  EXPECT_EQ(gzip_decompressed("hello", 1000, bytes), Gunzip::kInvalid);
  EXPECT_EQ(gzip_decompressed(good + "x", 1000, bytes), Gunzip::kInvalid);
  std::string changed = good;
  changed[changed.size() - 5] ^= 1;  // the checksum
  EXPECT_EQ(gzip_decompressed(changed, 1000, bytes), Gunzip::kInvalid);
}

}  // namespace
}  // namespace cppworker::grpc
