#include "app/logging.hpp"

#include <array>
#include <cctype>
#include <deque>
#include <filesystem>
#include <iterator>
#include <memory>
#include <mutex>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cppworker/exception.hpp>

#include "app/options.hpp"

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

/// Where Python has the logger's name.
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
    std::string line(text.data(), text.size() - 1);  // without the line's end
    if (line.size() > LogReader::kMostBytes) {
      line.resize(LogReader::kMostBytes);
      line += " (cut)";
    }
    if (lines_.size() == LogReader::kMostLines) lines_.pop_front();
    lines_.push_back(std::move(line));
    ++logged_;
  }
  void flush_() override {}

  std::deque<std::string> lines_;
  std::uint64_t logged_ = 0;
};

/// Leaked: threads may log to the very end.
RecentLines& recent_lines() {
  static auto* const lines = new RecentLines;
  return *lines;
}

spdlog::sink_ptr open_file(const std::string& logfile) {
  try {
    std::error_code ignored;  // opening the file says what is wrong
    std::filesystem::create_directories(std::filesystem::path(logfile).parent_path(), ignored);
    return std::make_shared<spdlog::sinks::basic_file_sink_mt>(logfile);
  } catch (const spdlog::spdlog_ex& exception) {
    throw Error("Can't write the log file " + logfile + ": " + exception.what());
  }
}

void log_to(const spdlog::sink_ptr& sink, const Options& options) {
  const spdlog::sink_ptr recent(&recent_lines(), [](auto*) {});
  sink->set_formatter(locusts_format());
  recent->set_formatter(locusts_format());
  auto logger =
      std::make_shared<spdlog::logger>("cpp-worker", spdlog::sinks_init_list{sink, recent});
  // Locust's level names are upper case, spdlog's are not.
  std::string level = options.loglevel;
  for (char& c : level) {
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  logger->set_level(spdlog::level::from_str(level));
  if (options.skip_log_setup) {
    sink->set_pattern("%v");
    logger->set_level(spdlog::level::warn);
  }
  logger->flush_on(spdlog::level::debug);
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace

void setup_logging(const Options& options) {
  // Also for what there is to say if the file can't be written.
  log_to(std::make_shared<spdlog::sinks::stderr_sink_mt>(), options);
  if (!options.logfile.empty() && !options.skip_log_setup) {
    log_to(open_file(options.logfile), options);
  }
}

void log_as_worker(std::size_t number) { logging_worker = number; }

bool log_shows_progress(const Options& options) {
  return options.logfile.empty() && !options.skip_log_setup &&
         spdlog::should_log(spdlog::level::info);
}

std::vector<std::string> LogReader::news(std::uint64_t& seen) { return recent_lines().news(seen); }

}  // namespace cppworker::app
