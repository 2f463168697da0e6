#include "app/run_file_names.hpp"

#include <filesystem>
#include <string>

#include <gmock/gmock.h>

#include <cppworker/exception.hpp>

#include "support/temporary_folder.hpp"

namespace cppworker::app {
namespace {

TEST(RunFileNames, OfAWorkerHaveItsNumber) {
  EXPECT_EQ(run_file_of_worker("out/run.cwr", 0), "out/run.cwr");
  EXPECT_EQ(run_file_of_worker("out/run.cwr", 2), "out/run-w2.cwr");
  EXPECT_EQ(run_file_of_worker("run", 1), "run-w1");
  EXPECT_EQ(run_file_of_worker("a.b/run", 1), "a.b/run-w1");
}

TEST(RunFileNames, NoFileOfAnEarlierRunIsOverwritten) {
  const TemporaryFolder folder;
  const std::string first = folder / "run.cwr";
  EXPECT_EQ(create_run_file(first), first);
  EXPECT_EQ(create_run_file(first), folder / "run-2.cwr");
  EXPECT_EQ(create_run_file(first), folder / "run-3.cwr");
  std::filesystem::remove(folder / "run-2.cwr");
  EXPECT_EQ(create_run_file(first), folder / "run-2.cwr");
  EXPECT_TRUE(std::filesystem::is_empty(first));
}

TEST(RunFileNames, AFolderThatDoesNotExistIsAnError) {
  const TemporaryFolder folder;
  EXPECT_THAT(message_of<Error>([&] { (void)create_run_file(folder / "no/run.cwr"); }),
              testing::HasSubstr("no/run.cwr: No such file or directory"));
}

}  // namespace
}  // namespace cppworker::app
