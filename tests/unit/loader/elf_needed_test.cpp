#include "loader/elf_needed.hpp"

#include <iterator>

#include <gmock/gmock.h>

#include "support/temporary_folder.hpp"

namespace cppworker::loader {
namespace {

using testing::Contains;
using testing::Optional;

const std::filesystem::path kShop =
    std::filesystem::path(LOADER_TEST_LOCUSTFILES) / "libloader_shop.so";

TEST(ElfNeeded, ListsTheLibrariesOfASharedObject) {
  EXPECT_THAT(elf_needed(kShop), Optional(Contains("libstdc++.so.6")));
}

TEST(ElfNeeded, KnowsNothingOfOtherFiles) {
  const TemporaryFolder folder;
  EXPECT_EQ(elf_needed(folder / "absent.so"), std::nullopt);
  EXPECT_EQ(elf_needed(folder.write("empty.so", "")), std::nullopt);
  EXPECT_EQ(elf_needed(folder.write("text.so", "not a library at all")), std::nullopt);
}

TEST(ElfNeeded, SurvivesAFileThatWasCut) {
  const TemporaryFolder folder;
  std::ifstream stream(kShop, std::ios::binary);
  const std::string whole{std::istreambuf_iterator<char>(stream), {}};
  for (std::size_t size = 0; size < whole.size(); size += 997) {
    const auto file = folder.write("cut.so", std::string_view(whole).substr(0, size));
    EXPECT_NO_THROW((void)elf_needed(file)) << size;
  }
}

}  // namespace
}  // namespace cppworker::loader
