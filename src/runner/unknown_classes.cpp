#include "runner/unknown_classes.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "runner/outbox.hpp"
#include "text/log_text.hpp"

namespace cppworker::runner {

UserClassesCount UnknownClasses::filter(const UserClassesCount& targets, Outbox& outbox,
                                        TimePoint now) {
  UserClassesCount known;
  std::vector<std::string> unknown;
  for (const auto& [name, count] : targets) {
    if (std::find(known_.begin(), known_.end(), name) != known_.end()) {
      known[name] = count;
    } else {
      unknown.push_back(name);
    }
  }
  std::vector<std::string> missing;
  std::copy_if(known_.begin(), known_.end(), std::back_inserter(missing),
               [&](const std::string& name) { return !targets.contains(name); });
  if (!missing.empty() && !std::exchange(missing_told_, true)) {
    actions_.info(fmt::format(
        "The master does not ask for the user class(es) '{}' of this worker's locustfile: it has "
        "not chosen them, or its own locustfile lacks them",
        fmt::join(missing, "', '")));
  }
  constexpr std::size_t kMostTold = 100;
  if (unknown.empty() || told_.size() >= kMostTold || !told_.insert(unknown).second) return known;

  std::vector<std::string> quoted;
  for (const std::string& name : unknown) quoted.push_back(text::quote_for_log(name));
  constexpr std::size_t kMostCharacters = 1000;
  const std::string names =
      text::shortened(fmt::format("'{}'", fmt::join(quoted, "', '")), kMostCharacters);
  std::string msg = fmt::format(
      "The master asks for user class(es) {}, which this worker's locustfile does not have; it has "
      "'{}'. Only the classes that both have run. To generate the master's locustfile from the "
      "worker's: cpp-worker -f <locustfile> --print-locustfile > locustfile.py",
      names, fmt::join(known_, "', '"));
  actions_.warning(msg);
  // The master groups by this text alone: the same for every worker with the same gap.
  std::string traceback = fmt::format("  cpp-worker: unknown user class(es) {}\n", names);
  outbox.send(protocol::Exception{std::move(msg), std::move(traceback)}, now);
  return known;
}

}  // namespace cppworker::runner
