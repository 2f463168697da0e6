#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "runner/actions.hpp"

namespace cppworker::runner {

/// Collects the actions of all parts of the runner, in order, until the caller takes them.
class ActionList {
 public:
  template <typename A>
  void add(A&& action) {
    actions_.emplace_back(std::forward<A>(action));
  }

  void debug(std::string text) { add(Log{Log::Level::kDebug, std::move(text)}); }
  void info(std::string text) { add(Log{Log::Level::kInfo, std::move(text)}); }
  void warning(std::string text) { add(Log{Log::Level::kWarning, std::move(text)}); }
  void error(std::string text) { add(Log{Log::Level::kError, std::move(text)}); }

  /// Returns a unique id for a request that an event answers.
  std::uint64_t next_id() { return ++last_id_; }

  [[nodiscard]] std::vector<Action> take() { return std::exchange(actions_, {}); }

 private:
  std::vector<Action> actions_;
  std::uint64_t last_id_ = 0;
};

}  // namespace cppworker::runner
