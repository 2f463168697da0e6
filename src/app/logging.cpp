#include "app/logging.hpp"

#include <array>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <iterator>
#include <memory>
#include <mutex>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cppworker/exception.hpp>

#include "app/log_writer.hpp"
#include "app/options.hpp"
#include "coro/crash_report.hpp"
#include "text/log_text.hpp"

namespace cppworker::app {

namespace {

/// Python's level names: WARNING and CRITICAL in capitals.
class LevelName final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& msg, const std::tm&,
              spdlog::memory_buf_t& out) override {
    static constexpr std::array<std::string_view, 7> kNames = {
        "DEBUG", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL", ""};
    const std::string_view name = kNames[static_cast<std::size_t>(msg.level)];
    out.append(name.data(), name.data() + name.size());
  }
  [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
    return spdlog::details::make_unique<LevelName>();
  }
};

constinit thread_local std::size_t logging_worker = 0;

/// The name of the worker, in place of Python's logger name.
class WorkerName final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& msg, const std::tm&,
              spdlog::memory_buf_t& out) override {
    out.append(msg.logger_name.begin(), msg.logger_name.end());
    if (logging_worker > 0) fmt::format_to(std::back_inserter(out), "-{}", logging_worker);
  }
  [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
    return spdlog::details::make_unique<WorkerName>();
  }
};

std::string short_hostname() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) {
    return "localhost";
  }
  const std::string full(name.data());
  return full.substr(0, full.find('.'));
}

std::unique_ptr<spdlog::formatter> locusts_format() {
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<LevelName>('*').add_flag<WorkerName>('&').set_pattern(
      "[%Y-%m-%d %H:%M:%S,%e] " + short_hostname() + "/%*/%&: %v");
  return formatter;
}

/// A formatted line without its end, cut to a maximum length.
std::string line_of(const spdlog::memory_buf_t& formatted) {
  return text::shortened({formatted.data(), formatted.size() - 1}, kMostLogLineCharacters);
}

/// Keeps the newest lines for LogReader.
class RecentLines final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  std::vector<std::string> news(std::uint64_t& seen) {
    const std::lock_guard lock(mutex_);
    if (seen == logged_) return {};
    const std::uint64_t lost = logged_ - seen > lines_.size() ? logged_ - seen - lines_.size() : 0;
    seen = logged_;
    std::vector<std::string> lines(lines_.begin(), lines_.end());
    if (lost > 0) {
      lines.front() = fmt::format("({} log lines before this one are not shown)", lost + 1);
    }
    return lines;
  }

 private:
  void sink_it_(const spdlog::details::log_msg& msg) override {
    spdlog::memory_buf_t text;
    formatter_->format(msg, text);
    if (lines_.size() == LogReader::kMostLines) lines_.pop_front();
    lines_.push_back(line_of(text));
    ++logged_;
  }
  void flush_() override {}

  std::deque<std::string> lines_;
  std::uint64_t logged_ = 0;
};

/// Never destroyed, because threads may log until the process ends.
RecentLines& recent_lines() {
  static auto* const lines = new RecentLines;
  return *lines;
}

spdlog::details::log_msg own_warning(std::string_view text) {
  return {"cpp-worker", spdlog::level::warn, spdlog::string_view_t(text.data(), text.size())};
}

/// Formats the lines on the threads that log; the writer's thread writes them.
class WriterSink final : public spdlog::sinks::sink {
 public:
  /// @param name the file name; "": standard error
  WriterSink(int fd, std::string name)
      : name_(std::move(name)), writer_(fd, !name_.empty(), texts(name_)) {
    WriterSink::set_formatter(locusts_format());
  }

  ~WriterSink() override {
    writer_.wait_written();
    const std::uint64_t lost = writer_.unreported();
    if (lost == 0 || name_.empty()) return;
    pollfd standard_error{STDERR_FILENO, POLLOUT, 0};
    if (::poll(&standard_error, 1, 0) <= 0) return;
    dprintf(STDERR_FILENO, "cpp-worker: %llu log lines could not be written to %s\n",
            static_cast<unsigned long long>(lost), name_.c_str());
  }

