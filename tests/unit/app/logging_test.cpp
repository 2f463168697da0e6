#include "app/logging.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cppworker/exception.hpp>

#include "app/options.hpp"
#include "support/temporary_folder.hpp"

namespace cppworker::app {
namespace {

using testing::Contains;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;
using testing::SizeIs;

class Logging : public testing::Test {
 protected:
  Logging() : before_(spdlog::default_logger()) { options.logfile = folder.path() / "new" / "log"; }
  ~Logging() override { end(); }

  void set_up() {
    setup_logging(options);
    (void)LogReader::news(seen);
  }
  std::string text_of_file() {
    spdlog::default_logger()->flush();
    std::ifstream file(options.logfile);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  /// Ends the log that set_up() has begun.
  void end() {
    if (spdlog::default_logger() == before_) return;
    spdlog::drop(spdlog::default_logger()->name());  // from spdlog 1.13 on, its registry keeps it
    spdlog::set_default_logger(before_);
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

TEST_F(Logging, ALongLineIsCutBetweenCharacters) {
  set_up();
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += "ä";
  spdlog::info("{}", text);
  const std::string line = LogReader::news(seen).back();
  EXPECT_THAT(line, MatchesRegex(".*ä… \\(50[0-9]+ characters\\)"));
  EXPECT_LT(line.size(), 2 * kMostLogLineCharacters + 100);
  EXPECT_EQ(text_of_file(), line + "\n");
}

TEST_F(Logging, AFullDiskStopsNeitherTheProcessNorTheMastersLines) {
  options.logfile = "/dev/full";
  set_up();
  log_without_waiting();
  testing::internal::CaptureStderr();
  for (int i = 0; i < 10; ++i) spdlog::info("line {}", i);
  spdlog::default_logger()->flush();
  const auto lines = LogReader::news(seen);
  EXPECT_THAT(lines, Contains(HasSubstr("The log can't be written to /dev/full: No space left")));
  EXPECT_THAT(lines, Contains(HasSubstr("line 9")));
  end();
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "cpp-worker: 10 log lines could not be written to /dev/full\n");
}

TEST_F(Logging, AStandardErrorThatNobodyReadsKeepsNoLineFromTheMaster) {
  options.logfile.clear();
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe2(pipe.data(), O_CLOEXEC), 0);
  const int standard_error = ::dup(STDERR_FILENO);
  ::dup2(pipe[1], STDERR_FILENO);
  set_up();
  log_without_waiting();
  const std::string text(1000, 'x');  // 10 MB, more than the pipe and the queue hold
  for (int i = 0; i < 10'000; ++i) spdlog::info("line {} {}", i, text);
  EXPECT_THAT(LogReader::news(seen).back(), HasSubstr("line 9999 "));

  std::string read;
  std::array<char, 65536> buffer{};
  while (read.find("line 9999 ") == std::string::npos) {
    const ssize_t count = ::read(pipe[0], buffer.data(), buffer.size());
    ASSERT_GT(count, 0);
    read.append(buffer.data(), static_cast<std::size_t>(count));
  }
  ::dup2(standard_error, STDERR_FILENO);
  for (const int fd : {pipe[0], pipe[1], standard_error}) ::close(fd);
  EXPECT_THAT(read, HasSubstr("line 0 "));
  EXPECT_THAT(read, ContainsRegex("/WARNING/cpp-worker: [0-9]+ log lines are missing here: "));
}

TEST_F(Logging, AFileThatCantBeOpenedIsAnError) {
  options.logfile = folder.path();
  try {
    setup_logging(options);
    FAIL() << "a folder was opened";
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()),
              "Can't write the log file " + options.logfile + ": Is a directory");
  }
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
