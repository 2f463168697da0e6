#include "http/fast/content_encoding.hpp"

#include <string>

#include <gtest/gtest.h>

namespace cppworker::http::fast {
namespace {

std::string bytes(std::string_view hex) {
  std::string result;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    result += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return result;
}

// Made by Python's gzip, zlib and brotli of b"hello hello hello hello".
const std::string kText = "hello hello hello hello";
const std::string kGzip = bytes("1f8b0800000000000203cb48cdc9c957c8402701e3513d8d17000000");
const std::string kZlib = bytes("789ccb48cdc9c957c8402701680308b1");
const std::string kRaw = bytes("cb48cdc9c957c8402701");
const std::string kBrotli = bytes("1b1600f88d946ede445586966c206f214f1ce038");

TEST(DecodeContent, DecodesWhatIsAskedFor) {
  for (const auto& [encoding, encoded] : {std::pair{"gzip", kGzip},
                                          {"GZip", kGzip},
                                          {"deflate", kZlib},
                                          {"deflate", kRaw},
                                          {"br", kBrotli},
                                          {"gzip", kGzip + "behind it"}}) {
    std::string body = encoded;
    EXPECT_EQ(decode_content(encoding, body), "") << encoding;
    EXPECT_EQ(body, kText) << encoding;
  }
}

TEST(DecodeContent, LeavesWhatIsNotEncoded) {
  for (const char* const encoding : {"", "identity", "Identity"}) {
    std::string body = "text";
    EXPECT_EQ(decode_content(encoding, body), "");
    EXPECT_EQ(body, "text");
  }
}

TEST(DecodeContent, ReportsErrorsAsPythonDoes) {
  std::string body = "no gzip at all";
  EXPECT_EQ(decode_content("gzip", body),
            "error('Error -3 while decompressing data: incorrect header check')");
  EXPECT_EQ(decode_content("foo", body), "ValueError('Unknown content encoding: foo')");
  EXPECT_EQ(decode_content("compress", body),
            "ValueError('Compression type not supported: compress')");
  EXPECT_EQ(decode_content("br", body), "error('brotli: decoder failed')");
  EXPECT_EQ(decode_content("deflate", body),
            "error('Error -3 while decompressing data: incorrect header check')");
  body = kGzip.substr(0, 15);
  EXPECT_EQ(decode_content("gzip", body),
            "error('Error -5 while decompressing data: incomplete or truncated stream')");
  body = kGzip;
  body.back() = 'x';
  EXPECT_EQ(decode_content("gzip", body),
            "error('Error -3 while decompressing data: incorrect length check')");
}

TEST(DecodeContent, LimitsTheDecodedBody) {
  for (const auto& [encoding, encoded] :
       {std::pair{"gzip", kGzip}, {"deflate", kZlib}, {"deflate", kRaw}, {"br", kBrotli}}) {
    std::string body = encoded;
    EXPECT_EQ(decode_content(encoding, body, kText.size() - 1),
              "ValueError('The decoded body is larger than 1 GiB, the limit of cpp-worker.')");
    EXPECT_EQ(body, encoded);
    EXPECT_EQ(decode_content(encoding, body, kText.size()), "");
    EXPECT_EQ(body, kText);
  }
}

}  // namespace
}  // namespace cppworker::http::fast
