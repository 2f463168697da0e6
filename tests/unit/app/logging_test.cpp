#include "app/logging.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <spdlog/spdlog.h>

#include "app/options.hpp"
#include "support/temporary_folder.hpp"

namespace cppworker::app {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;
using testing::SizeIs;

class Logging : public testing::Test {
 protected:
  Logging() : before_(spdlog::default_logger()) { options.logfile = folder.path() / "new" / "log"; }
  ~Logging() override { spdlog::set_default_logger(before_); }

  void set_up() {
    setup_logging(options);
    (void)LogReader::news(seen);
  }
  std::string text_of_file() {
    std::ifstream file(options.logfile);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  TemporaryFolder folder;
  Options options;
  std::uint64_t seen = 0;

 private:
  std::shared_ptr<spdlog::logger> before_;
};

TEST_F(Logging, TheMasterGetsTheLinesOfTheLog) {
  set_up();
  EXPECT_THAT(LogReader::news(seen), IsEmpty());
  spdlog::warn("take\ncare");
  const auto lines = LogReader::news(seen);
  ASSERT_FALSE(lines.empty());
  EXPECT_THAT(lines.back(),
              MatchesRegex("\\[[-0-9]+ [:0-9]+,[0-9]+\\] [^/]+/WARNING/cpp-worker: take\ncare"));
  EXPECT_EQ(text_of_file(), lines.back() + "\n");
  EXPECT_THAT(LogReader::news(seen), IsEmpty());
}

TEST_F(Logging, OneOfSeveralWorkersIsNamed) {
  set_up();
  log_as_worker(2);
  spdlog::info("connected");
  log_as_worker(0);
  EXPECT_THAT(text_of_file(), HasSubstr("/INFO/cpp-worker-2: connected\n"));
}

TEST_F(Logging, LinesThatWereNeverShownAreCounted) {
  set_up();
  for (int i = 0; i < 600; ++i) spdlog::info("line {}", i);
  const auto lines = LogReader::news(seen);
  ASSERT_THAT(lines, SizeIs(LogReader::kMostLines));
  EXPECT_EQ(lines[0], "(101 log lines before this one are not shown)");
  EXPECT_THAT(lines[1], HasSubstr("line 101"));
  EXPECT_THAT(lines.back(), HasSubstr("line 599"));
}

TEST_F(Logging, ALongLineIsCut) {
  set_up();
  spdlog::info("{}", std::string(100'000, 'x'));
  EXPECT_THAT(LogReader::news(seen).back(), SizeIs(LogReader::kMostBytes + 6));
}

TEST_F(Logging, TheLevelCountsForTheMasterToo) {
  options.loglevel = "ERROR";
  set_up();
  spdlog::warn("not this");
  EXPECT_THAT(LogReader::news(seen), IsEmpty());
}

TEST_F(Logging, SkipLogSetupLeavesBareWarningsOnStderr) {
  options.skip_log_setup = true;
  testing::internal::CaptureStderr();
  set_up();
  spdlog::info("not this");
  spdlog::warn("this");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "this\n");
  EXPECT_FALSE(std::filesystem::exists(options.logfile));
}

}  // namespace
}  // namespace cppworker::app
