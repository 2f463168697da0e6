#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "runner/actions.hpp"

namespace cppworker::runner {

/// Collects the actions of all parts of a runner, in order, until the caller takes them.
/// @tparam A a variant of actions, one of which is Log
template <typename A>
class Actions {
 public:
  template <typename One>
  void add(One&& action) {
    actions_.emplace_back(std::forward<One>(action));
  }

  void debug(std::string text) { add(Log{Log::Level::kDebug, std::move(text)}); }
  void info(std::string text) { add(Log{Log::Level::kInfo, std::move(text)}); }
  void warning(std::string text) { add(Log{Log::Level::kWarning, std::move(text)}); }
  void error(std::string text) { add(Log{Log::Level::kError, std::move(text)}); }

  /// Returns a unique id for a request that an event answers.
  std::uint64_t next_id() { return ++last_id_; }

  [[nodiscard]] std::vector<A> take() { return std::exchange(actions_, {}); }

 private:
  std::vector<A> actions_;
  std::uint64_t last_id_ = 0;
};

using ActionList = Actions<Action>;  ///< of a worker

}  // namespace cppworker::runner
