#include "loader/abi.hpp"

#include <gmock/gmock.h>

#include <cppworker/exception.hpp>

#include "support/temporary_folder.hpp"

namespace cppworker::loader {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr std::string_view kOtherSanitizer =
    std::string_view(CPPWORKER_SANITIZER) == "tsan" ? "asan" : "tsan";

detail::AbiRecord our_record() {
  return {"cppworker-abi", sizeof(detail::AbiRecord), CPPWORKER_VERSION, CPPWORKER_COMPILER,
          CPPWORKER_SANITIZER};
}

std::string refusal(const detail::AbiRecord& record) {
  return message_of<Error>([&] { check_abi(record, "libshop.so"); });
}

std::string refusal(const std::vector<std::string>& needed) {
  return message_of<Error>([&] { check_needed(needed, "libshop.so"); });
}

TEST(CheckAbi, AcceptsWhatThisBuildMakes) { EXPECT_EQ(refusal(our_record()), ""); }

TEST(CheckAbi, AcceptsARecordThatHasGrown) {
  auto record = our_record();
  record.size += 8;
  EXPECT_EQ(refusal(record), "");
}

TEST(CheckAbi, RefusesADamagedRecord) {
  auto record = our_record();
  record.magic[0] = 'x';
  EXPECT_THAT(refusal(record), HasSubstr("'libshop.so' has a damaged ABI record. Rebuild it"));
  record = our_record();
  record.size = 4;
  EXPECT_THAT(refusal(record), HasSubstr("damaged"));
}

TEST(CheckAbi, NamesBothVersions) {
  auto record = our_record();
  record.version = "9.8.7";
  EXPECT_THAT(refusal(record), AllOf(HasSubstr("'libshop.so' was built against cpp-worker 9.8.7"),
                                     HasSubstr("but this is cpp-worker " CPPWORKER_VERSION ". "),
                                     HasSubstr("Rebuild it")));
}

TEST(CheckAbi, NamesBothCompilers) {
  auto record = our_record();
  record.compiler = "gcc 4.8.5";
  std::string ours = CPPWORKER_COMPILER;
  ours.erase(ours.find_last_not_of(' ') + 1);  // clang++ 14's version ends with a space
  EXPECT_THAT(refusal(record), AllOf(HasSubstr("'libshop.so' was built with gcc 4.8.5"),
                                     HasSubstr("this cpp-worker with " + ours)));
}

TEST(CheckAbi, AcceptsALaterVersionOfTheCompiler) {
  const std::string ours = CPPWORKER_COMPILER;
  const auto compiler = ours.substr(0, ours.find(' ')) + " 999.1.0";
  auto record = our_record();
  record.compiler = compiler.c_str();
  EXPECT_EQ(refusal(record), "");
}

TEST(CheckAbi, NamesBothSanitizers) {
  auto record = our_record();
  record.sanitizer = kOtherSanitizer.data();
  EXPECT_THAT(refusal(record),
              AllOf(HasSubstr("'libshop.so' was built with "), HasSubstr("Sanitizer (-fsanitize="),
                    HasSubstr("but this cpp-worker with"), HasSubstr("for both")));
}

TEST(FitsCompiler, TakesTheSameAndLaterMajorVersions) {
  EXPECT_TRUE(fits_compiler("gcc 12.2.0", "gcc 12.3.0"));
  EXPECT_TRUE(fits_compiler("gcc 14.1.0", "gcc 12.2.0"));
  EXPECT_TRUE(fits_compiler("clang 14.0.6 (Debian)", "clang 14.0.1"));
  EXPECT_FALSE(fits_compiler("gcc 11.4.0", "gcc 12.2.0"));
  EXPECT_FALSE(fits_compiler("gcc 9.4.0", "gcc 12.2.0"));
  EXPECT_FALSE(fits_compiler("clang 19.1.0", "gcc 12.2.0"));
  EXPECT_FALSE(fits_compiler("gcc", "gcc 12.2.0"));
}

TEST(CheckNeeded, AcceptsThisVersionsLibraryAndOthers) {
  EXPECT_EQ(refusal({"libcppworker.so." CPPWORKER_VERSION, "libc.so.6", "libpq.so.5"}), "");
}

TEST(CheckNeeded, RefusesTheLibraryOfAnotherVersion) {
  EXPECT_THAT(refusal({"libc.so.6", "libcppworker.so.0.0.9"}),
              HasSubstr("was built against cpp-worker 0.0.9, but this is cpp-worker "));
}

TEST(CheckNeeded, RefusesTheRuntimeOfAnotherSanitizer) {
  const auto* const other = kOtherSanitizer == "tsan" ? "libtsan.so.2" : "libasan.so.8";
  EXPECT_THAT(refusal({"libc.so.6", other}), HasSubstr("Use the same -fsanitize options for both"));
}

}  // namespace
}  // namespace cppworker::loader
