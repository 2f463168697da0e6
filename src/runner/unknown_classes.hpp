#pragma once

#include <set>
#include <string>
#include <vector>

#include "runner/action_list.hpp"
#include "runner/events.hpp"

namespace cppworker::runner {

class Outbox;

/// Removes the user classes that this worker's locustfile does not have from the master's targets.
/// Reports them in the log and to the master's web UI, once per run and set of names.
class UnknownClasses {
 public:
  UnknownClasses(const std::vector<std::string>& known, ActionList& actions)
      : known_(known), actions_(actions) {}

  void new_run() {
    logged_.clear();
    missing_logged_ = false;
  }
  /// Returns the known classes of `targets`.
  [[nodiscard]] UserClassesCount filter(const UserClassesCount& targets, Outbox& outbox,
                                        TimePoint now);

 private:
  const std::vector<std::string>& known_;
  ActionList& actions_;
  std::set<std::vector<std::string>> logged_;
  bool missing_logged_ = false;
};

}  // namespace cppworker::runner
