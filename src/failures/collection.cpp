#include "failures/collection.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "failures/sampler.hpp"

namespace cppworker::failures {
namespace {

constexpr double kLongestPause = 64;  // seconds

bool is_older(const Sample& left, const Sample& right) {
  return std::pair(left.ended(), left.priority) < std::pair(right.ended(), right.priority);
}

/// The priority up to which samples are among the `count` with the lowest.
template <class List>
std::uint64_t limit_of(const List& kept, std::size_t count) {
  std::vector<std::uint64_t> priorities;
  for (const auto& one : kept) priorities.push_back(one.sample->priority);
  std::ranges::sort(priorities);
  if (count == 0) return 0;
  return priorities.size() < count ? UINT64_MAX : priorities[count - 1];
}

}  // namespace

void Collection::add(Sample sample) {
  const std::size_t size = sample.size();
  std::string key = failure_key(sample);
  const auto known = failures_.find(key);
  if (known == failures_.end() && failures_.size() >= limits_.failures) {
    is_full_ = true;
    return;
  }
  if (bytes_ + size > limits_.bytes) {
    is_full_ = true;
    return;
  }
  Failure& failure = known == failures_.end() ? failures_.try_emplace(std::move(key)).first->second
                                              : known->second;
  bytes_ += size;
  auto shared = std::make_shared<const Sample>(std::move(sample));
  const auto after = std::ranges::find_if(
      failure.kept, [&](const Kept& kept) { return is_older(*shared, *kept.sample); });
  failure.kept.insert(after, Kept{std::move(shared)});
  prune(failure);
}

/// Keeps the first, the last and those with the lowest priorities.
void Collection::prune(Failure& failure) {
  auto& kept = failure.kept;
  const std::uint64_t limit = limit_of(kept, limits_.per_failure);
  for (std::size_t i = kept.size() - 1; i-- > 1;) {
    if (kept[i].sample->priority <= limit) continue;
    bytes_ -= kept[i].sample->size();
    kept.erase(kept.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

std::vector<Sample> Collection::selected() const {
  std::vector<Sample> selected;
  for (const auto& [key, failure] : failures_) {
    const auto& kept = failure.kept;
    std::vector<Kept> between;
    if (kept.size() > 2) between.assign(kept.begin() + 1, kept.end() - 1);
    const std::size_t ends = std::min<std::size_t>(limits_.per_failure, 2);
    const std::uint64_t limit = limit_of(between, limits_.per_failure - ends);
    selected.push_back(*kept.front().sample);
    for (const Kept& one : between) {
      if (limits_.per_failure > ends && one.sample->priority <= limit) {
        selected.push_back(*one.sample);
      }
    }
    if (ends == 2 && kept.size() > 1) selected.push_back(*kept.back().sample);
  }
  return selected;
}

std::vector<std::shared_ptr<const Sample>> Collection::unread(Reader reader, double now) {
  const auto index = static_cast<std::size_t>(reader);
  std::vector<std::shared_ptr<const Sample>> samples;
  for (auto& [key, failure] : failures_) {
    const std::uint64_t limit = limit_of(failure.kept, limits_.per_failure);
    const auto& first = failure.kept.front().sample;
    Pace& pace = failure.paces[index];
    for (Kept& one : failure.kept) {
      if (one.is_read[index]) continue;
      if (one.sample != first && one.sample->priority > limit) {  // only because it is the last
        if (now < pace.next) continue;
        pace.next = now + pace.pause;
        pace.pause = std::min(pace.pause * 2, kLongestPause);
      }
      one.is_read[index] = true;
      samples.push_back(one.sample);
    }
  }
  return samples;
}

std::vector<std::shared_ptr<const Sample>> Collection::unread_at_end(Reader reader) {
  for (auto& [key, failure] : failures_) failure.paces[static_cast<std::size_t>(reader)].next = 0;
  return unread(reader, 0);
}

void Collection::clear() {
  failures_.clear();
  bytes_ = 0;
  is_full_ = false;
}

}  // namespace cppworker::failures
