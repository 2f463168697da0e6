#include <spdlog/spdlog.h>

#include <cppworker/logging.hpp>

namespace cppworker {

void log_debug(std::string_view text) { spdlog::debug("{}", text); }
void log_info(std::string_view text) { spdlog::info("{}", text); }
void log_warning(std::string_view text) { spdlog::warn("{}", text); }
void log_error(std::string_view text) { spdlog::error("{}", text); }

}  // namespace cppworker
