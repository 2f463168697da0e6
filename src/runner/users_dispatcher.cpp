#include "runner/users_dispatcher.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/check.hpp"

namespace cppworker::runner {

void UsersDispatcher::ByWeight::add(double weight, ClassIndex user_class) {
  if (!(weight > 0)) return;
  candidates_.push_back({.divergence_change = weight * std::log2(weight / (weight + 1)),
                         .next_count = weight + 1,
                         .weight = weight,
                         .user_class = user_class});
}

std::optional<UsersDispatcher::ClassIndex> UsersDispatcher::ByWeight::next() {
  if (candidates_.empty()) return std::nullopt;
  Candidate& best = *std::min_element(candidates_.begin(), candidates_.end());
  best.divergence_change = best.weight * std::log2(best.next_count / (best.next_count + 1));
  best.next_count += 1;
  return best.user_class;
}

UsersDispatcher::UsersDispatcher(std::vector<DispatchedClass> classes)
    : classes_(std::move(classes)), counts_(classes_.size()) {
  CHECK(!classes_.empty());
  std::ranges::sort(classes_, {}, &DispatchedClass::name);
  choose_classes(std::vector<bool>(classes_.size(), true));
}

void UsersDispatcher::begin(std::int64_t target, const std::vector<std::string>& names) {
  CHECK(target >= 0);
  target_ = target;
  if (names.empty()) return;
  std::vector<bool> chosen(classes_.size());
  for (const std::string& name : names) {
    const auto found = std::ranges::find(classes_, name, &DispatchedClass::name);
    CHECK(found != classes_.end());
    chosen[static_cast<std::size_t>(found - classes_.begin())] = true;
  }
  if (chosen != chosen_) choose_classes(std::move(chosen));
}

void UsersDispatcher::choose_classes(std::vector<bool> chosen) {
  chosen_ = std::move(chosen);
  missing_fixed_left_ = 0;
  by_weight_ = {};
  for (std::size_t i = 0; i < classes_.size(); ++i) {
    if (!chosen_[i] || classes_[i].fixed_count > 0) continue;
    by_weight_.add(classes_[i].weight, static_cast<ClassIndex>(i));
  }
}

void UsersDispatcher::count_missing_fixed() {
  missing_fixed_ = {};
  for (std::size_t i = 0; i < classes_.size(); ++i) {
    if (!chosen_[i]) continue;
    const std::int64_t missing = std::max<std::int64_t>(0, classes_[i].fixed_count - counts_[i]);
    missing_fixed_.add(static_cast<double>(missing), static_cast<ClassIndex>(i));
    missing_fixed_left_ += missing;
  }
}

std::optional<UsersDispatcher::ClassIndex> UsersDispatcher::next_class() {
  if (missing_fixed_left_ == 0 && std::exchange(check_fixed_, false)) count_missing_fixed();
  if (missing_fixed_left_ == 0) return by_weight_.next();
  --missing_fixed_left_;
  return missing_fixed_.next();
}

bool UsersDispatcher::step() {
  if (total() < target_) {
    const std::optional<ClassIndex> user_class = next_class();
    if (!user_class) return false;
    ++counts_[*user_class];
    active_.push_back(*user_class);
    return true;
  }
  if (total() > target_) {
    --counts_[active_.back()];
    active_.pop_back();
    check_fixed_ = true;
    return true;
  }
  return false;
}

UserClassesCount UsersDispatcher::counts() const {
  UserClassesCount counts;
  for (std::size_t i = 0; i < classes_.size(); ++i) counts[classes_[i].name] = counts_[i];
  return counts;
}

}  // namespace cppworker::runner
