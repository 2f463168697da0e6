#include "app/config_users.hpp"

#include <fstream>

#include <gmock/gmock.h>

#include <cppworker/exception.hpp>

#include "support/temporary_folder.hpp"

namespace cppworker::app {
namespace {

using testing::HasSubstr;
using testing::SizeIs;
using testing::ThrowsMessage;

constexpr detail::UserClass kShop{.name = "ShopUser"};
constexpr std::array<const detail::UserClass*, 1> kClasses = {&kShop};

TEST(ConfigUsers, TakesObjectsArraysAndFiles) {
  const TemporaryFolder folder;
  const std::string file = folder.path() / "users.json";
  std::ofstream(file) << R"([{"user_class_name": "ShopUser", "sku": {"a": [1, 2.5, null]}}])";
  const auto configs = read_config_users(
      {R"({"user_class_name": "ShopUser", "host": "http://x", "tasks": ["buy"]})", file}, kClasses);
  ASSERT_THAT(configs, SizeIs(2));
  EXPECT_EQ(*configs[0].find("host"), Value("http://x"));
  EXPECT_EQ(*configs[0].find("tasks"), Value(Value::List{"buy"}));
  EXPECT_EQ(*configs[1].find("sku"), Value(Value::Map{{"a", Value::List{1, 2.5, nullptr}}}));
}

TEST(ConfigUsers, ChangesTheNumbersOfAClass) {
  const auto attributes = [](const char* text) {
    return configured_attributes(kShop, read_config_users({text}, kClasses));
  };
  const auto changed =
      attributes(R"([{"user_class_name": "ShopUser", "weight": 0.5, "fixed_count": 3},
                     {"user_class_name": "ShopUser", "weight": 2}])");
  EXPECT_EQ(changed.weight, 2);
  EXPECT_EQ(changed.fixed_count, 3);
  EXPECT_EQ(attributes(R"({"user_class_name": "ShopUser", "host": "x"})").weight, 1);
  EXPECT_THAT([&] { (void)attributes(R"({"user_class_name": "ShopUser", "weight": "x"})"); },
              ThrowsMessage<Error>("--config-users: the weight of ShopUser is \"x\"; it must be a "
                                   "number, 0 or greater"));
  EXPECT_THAT([&] { (void)attributes(R"({"user_class_name": "ShopUser", "fixed_count": 1.5})"); },
              ThrowsMessage<Error>("--config-users: the fixed_count of ShopUser is 1.5; it must be "
                                   "a whole number, 0 or greater"));
}

TEST(ConfigUsers, SaysWhatIsWrong) {
  const auto reading = [](const char* text) {
    return [text] { (void)read_config_users({text}, kClasses); };
  };
  EXPECT_THAT(reading("{"), ThrowsMessage<Error>(HasSubstr("must be a valid JSON string or file")));
  EXPECT_THAT(reading("[{}]"), ThrowsMessage<Error>(HasSubstr("must specify a user_class_name")));
  EXPECT_THAT(reading("none.json"), ThrowsMessage<Error>(HasSubstr("none.json")));
  EXPECT_THAT(reading(R"({"user_class_name": "B"})"),
              ThrowsMessage<Error>(HasSubstr("not present in your locustfile: 'B'")));
}

}  // namespace
}  // namespace cppworker::app
