#include "failures/sampler.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"

namespace cppworker::failures {

std::string failure_key(const Sample& sample) {
  std::string key = sample.method;
  key += '\0';
  key += sample.name;
  key += '\0';
  key += sample.error;
  return key;
}

void Sampler::add(Sample sample) {
  DCHECK(is_on());
  sample.priority = random_() >> 1U;  // fits into an int64
  std::string key = failure_key(sample);
  auto found = failures_.find(key);
  if (found == failures_.end()) {
    if (failures_.size() >= limits_.failures) {
      overflow_ = true;
      return;
    }
    found = failures_.try_emplace(std::move(key)).first;
  }
  Failure& failure = found->second;
  if (failure.last) {
    bytes_ -= failure.last->size();
    failure.last.reset();
  }
  if (!reserve(sample)) return;
  if (failure.lowest.size() < limits_.per_failure || sample.priority < failure.lowest.back()) {
    choose(failure, std::move(sample));
  } else {
    failure.last = std::move(sample);
  }
}

bool Sampler::reserve(const Sample& sample) {
  const std::size_t size = sample.size();
  if (bytes_ + size > limits_.bytes) {
    overflow_ = true;
    return false;
  }
  bytes_ += size;
  return true;
}

void Sampler::choose(Failure& failure, Sample sample) {
  if (failure.lowest.empty()) failure.has_first = true;
  failure.lowest.insert(std::ranges::upper_bound(failure.lowest, sample.priority), sample.priority);
  if (failure.lowest.size() > limits_.per_failure) failure.lowest.pop_back();
  failure.chosen.push_back(std::move(sample));
  // One of those before, which is not the first, may have too high a priority now.
  const auto begin = failure.chosen.begin() + (failure.has_first ? 1 : 0);
  for (auto old = begin; old < failure.chosen.end() - 1; ++old) {
    if (old->priority <= failure.lowest.back()) continue;
    bytes_ -= old->size();
    failure.chosen.erase(old);
    break;
  }
}

std::vector<Sample> Sampler::take() {
  std::vector<Sample> taken;
  if (bytes_ == 0) return taken;
  for (auto& [key, failure] : failures_) {
    std::ranges::move(failure.chosen, std::back_inserter(taken));
    if (failure.last) taken.push_back(*std::move(failure.last));
    failure.chosen.clear();
    failure.last.reset();
    failure.has_first = false;
  }
  bytes_ = 0;
  return taken;
}

void Sampler::clear() {
  failures_.clear();
  bytes_ = 0;
  overflow_ = false;
}

}  // namespace cppworker::failures