  void log(const spdlog::details::log_msg& msg) override {
    spdlog::memory_buf_t text;
    {
      const std::lock_guard lock(mutex_);
      formatter_->format(msg, text);
    }
    writer_.write(line_of(text) + "\n");
  }
  void write_plain(const std::string& line) { writer_.write(line + "\n"); }
  void show_below(std::string text) { writer_.show_below(std::move(text)); }
  void flush() override { writer_.wait_written(); }
  void set_pattern(const std::string& pattern) override {
    set_formatter(std::make_unique<spdlog::pattern_formatter>(pattern));
  }
  void set_formatter(std::unique_ptr<spdlog::formatter> formatter) override {
    const std::lock_guard lock(mutex_);
    formatter_ = std::move(formatter);
  }

 private:
  static LogWriter::Texts texts(const std::string& name) {
    return {
        .dropped =
            [](std::uint64_t count) {
              spdlog::memory_buf_t text;
              locusts_format()->format(
                  own_warning(fmt::format("{} log lines are missing here: writing them failed or "
                                          "was too slow",
                                          count)),
                  text);
              return std::string(text.data(), text.size());
            },
        .failed =
            [where = name.empty() ? "standard error" : name](int error) {
              recent_lines().log(own_warning(
                  fmt::format("The log can't be written to {}: {}. The worker continues and counts "
                              "the lost lines",
                              where, std::system_category().message(error))));
            },
    };
  }

  const std::string name_;
  LogWriter writer_;
  std::mutex mutex_;
  std::unique_ptr<spdlog::formatter> formatter_;
};

spdlog::sink_ptr open_file(const std::string& logfile) {
  std::error_code ignored;  // opening the file reports the error
  std::filesystem::create_directories(std::filesystem::path(logfile).parent_path(), ignored);
  constexpr mode_t kMode = 0666;  // reduced by the umask
  const int fd = ::open(logfile.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, kMode);
  if (fd < 0) {
    throw Error(fmt::format("Can't write the log file {}: {}", logfile,
                            std::system_category().message(errno)));
  }
  return std::make_shared<WriterSink>(fd, logfile);
}

/// Standard error. Not null after setup_logging().
std::shared_ptr<WriterSink> plain_sink;
bool shows_plain = false;  // false with --skip-log-setup

void log_to(const spdlog::sink_ptr& sink, const Options& options) {
  const spdlog::sink_ptr recent(&recent_lines(), [](auto*) {});
  recent->set_formatter(locusts_format());
  auto logger =
      std::make_shared<spdlog::logger>("cpp-worker", spdlog::sinks_init_list{sink, recent});
  // Locust's level names are in upper case, spdlog's in lower case.
  std::string level = options.loglevel;
  for (char& c : level) {
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  logger->set_level(spdlog::level::from_str(level));
  if (options.skip_log_setup) {
    sink->set_pattern("%v");
    logger->set_level(spdlog::level::warn);
  }
  logger->flush_on(spdlog::level::trace);  // until log_without_waiting()
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace

void setup_logging(const Options& options) {
  // Needed even with a log file, for the error message if the file can't be written.
  const auto standard_error = std::make_shared<WriterSink>(STDERR_FILENO, "");
  log_to(standard_error, options);
  plain_sink = standard_error;
  shows_plain = !options.skip_log_setup;
  if (!options.logfile.empty() && !options.skip_log_setup) {
    log_to(open_file(options.logfile), options);
  }
  coro::call_before_crash(&LogWriter::wait_for_all_in_crash);
}

void log_without_waiting() { spdlog::default_logger()->flush_on(spdlog::level::off); }

void log_plain(const std::vector<std::string>& lines) {
  if (!shows_plain) return;
  for (const std::string& line : lines) print_line(line);
}

void print_line(const std::string& line) { plain_sink->write_plain(line); }

void show_status(std::string line) {
  if (shows_plain) plain_sink->show_below(std::move(line));
}

void wait_for_log() {
  spdlog::default_logger()->flush();
  if (plain_sink != nullptr) plain_sink->flush();
}

void log_as_worker(std::size_t number) { logging_worker = number; }

bool log_shows_progress(const Options& options) {
  return options.logfile.empty() && !options.skip_log_setup &&
         spdlog::should_log(spdlog::level::info);
}

std::vector<std::string> LogReader::news(std::uint64_t& seen) { return recent_lines().news(seen); }

}  // namespace cppworker::app
