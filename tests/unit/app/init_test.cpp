#include "app/init.hpp"

#include <iterator>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include <cppworker/exception.hpp>

#include "build_info.hpp"
#include "loader/process.hpp"
#include "support/temporary_folder.hpp"

namespace cppworker::app {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

loader::CompileOptions compile_options() {
  return {.compiler = std::string(build_info::kCompiler),
          .compile_flags = {},
          .link_flags = {},
          .cache_dir = {},
          .include_dir = build_info::kBuildIncludeDir,
          .library = {}};
}

TEST(InitProject, ItsLocustfileCompilesWithoutWarningsWithItsFlags) {
  const TemporaryFolder folder;
  const auto dir = folder / "new/shop";
  const auto text = init_project(dir, compile_options());
  EXPECT_THAT(text,
              AllOf(HasSubstr("cd '" + dir.native() + "'"), HasSubstr("--debug-user ShopUser"),
                    HasSubstr("locust --master -f locustfile.py"), HasSubstr("--master-host=")));
  EXPECT_TRUE(fs::exists(dir / "CMakeLists.txt"));
  std::vector<std::string> words{std::string(build_info::kCompiler)};
  std::ifstream flags(dir / "compile_flags.txt");
  for (std::string flag; std::getline(flags, flag);) words.push_back(flag);
  words.insert(words.end(), {"-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wpedantic",
                             "-Werror", "-fsyntax-only", (dir / "locustfile.cpp").native()});
  EXPECT_TRUE(loader::run_program(words).ok());
}

TEST(InitProject, NeverOverwritesAFile) {
  const TemporaryFolder folder;
  const auto mine = folder.write("CMakeLists.txt", "mine");
  EXPECT_THAT(message_of<Error>([&] { (void)init_project(folder.path(), compile_options()); }),
              AllOf(HasSubstr("'" + mine.native() + "' exists"), HasSubstr("cpp-worker init DIR")));
  std::ifstream stream(mine);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(stream), {}), "mine");
  EXPECT_FALSE(fs::exists(folder / "locustfile.cpp"));
}

TEST(InitProject, NamesADirectoryThatCannotBeCreated) {
  const TemporaryFolder folder;
  (void)folder.write("file", "");
  EXPECT_THAT(message_of<Error>([&] { (void)init_project(folder / "file/x", compile_options()); }),
              HasSubstr("Could not create '"));
}

}  // namespace
}  // namespace cppworker::app
