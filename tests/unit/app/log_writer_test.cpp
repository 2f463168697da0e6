#include "app/log_writer.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include "support/temporary_folder.hpp"

namespace cppworker::app {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::EndsWith;

class Pipe {
 public:
  Pipe() {
    if (::pipe2(fds_.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
  }
  ~Pipe() {
    close_reader();
    ::close(fds_[1]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  [[nodiscard]] int writer() const { return fds_[1]; }
  /// Until nothing can be written any more.
  void fill() const {
    ::fcntl(fds_[1], F_SETFL, O_NONBLOCK);
    const std::string page(4096, '.');
    while (::write(fds_[1], page.data(), page.size()) > 0) filled_ += page.size();
    ::fcntl(fds_[1], F_SETFL, 0);
  }
  /// Reads until `end` has come; what fill() wrote is left out.
  std::string read_until(const std::string& end) const {
    std::string text;
    std::array<char, 4096> buffer{};
    while (!text.ends_with(end)) {
      const ssize_t count = ::read(fds_[0], buffer.data(), buffer.size());
      if (count <= 0) throw std::runtime_error("the pipe ended before '" + end + "'");
      text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return text.substr(filled_);
  }
  void close_reader() {
    if (fds_[0] >= 0) ::close(std::exchange(fds_[0], -1));
  }

 private:
  std::array<int, 2> fds_{};
  mutable std::size_t filled_ = 0;
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end == std::string::npos ? text.size() : end + 1;
  }
  return lines;
}

class LogWriterTest : public testing::Test {
 protected:
  LogWriterTest() : failed_(failure_.get_future()) {}

  LogWriter::Texts texts() {
    return {[](std::uint64_t count) { return "missing: " + std::to_string(count) + "\n"; },
            [this](int error) { failure_.set_value(error); }};
  }

  std::promise<int> failure_;
  std::future<int> failed_;
};

TEST_F(LogWriterTest, WritesLinesInOrder) {
  const Pipe pipe;
  LogWriter writer(pipe.writer(), false, texts());
  std::string expected;
  for (int i = 0; i < 1000; ++i) {
    writer.write(std::to_string(i) + "\n");
    expected += std::to_string(i) + "\n";
  }
  EXPECT_EQ(pipe.read_until("\n999\n"), expected);
  EXPECT_TRUE(writer.wait_written());
}

TEST_F(LogWriterTest, AFullPipeHoldsNobodyAndTheMissingLinesAreCounted) {
  const Pipe pipe;
  pipe.fill();
  LogWriter writer(pipe.writer(), false, texts(), {.most_bytes = 1000, .patience = 1ms});
  constexpr int kLines = 20'000;
  for (int i = 0; i < kLines; ++i) writer.write("line " + std::to_string(i) + "\n");
  EXPECT_FALSE(writer.wait_written());
  EXPECT_GT(writer.unreported(), 0U);

  const auto lines = lines_of(pipe.read_until("line 19999\n"));
  int missing = 0;
  int next = 0;
  int reports = 0;
  for (const std::string& line : lines) {
    if (line.starts_with("missing: ")) {
      missing += std::stoi(line.substr(9));
      ++reports;
      continue;
    }
    const int number = std::stoi(line.substr(5));
    EXPECT_EQ(number, next + missing) << "the report stands where the lines are missing";
    next = number + 1 - missing;
  }
  EXPECT_EQ(next + missing, kLines);
  EXPECT_GE(reports, 1);
  EXPECT_TRUE(writer.wait_written());
  EXPECT_EQ(writer.unreported(), 0U);
}

TEST_F(LogWriterTest, LinesAppearAboveTheTextBelow) {
  const Pipe pipe;
  LogWriter writer(pipe.writer(), false, texts());
  writer.show_below("10 %");
  EXPECT_EQ(pipe.read_until("%"), "10 %");
  writer.write("line\n");
  EXPECT_EQ(pipe.read_until("%"), "\r\x1b[Kline\n10 %");
  writer.show_below("20 %");
  EXPECT_EQ(pipe.read_until("%"), "\r\x1b[K20 %");
  writer.show_below("");
  EXPECT_TRUE(writer.wait_written());
  writer.write("last\n");
  EXPECT_EQ(pipe.read_until("\n"), "\r\x1b[Klast\n");
}

TEST_F(LogWriterTest, ALineThatIsLargerThanTheQueueIsWritten) {
  const Pipe pipe;
  LogWriter writer(pipe.writer(), false, texts(), {.most_bytes = 10});
  const std::string line = std::string(1000, 'x') + "\n";
  writer.write(line);
  EXPECT_EQ(pipe.read_until("\n"), line);
}

TEST_F(LogWriterTest, EndsAlthoughNobodyReads) {
  const Pipe pipe;
  pipe.fill();
  auto writer = std::make_unique<LogWriter>(pipe.writer(), false, texts(),
                                            LogWriter::Options{.patience = 1ms});
  writer->write("last words\n");
  writer.reset();
  EXPECT_THAT(pipe.read_until("last words\n"), EndsWith("last words\n"));
}

TEST_F(LogWriterTest, WritesEverythingBeforeItEnds) {
  const TemporaryFolder folder;
  const std::string path = folder.path() / "log";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  {
    LogWriter writer(::dup(fd), true, texts());
    for (int i = 0; i < 10'000; ++i) writer.write("x\n");
  }
  EXPECT_EQ(::lseek(fd, 0, SEEK_END), 20'000);
  ::close(fd);
}

TEST_F(LogWriterTest, AFullDiskIsReportedAndHoldsNobody) {
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  ASSERT_GE(full, 0);
  LogWriter writer(full, true, texts());
  writer.write("1\n");
  EXPECT_EQ(failed_.get(), ENOSPC);
  writer.write("2\n");  // it fails too; a second report would throw
  EXPECT_TRUE(writer.wait_written());
  EXPECT_EQ(writer.unreported(), 2U);
}

TEST_F(LogWriterTest, AReaderThatHasGoneIsReported) {
  Pipe pipe;
  pipe.close_reader();
  LogWriter writer(pipe.writer(), false, texts());
  writer.write("1\n");
  EXPECT_EQ(failed_.get(), EPIPE) << "and SIGPIPE has not ended the process";
}

TEST_F(LogWriterTest, WaitsForANonBlockingPipe) {
  const Pipe pipe;
  pipe.fill();
  ::fcntl(pipe.writer(), F_SETFL, O_NONBLOCK);
  LogWriter writer(pipe.writer(), false, texts());
  writer.write("later\n");
  EXPECT_THAT(lines_of(pipe.read_until("later\n")), ElementsAre("later"));
}

TEST_F(LogWriterTest, ACrashWaitsForTheLines) {
  const TemporaryFolder folder;
  const std::string path = folder.path() / "log";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  LogWriter writer(fd, true, texts());
  for (int i = 0; i < 10'000; ++i) writer.write("x\n");
  LogWriter::wait_for_all_in_crash();
  EXPECT_EQ(::lseek(fd, 0, SEEK_END), 20'000);
}

}  // namespace
}  // namespace cppworker::app
