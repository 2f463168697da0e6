#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runner/events.hpp"

namespace cppworker::runner {

/// A user class, with the attributes that decide how many of the users are of this class.
struct DispatchedClass {
  std::string name;
  double weight = 1;
  int fixed_count = 0;  ///< > 0: the number of users, regardless of the weight
};

/// Decides which user class the next user of a ramp belongs to, in the order of Locust's
/// `UsersDispatcher` (locust/dispatch.py): users of classes with a fixed_count first, then by
/// weight. A ramp-down stops the users that were started last. It does not decide when users start.
class UsersDispatcher {
 public:
  explicit UsersDispatcher(std::vector<DispatchedClass> classes);

  /// Begins a ramp to `target` users. A ramp that has not ended is replaced.
  /// @param names the classes of which it starts users; empty: those of the last ramp, or all.
  /// @pre every name is one of the classes.
  void begin(std::int64_t target, const std::vector<std::string>& names = {});

  /// Starts or stops the next user of the ramp. Returns false if the ramp has ended: the target is
  /// reached, or all classes have their fixed_count and none has a weight.
  bool step();

  /// The users that are started and not stopped, by class; every class is listed.
  [[nodiscard]] UserClassesCount counts() const;
  [[nodiscard]] std::int64_t total() const { return static_cast<std::int64_t>(active_.size()); }
  [[nodiscard]] std::int64_t target() const { return target_; }

 private:
  using ClassIndex = std::uint32_t;

  /// Locust's `_kl_generator`: the next element is the one that brings the numbers of elements
  /// closest to the weights, by the Kullback-Leibler divergence.
  class ByWeight {
   public:
    void add(double weight, ClassIndex user_class);
    /// None if no element has a weight.
    std::optional<ClassIndex> next();

   private:
    struct Candidate {
      double divergence_change;
      double next_count;  // number of its elements so far, plus weight, plus 1
      double weight;
      ClassIndex user_class;
      auto operator<=>(const Candidate&) const = default;
    };
    std::vector<Candidate> candidates_;
  };

  [[nodiscard]] std::optional<ClassIndex> next_class();
  void choose_classes(std::vector<bool> chosen);
  void count_missing_fixed();

  std::vector<DispatchedClass> classes_;  // sorted by name
  std::vector<std::int64_t> counts_;      // by class
  std::vector<ClassIndex> active_;        // by time of start
  std::vector<bool> chosen_;              // the classes of which users are started
  std::int64_t target_ = 0;
  ByWeight by_weight_;
  ByWeight missing_fixed_;
  std::int64_t missing_fixed_left_ = 0;
  bool check_fixed_ = true;  // users of a class with a fixed_count may be missing
};

}  // namespace cppworker::runner
