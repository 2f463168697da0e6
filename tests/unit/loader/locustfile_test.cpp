#include "loader/locustfile.hpp"

#include <array>
#include <memory>

#include <gmock/gmock.h>

#include <cppworker/exception.hpp>
#include <cppworker/user.hpp>

#include "support/temporary_folder.hpp"

namespace cppworker::loader {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::string built(const std::string& name) {
  return LOADER_TEST_LOCUSTFILES "/libloader_" + name + ".so";
}

Locustfile load_built(const std::vector<std::string>& files) { return load(files, {}); }

std::string load_refusal(const std::vector<std::string>& files) {
  return message_of<Error>([&] { (void)load_built(files); });
}

TEST(Load, FindsClassesTheirAttributesAndTasks) {
  const auto locustfile = load_built({built("shop")});
  ASSERT_THAT(locustfile.user_classes, SizeIs(2));
  const auto& shop = *locustfile.user_classes[0];
  EXPECT_EQ(shop.name, "ShopUser");
  EXPECT_EQ(shop.attributes().weight, 3);
  EXPECT_EQ(shop.wait_time->high, Seconds{5});
  ASSERT_THAT(shop.tasks, SizeIs(2));
  EXPECT_EQ(shop.tasks[0].name, "index");
  EXPECT_EQ(shop.tasks[0].weight, 2);
  EXPECT_EQ(locustfile.user_classes[1]->name, "AdminUser");
  EXPECT_THAT(locustfile.init_functions, IsEmpty());
  const std::unique_ptr<User> user{shop.create()};
  EXPECT_NE(user, nullptr);
}

TEST(Load, JoinsFilesInTheirOrder) {
  const auto locustfile = load_built({built("with_init") + "," + built("shop")});
  ASSERT_THAT(locustfile.user_classes, SizeIs(3));
  EXPECT_EQ(locustfile.user_classes[0]->name, "EchoUser");
  EXPECT_EQ(locustfile.user_classes[1]->name, "ShopUser");
  EXPECT_THAT(locustfile.init_functions, SizeIs(1));
}

TEST(Load, RefusesAClassNameThatTwoFilesDefine) {
  EXPECT_THAT(load_refusal({built("shop"), built("shop_again")}),
              HasSubstr("Duplicate user class names: ShopUser is defined in both " + built("shop") +
                        " and " + built("shop_again")));
}

TEST(Load, RefusesLoadShapesInTwoFiles) {
  ASSERT_NE(load_built({built("with_shape"), built("shop")}).shape, nullptr);
  EXPECT_EQ(load_refusal({built("with_shape"), built("with_shape_again")}),
            "More than one load shape: Wave is defined in " + built("with_shape") + ", Steps in " +
                built("with_shape_again") + ". Keep one CPPWORKER_SHAPE.");
}

TEST(Load, RefusesAFileOfAnotherVersion) {
  EXPECT_THAT(load_refusal({built("of_other_version")}),
              HasSubstr("was built against cpp-worker 0.0.1, but this is cpp-worker "));
}

TEST(Load, RefusesAFileOfAnotherSanitizerBeforeItsRuntimeIsLoaded) {
  EXPECT_THAT(load_refusal({built("of_other_sanitizer")}),
              AllOf(HasSubstr("anitizer"), HasSubstr("Use the same -fsanitize options for both")));
}

TEST(Load, SaysWhatMakesALibraryALocustfile) {
  EXPECT_THAT(load_refusal({built("without_record")}),
              HasSubstr("is not a locustfile: it must end with CPPWORKER_LOCUSTFILE(...)"));
}

TEST(Load, ShowsWhatTheDynamicLinkerSays) {
  EXPECT_THAT(load_refusal({built("with_missing_symbol")}),
              AllOf(HasSubstr("Could not load '" + built("with_missing_symbol")),
                    HasSubstr("defined_nowhere"), HasSubstr("Link the library that defines it")));
}

TEST(Load, RefusesAFileThatIsNoLibrary) {
  const TemporaryFolder folder;
  EXPECT_THAT(load_refusal({folder.write("libshop.so", "text").native()}),
              HasSubstr("is not a shared library for this machine's architecture"));
}

const detail::AbiRecord kOurRecord{"cppworker-abi", sizeof(detail::AbiRecord), CPPWORKER_VERSION,
                                   CPPWORKER_COMPILER, CPPWORKER_SANITIZER};
const detail::UserClass kShopUser{.name = "ShopUser"};
const detail::UserClass kOtherShopUser{.name = "ShopUser"};
void init(Environment& /*environment*/) {}

TEST(FromLinked, TakesClassesAndInitFunction) {
  const std::array<const detail::UserClass*, 1> classes{&kShopUser};
  const auto locustfile = from_linked(kOurRecord, {classes}, init);
  EXPECT_THAT(locustfile.user_classes, testing::ElementsAre(&kShopUser));
  EXPECT_THAT(locustfile.init_functions, testing::ElementsAre(init));
  EXPECT_THAT(from_linked(kOurRecord, {classes}, nullptr).init_functions, IsEmpty());
}

TEST(FromLinked, ChecksAsLoadDoes) {
  auto other = kOurRecord;
  other.version = "0.0.1";
  const std::array<const detail::UserClass*, 2> twice{&kShopUser, &kOtherShopUser};
  EXPECT_THAT(message_of<Error>([&] { (void)from_linked(other, {twice}, nullptr); }),
              HasSubstr("'the locustfile of this executable' was built against cpp-worker 0.0.1"));
  EXPECT_THAT(message_of<Error>([&] { (void)from_linked(kOurRecord, {twice}, nullptr); }),
              HasSubstr("Duplicate user class names: ShopUser"));
  EXPECT_THAT(message_of<Error>([&] { (void)from_linked(kOurRecord, {}, nullptr); }),
              HasSubstr("No User class found!"));
}

}  // namespace
}  // namespace cppworker::loader
