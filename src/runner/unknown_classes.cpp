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
  if (!missing.empty() && !std::exchange(missing_logged_, true)) {
    actions_.info(fmt::format(
        "The master does not ask for the user class(es) '{}' of this worker's locustfile: they are "
        "not selected on the master, or they are missing from the master's locustfile",
        fmt::join(missing, "', '")));
  }
  constexpr std::size_t kMaxLogged = 100;
  if (unknown.empty() || logged_.size() >= kMaxLogged || !logged_.insert(unknown).second)
    return known;

  std::vector<std::string> quoted;
  for (const std::string& name : unknown) quoted.push_back(text::quote_for_log(name));
  constexpr std::size_t kMaxCharacters = 1000;
  const std::string names =
      text::shortened(fmt::format("'{}'", fmt::join(quoted, "', '")), kMaxCharacters);
  std::string msg = fmt::format(
      "The master asks for user class(es) {}, which are not in this worker's locustfile. It has "
      "'{}'. The worker runs only the classes that are in both locustfiles. To generate the "
      "master's locustfile from the "
      "worker's: cpp-worker -f <locustfile> --print-locustfile > locustfile.py",
      names, fmt::join(known_, "', '"));
  actions_.warning(msg);
  // The master groups exceptions by this text. It is the same for all workers that lack the same
  // classes.
  std::string traceback = fmt::format("  cpp-worker: unknown user class(es) {}\n", names);
  outbox.send(protocol::Exception{std::move(msg), std::move(traceback)}, now);
  return known;
}

}  // namespace cppworker::runner
