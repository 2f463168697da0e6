#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "failures/sample.hpp"

namespace cppworker::failures {

/// The samples of one shard since the last take(). Of each failure it keeps the first, the last and
/// those with the lowest random priorities. The same rule, applied to the samples of several shards
/// and seconds (see Collection), selects fairly among all requests that failed.
class Sampler {
 public:
  struct Limits {
    std::size_t per_failure = 0;  ///< 0: nothing is kept
    std::size_t failures = 100;   ///< distinct ones; those that come later have no samples
    std::size_t bytes = std::size_t{2} << 20U;  ///< between two take()
  };

  Sampler(Limits limits, std::uint64_t seed) : limits_(limits), random_(seed) {}

  /// Whether failed requests are to be added.
  [[nodiscard]] bool is_on() const { return limits_.per_failure > 0; }

  /// @param sample without a priority
  void add(Sample sample);
  /// The samples since the last call.
  [[nodiscard]] std::vector<Sample> take();
  /// Whether there was no room for some samples since the last call.
  [[nodiscard]] bool take_overflow() { return std::exchange(overflow_, false); }
  /// A test begins.
  void clear();

 private:
  struct Failure {
    std::vector<std::uint64_t> lowest{};  // priorities of all samples so far, ascending
    std::vector<Sample> chosen{};         // since the last take(), oldest first
    std::optional<Sample> last{};         // likewise, if it was not chosen
    bool has_first = false;               // `chosen` begins with the first sample of all
  };

  void choose(Failure& failure, Sample sample);
  /// False: there is no room.
  bool reserve(const Sample& sample);

  Limits limits_;
  std::mt19937_64 random_;
  std::unordered_map<std::string, Failure> failures_;
  std::size_t bytes_ = 0;
  bool overflow_ = false;
};

/// The key of a row of failures.
[[nodiscard]] std::string failure_key(const Sample& sample);

}  // namespace cppworker::failures
