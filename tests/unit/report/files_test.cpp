#include "report/files.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

#include <cppworker/exception.hpp>

#include "support/temporary_folder.hpp"

namespace cppworker::report {
namespace {

std::string read(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(Files, AreReplacedAtOnce) {
  const TemporaryFolder folder;
  const std::string file = folder.path() / "x.csv";
  replace_file(file, "first version");
  std::ifstream reader(file);  // has the old file open
  replace_file(file, "second");
  EXPECT_EQ(read(file), "second");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(reader), {}), "first version");
  EXPECT_FALSE(std::filesystem::exists(file + ".tmp"));
}

TEST(Files, GrowByLines) {
  const TemporaryFolder folder;
  const std::string file = folder.path() / "x.csv";
  GrowingFile growing(file);
  growing.append("a\r\n");
  EXPECT_EQ(read(file), "a\r\n");
  growing.append("b\r\n");
  EXPECT_EQ(read(file), "a\r\nb\r\n");
  const GrowingFile again(file);
  EXPECT_EQ(read(file), "") << "a new run begins with an empty file";
}

TEST(Files, FoldersAreMade) {
  const TemporaryFolder folder;
  const std::string file = folder.path() / "a" / "b" / "x.csv";
  make_folder_of(file);
  replace_file(file, "x");
  EXPECT_EQ(read(file), "x");
  EXPECT_THROW(make_folder_of(file + "/c/x.csv"), Error);
  EXPECT_THROW(GrowingFile(folder.path() / "no" / "folder"), Error);
}

}  // namespace
}  // namespace cppworker::report
