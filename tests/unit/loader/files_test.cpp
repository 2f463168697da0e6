#include "loader/files.hpp"

#include <gmock/gmock.h>

#include <cppworker/exception.hpp>

#include "support/temporary_folder.hpp"

namespace cppworker::loader {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

std::string refusal(const std::string& value) {
  return message_of<Error>([&] { (void)find_locustfiles({value}); });
}

TEST(SplitList, TakesListsAndRepeatedValues) {
  EXPECT_THAT(split_list({"a.cpp, b.so", "c.cpp", ",", ""}), ElementsAre("a.cpp", "b.so", "c.cpp"));
}

TEST(FindLocustfiles, KeepsTheOrderAndNamesEachFileOnce) {
  const TemporaryFolder folder;
  const auto a = folder.write("a.cpp", "");
  const auto b = folder.write("b.so", "");
  const auto twice = (folder.path() / "." / "b.so").native();
  EXPECT_THAT(find_locustfiles({b.native() + "," + a.native(), twice}), ElementsAre(b, a));
}

TEST(FindLocustfiles, TakesTheSourcesRightInAFolder) {
  const TemporaryFolder folder;
  for (const auto* name : {"b.cpp", "a.cc", "_helper.cpp", "notes.txt", "lib.so"}) {
    (void)folder.write(name, "");
  }
  fs::create_directory(folder / "below");
  (void)folder.write("below/c.cpp", "");
  EXPECT_THAT(find_locustfiles({folder.path().native()}),
              ElementsAre(folder / "a.cc", folder / "b.cpp"));
}

TEST(FindLocustfiles, SaysWhatIsMissing) {
  const TemporaryFolder folder;
  const auto absent = (folder / "shop.cpp").native();
  EXPECT_THAT(refusal(absent), AllOf(HasSubstr("Could not find '" + absent + "'. Ensure your"),
                                     HasSubstr("ends with '.cpp'"), HasSubstr("See --help")));
  EXPECT_THAT(refusal(folder.path().native()),
              HasSubstr("Could not find any locustfiles in directory '"));
}

TEST(FindLocustfiles, SaysWhichNamesItTakes) {
  const TemporaryFolder folder;
  EXPECT_THAT(refusal(folder.write("shop.txt", "").native()),
              HasSubstr("must end with '.cpp', '.cc', '.cxx' or '.so'"));
}

TEST(FindLocustfiles, SendsPythonToStockLocust) {
  for (const auto* value : {"locustfile.py", "-", "https://example.org/locustfile.py"}) {
    EXPECT_THAT(refusal(value),
                AllOf(HasSubstr("is a Python locustfile, which only stock Locust can run"),
                      HasSubstr("Pass cpp-worker a C++ locustfile")))
        << value;
  }
}

TEST(FindLocustfiles, DefaultsToLocustfileCppInTheCurrentFolder) {
  const TemporaryFolder folder;
  const auto before = fs::current_path();
  fs::current_path(folder.path());
  EXPECT_THAT(
      message_of<Error>([] { (void)find_locustfiles({}); }),
      HasSubstr("Could not find any locustfile! There is no locustfile.cpp in the current"));
  (void)folder.write("locustfile.cpp", "");
  EXPECT_THAT(find_locustfiles({}), ElementsAre("locustfile.cpp"));
  fs::current_path(before);
}

TEST(IsForPython, KnowsWhatAClustersEnvironmentMayName) {
  const TemporaryFolder folder;
  EXPECT_TRUE(is_for_python("/mnt/locust/locustfile.py"));
  EXPECT_TRUE(is_for_python("-"));
  EXPECT_FALSE(is_for_python("locustfile.cpp"));
  EXPECT_FALSE(is_for_python(folder.path().native()));
  (void)folder.write("a.py", "");
  EXPECT_TRUE(is_for_python(folder.path().native()));
  (void)folder.write("a.cpp", "");
  EXPECT_FALSE(is_for_python(folder.path().native()));
}

}  // namespace
}  // namespace cppworker::loader
