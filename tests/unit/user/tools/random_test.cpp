#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include <cppworker/exception.hpp>
#include <cppworker/random.hpp>
#include <cppworker/value.hpp>

#include "support/temporary_folder.hpp"

namespace cppworker {
namespace {

TEST(Randint, ReturnsBothEndsAndNothingElse) {
  std::set<int> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(randint(-1, 2));
  EXPECT_EQ(seen, (std::set<int>{-1, 0, 1, 2}));
  EXPECT_EQ(randint(7, 7), 7);
  static_assert(std::is_same_v<decltype(randint(1, 2)), int>);
  static_assert(std::is_same_v<decltype(randint(1, std::size_t{2})), std::int64_t>);
  static_assert(std::is_same_v<decltype(randint(1L, 2)), long>);
  using Limits = std::numeric_limits<std::int64_t>;
  static_cast<void>(randint(Limits::min(), Limits::max()));
}

TEST(Randint, OfAnEmptyRangeThrows) {
  EXPECT_EQ(message_of<Error>([] { (void)randint(5, 1); }),
            "randint(5, 1): the second number is less than the first");
  const std::vector<int> empty;
  EXPECT_THROW((void)randint(0, empty.size() - 1), Error);
}

TEST(Uniform, StaysBetweenItsEnds) {
  double sum = 0;
  for (int i = 0; i < 10'000; ++i) {
    const double number = uniform(2, 4);
    ASSERT_GE(number, 2);
    ASSERT_LE(number, 4);
    sum += number;
  }
  EXPECT_NEAR(sum / 10'000, 3, 0.1);  // 17 standard deviations
  EXPECT_EQ(uniform(1.5, 1.5), 1.5);
}

TEST(Choice, TakesAllKindsOfSequences) {
  std::vector<int> numbers{1, 2, 3};
  choice(numbers) = 7;  // a reference
  EXPECT_EQ(std::count(numbers.begin(), numbers.end(), 7), 1);
  static constexpr const char* kPaths[] = {"/x", "/y"};
  EXPECT_THAT(std::string(choice(kPaths)), testing::AnyOf("/x", "/y"));
  EXPECT_THAT("/item/" + choice({"book", "cd"}), testing::AnyOf("/item/book", "/item/cd"));
  EXPECT_THAT(choice({3, 5}), testing::AnyOf(3, 5));
  EXPECT_EQ(choice(std::vector<std::string>{"only"}), "only");
  std::vector<std::string> kept{"stays"};
  EXPECT_EQ(choice(std::span(kept)), "stays");
  EXPECT_EQ(kept[0], "stays") << "a temporary view does not own its elements";
  EXPECT_EQ(choice(Value(Value::List{7})), 7);
  EXPECT_EQ(choice(std::string("aaa")), 'a');
  std::set<int> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(choice({1, 2, 3, 4, 5}));
  EXPECT_EQ(seen.size(), 5U);
}

TEST(Choice, OfNothingThrows) {
  EXPECT_EQ(message_of<IndexError>([] { (void)choice(std::vector<int>{}); }),
            "Cannot choose from an empty sequence");
  EXPECT_THROW((void)choice(std::string()), IndexError);
  EXPECT_THROW((void)choice(Value(Value::List{})), IndexError);
  EXPECT_THROW((void)choice(Value(7)), TypeError);
}

TEST(Choices, FollowTheWeights) {
  std::map<std::string, int> counts;
  for (const std::string& picked : choices({"often", "rare", "never"}, {9, 1, 0}, 10'000)) {
    ++counts[picked];
  }
  EXPECT_EQ(counts.size(), 2U);
  EXPECT_NEAR(counts["often"], 9000, 300);  // 10 standard deviations
  const std::vector<int> numbers{1, 2};
  EXPECT_EQ(choices(numbers, std::vector<int>{0, 1}), std::vector<int>{2});
  EXPECT_EQ(choices(numbers, {}, 5).size(), 5U);
  EXPECT_TRUE(choices(numbers, {1, 1}, 0).empty());
}

TEST(Choices, WithWrongWeightsThrow) {
  const std::vector<int> numbers{1, 2};
  EXPECT_EQ(message_of<Error>([&] { (void)choices(numbers, {1}); }),
            "choices(): there are 1 weights for 2 elements");
  EXPECT_THROW((void)choices(numbers, {0, 0}), Error);
  EXPECT_THROW((void)choices(numbers, {2, -1}), Error);
  EXPECT_THROW((void)choices(numbers, {1, std::numeric_limits<double>::infinity()}), Error);
  EXPECT_THROW((void)choices(numbers, {1, std::numeric_limits<double>::quiet_NaN()}), Error);
  EXPECT_THROW((void)choices(std::vector<int>{}, {}), IndexError);
}

TEST(RandomString, IsMadeOfTheAlphabet) {
  const std::string text = random_string(1000);
  EXPECT_EQ(text.size(), 1000U);
  EXPECT_EQ(text.find_first_not_of(kLettersAndDigits), std::string::npos);
  EXPECT_EQ(std::set<char>(text.begin(), text.end()).size(), 62U);
  EXPECT_EQ(random_string(3, "x"), "xxx");
  EXPECT_EQ(random_string(0, ""), "");
  EXPECT_THROW((void)random_string(1, ""), IndexError);
}

TEST(Uuid4, HasItsFormAndIsNew) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string uuid = uuid4();
    ASSERT_THAT(uuid,
                testing::MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-"
                                      "[0-9a-f]{12}"));
    seen.insert(uuid);
  }
  EXPECT_EQ(seen.size(), 1000U);
}

}  // namespace
}  // namespace cppworker
