#include "websocket/deflate.hpp"

#include <random>
#include <string>

#include <gtest/gtest.h>

namespace cppworker::websocket {
namespace {

TEST(WebSocketDeflate, MessagesComeBack) {
  std::mt19937_64 random(1);  // NOLINT(cert-msc51-cpp): the same each time
  std::string noise;
  for (int i = 0; i < 100'000; ++i) noise += static_cast<char>(random());
  for (const int bits : {9, 12, 15}) {
    Deflater deflater(bits);
    Inflater inflater;
    for (const std::string& message :
         {std::string(), std::string("a"), std::string(1'000'000, 'a'), noise}) {
      std::string result;
      ASSERT_EQ(inflater.decompress(deflater.compress(message), result, 1'000'000),
                Inflater::Result::kDone);
      EXPECT_EQ(result, message);
    }
  }
}

TEST(WebSocketDeflate, MessagesDoNotDependOnEachOther) {
  Deflater deflater(15);
  const std::string first = deflater.compress("Hello");
  EXPECT_EQ(deflater.compress("Hello"), first);
  EXPECT_EQ(first, "\xf2\x48\xcd\xc9\xc9\x07" + std::string(1, '\0')) << "the RFC's example";
}

/// Two messages in one context; the first one ends with a block that has BFINAL set.
TEST(WebSocketDeflate, AFinalBlockDoesNotEndTheContext) {
  const std::string message = "a text that the second message refers to";
  const auto compress = [](const std::string& dictionary, const std::string& text, int flush) {
    z_stream stream{};
    EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
    std::string in = text;
    std::string known = dictionary;
    std::string out(1000, '\0');
    if (!known.empty()) {
      EXPECT_EQ(deflateSetDictionary(&stream, reinterpret_cast<Bytef*>(known.data()),  // NOLINT
                                     static_cast<uInt>(known.size())),
                Z_OK);
    }
    stream.next_in = reinterpret_cast<Bytef*>(in.data());  // NOLINT: zlib's type
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());  // NOLINT: zlib's type
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, flush);
    out.resize(out.size() - stream.avail_out);
    deflateEnd(&stream);
    return out;
  };
  const std::string first = compress("", message, Z_FINISH) + std::string(1, '\0');
  std::string second = compress(message, message, Z_SYNC_FLUSH);
  second.resize(second.size() - 4);
  ASSERT_LT(second.size(), 10) << "it refers to the first message";
  Inflater inflater;
  std::string result;
  ASSERT_EQ(inflater.decompress(first, result, 1000), Inflater::Result::kDone);
  EXPECT_EQ(result, message);
  ASSERT_EQ(inflater.decompress(second, result, 1000), Inflater::Result::kDone);
  EXPECT_EQ(result, message);
}

TEST(WebSocketDeflate, InvalidAndTooLarge) {
  Inflater inflater;
  std::string message;
  EXPECT_EQ(inflater.decompress("\xff\xff\xff", message, 100), Inflater::Result::kInvalid);
  inflater.reset();
  EXPECT_EQ(inflater.decompress(Deflater(15).compress(std::string(1'000'000, 'a')), message, 999),
            Inflater::Result::kTooLarge);
  EXPECT_LT(message.size(), 20'000) << "it stops at the limit";
}

}  // namespace
}  // namespace cppworker::websocket
