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
