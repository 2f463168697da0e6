#include "app/logging.hpp"

#include <array>
#include <cctype>
#include <memory>
#include <string_view>

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cppworker/exception.hpp>

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

std::string short_hostname() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) {
    return "localhost";
  }
  const std::string full(name.data());
  return full.substr(0, full.find('.'));
}

}  // namespace

void setup_logging(const std::string& loglevel, const std::string& logfile) {
  spdlog::sink_ptr sink;
  try {
    if (logfile.empty()) {
      sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    } else {
      sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(logfile);
    }
  } catch (const spdlog::spdlog_ex& exception) {
    throw Error("Can't write the log file " + logfile + ": " + exception.what());
  }
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<LevelName>('*').set_pattern("[%Y-%m-%d %H:%M:%S,%e] " + short_hostname() +
                                                  "/%*/%n: %v");
  sink->set_formatter(std::move(formatter));
  auto logger = std::make_shared<spdlog::logger>("cpp-worker", std::move(sink));
  // Locust's level names are upper case, spdlog's are not.
  std::string level = loglevel;
  for (char& c : level) {
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  logger->set_level(spdlog::level::from_str(level));
  logger->flush_on(spdlog::level::debug);
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace cppworker::app
