#include "app/run_facts.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cppworker/version.hpp>

#include "app/arguments.hpp"
#include "app/available_cpus.hpp"
#include "loader/description.hpp"
#include "text/credentials.hpp"

namespace cppworker::app {
namespace {

std::int64_t physical_memory() {
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  const long page_size = ::sysconf(_SC_PAGESIZE);
  return pages > 0 && page_size > 0 ? std::int64_t{pages} * page_size : 0;
}

/// The options that shape the load, by their names on the command line.
Value::Map option_facts(const Options& options, const UserCode& user_code) {
  Value::Map facts;
  if (options.stages.empty()) {
    // The master does not send all options. Those that are missing are left out.
    const bool has_defaults = options.standalone;
    if (options.users || has_defaults) facts.emplace_back("users", options.users.value_or(1));
    if (options.spawn_rate || has_defaults) {
      facts.emplace_back("spawn-rate", options.spawn_rate.value_or(1));
    }
    if (options.run_time)
      facts.emplace_back("run-time", fmt::format("{} s", options.run_time->count()));
  } else {
    facts.emplace_back("stages", options.stages);
  }
  const auto list = [&facts](const char* name, const std::vector<std::string>& texts) {
    if (!texts.empty()) facts.emplace_back(name, list_of(texts));
  };
  Value::List classes;
  for (const detail::UserClass* one : user_code.locustfile.user_classes) {
    classes.emplace_back(std::string(one->name));
  }
  facts.emplace_back("user classes", std::move(classes));
  list("tags", options.tags);
  list("exclude-tags", options.exclude_tags);
  if (options.iterations > 0) facts.emplace_back("iterations", options.iterations);
  if (options.stop_timeout.count() > 0) {
    facts.emplace_back("stop-timeout", fmt::format("{} s", options.stop_timeout.count()));
  }
  if (options.warm_up.count() > 0) {
    facts.emplace_back("warm-up", fmt::format("{} s", options.warm_up.count()));
  }
  if (options.reset_stats) facts.emplace_back("reset-stats", true);
  if (!options.source_addresses.empty()) {
    facts.emplace_back("source-addresses", options.source_addresses);
  }
  return facts;
}

Value::Map argument_facts(const UserCode& user_code) {
  Value::Map facts = user_code.arguments;
  for (auto& [name, value] : facts) {
    const auto is_this = [&fact = name](const Argument& argument) {
      return fact == Value(loader::destination(argument));
    };
    const auto found = std::ranges::find_if(user_code.locustfile.arguments, is_this);
    const bool is_secret = found != user_code.locustfile.arguments.end() && found->is_secret;
    if (is_secret && value != Value()) value = "***";
  }
  return facts;
}

}  // namespace

Value::Map run_facts(const Options& options, const UserCode& user_code) {
  utsname system{};
  (void)::uname(&system);
  return {{"program", "cpp-worker " CPPWORKER_VERSION},
          {"machine", system.nodename},
          {"system", fmt::format("{} {} {}", system.sysname, system.release, system.machine)},
          {"cpus", static_cast<std::int64_t>(available_cpus())},
          {"memory_bytes", physical_memory()},
          {"pid", static_cast<std::int64_t>(::getpid())},
          {"locustfiles", list_of(options.locustfiles)},
          {"host", text::without_credentials(options.host)},
          {"threads", options.threads},
          {"failure_samples", options.failure_samples},
          {"response_time_precision", options.precision == stats::Precision::kLocust      ? "locust"
                                      : options.precision == stats::Precision::kTwoDigits ? "2"
                                                                                          : "3"},
          {"options", option_facts(options, user_code)},
          {"arguments", argument_facts(user_code)}};
}

}  // namespace cppworker::app
