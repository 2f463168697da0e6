#pragma once

#include <set>
#include <string>
#include <vector>

#include "runner/action_list.hpp"
#include "runner/events.hpp"

namespace cppworker::runner {

class Outbox;

/// The master's locustfile names user classes that this worker's does not have: the known ones run,
/// and the master (in its own UI) and the log are told once per run and set of names.
class UnknownClasses {
 public:
  UnknownClasses(const std::vector<std::string>& known, ActionList& actions)
      : known_(known), actions_(actions) {}

  void new_run() {
    logged_.clear();
    missing_logged_ = false;
  }
  /// What is left of `targets` with known classes only.
  [[nodiscard]] UserClassesCount filter(const UserClassesCount& targets, Outbox& outbox,
                                        TimePoint now);

 private:
  const std::vector<std::string>& known_;
  ActionList& actions_;
  std::set<std::vector<std::string>> logged_;
  bool missing_logged_ = false;
};

}  // namespace cppworker::runner
