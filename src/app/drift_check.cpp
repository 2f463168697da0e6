#include "app/drift_check.hpp"

#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include "loader/description.hpp"
#include "text/log_text.hpp"

namespace cppworker::app {

std::optional<protocol::Exception> DriftCheck::check(const Value& parsed_options) {
  const Value* option = parsed_options.find(loader::kDescriptionOption);
  const std::string* masters = option == nullptr ? nullptr : option->as_string();
  if (masters == nullptr || *masters == checked_) return std::nullopt;
  checked_ = *masters;
  const std::vector<std::string> found = loader::differences(*masters, description_);
  if (found.empty()) return std::nullopt;
  constexpr std::size_t kMaxCharacters = 2000;
  const std::string list =
      text::shortened(fmt::format("{}", fmt::join(found, "\n    ")), kMaxCharacters);
  std::string msg = fmt::format(
      "The master's locustfile was generated from another version of this worker's locustfile: {}. "
      "Generate it again: cpp-worker -f <locustfile> --print-locustfile > locustfile.py",
      text::quote_for_log(fmt::format("{}", fmt::join(found, "; ")), kMaxCharacters));
  spdlog::warn("{}", msg);
  // The master groups exceptions by this text. It is the same for all workers with the same
  // differences.
  return protocol::Exception{std::move(msg),
                             "  cpp-worker: the locustfiles differ\n    " + list + "\n"};
}

}  // namespace cppworker::app
