#include "runfile/block.hpp"

#include <gtest/gtest.h>

namespace cppworker::runfile {
namespace {

TEST(Block, IsFoundWithItsContent) {
  const std::string first = make_block("first");
  const std::string second = make_block(std::string(100'000, 'x'));
  EXPECT_LT(second.size(), 1'000U) << "the content is compressed";
  const std::string bytes = first + second;
  const auto found = find_block(bytes, 0);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->content, "first");
  EXPECT_EQ(found->begin, 0U);
  EXPECT_EQ(found->end, first.size());
  EXPECT_EQ(find_block(bytes, found->end)->content, std::string(100'000, 'x'));
  EXPECT_FALSE(find_block(bytes, bytes.size()));
}

TEST(Block, AfterDamagedBytesIsFound) {
  const std::string block = make_block("content");
  for (std::size_t cut = 1; cut < block.size(); ++cut) {
    const std::string torn = block.substr(0, cut);
    EXPECT_FALSE(find_block(torn, 0)) << cut;
    const auto found = find_block(torn + block, 0);
    ASSERT_TRUE(found) << cut;
    EXPECT_EQ(found->begin, cut);
    EXPECT_EQ(found->content, "content");
  }
}

TEST(Block, WithOneWrongBitIsNotAccepted) {
  const std::string block = make_block("content");
  for (std::size_t bit = 0; bit < block.size() * 8; ++bit) {
    std::string wrong = block;
    wrong[bit / 8] = static_cast<char>(wrong[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(find_block(wrong, 0)) << bit;
  }
}

TEST(Block, WithTooMuchContentIsNotAccepted) {
  std::string largest(kMaxContent, 'x');
  EXPECT_TRUE(find_block(make_block(largest), 0));
  EXPECT_DEATH((void)make_block(largest + 'x'), "kMaxContent");
}

}  // namespace
}  // namespace cppworker::runfile
