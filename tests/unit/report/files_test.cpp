#include "report/files.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cppworker/exception.hpp>

#include "support/temporary_folder.hpp"

namespace cppworker::report {
namespace {

std::string read(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// While it exists, no file can be longer.
class SmallFiles {
 public:
  explicit SmallFiles(rlim_t bytes) : before_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &limit_);
    const rlimit small{bytes, limit_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
  }
  ~SmallFiles() {
    setrlimit(RLIMIT_FSIZE, &limit_);
    std::signal(SIGXFSZ, before_);
  }
  SmallFiles(const SmallFiles&) = delete;
  SmallFiles& operator=(const SmallFiles&) = delete;

 private:
  rlimit limit_{};
  void (*before_)(int);
};

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

TEST(Files, ALineThatCannotBeWrittenLeavesTheFileAsItWas) {
  const TemporaryFolder folder;
  const std::string file = folder.path() / "x.csv";
  GrowingFile growing(file);
  growing.append("ab\r\n");
  {
    const SmallFiles at_most(6);
    EXPECT_THROW(growing.append("cd\r\n"), Error);
  }
  EXPECT_EQ(read(file), "ab\r\n");
  growing.append("ef\r\n");
  EXPECT_EQ(read(file), "ab\r\nef\r\n");
}

TEST(Files, OneThatCannotBeReplacedLeavesNothingBehind) {
  const TemporaryFolder folder;
  const std::string file = folder.path() / "x.csv";
  std::filesystem::create_directory(file);
  EXPECT_THROW(replace_file(file, "x"), Error);
  EXPECT_FALSE(std::filesystem::exists(file + ".tmp"));
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
