#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "failures/sample.hpp"

namespace cppworker::failures {

/// The samples of a run, from all shards: of each failure the first, the last and those with the
/// lowest random priorities. What is kept does not depend on the order in which they are added.
class Collection {
 public:
  struct Limits {
    std::size_t per_failure = 3;
    std::size_t bytes = std::size_t{8} << 20U;  ///< samples that exceed them are not kept
    std::size_t failures = 100;
  };
  /// For the samples of run files, which are bounded.
  static Limits without_bounds(std::size_t per_failure) {
    constexpr std::size_t kAny = std::numeric_limits<std::size_t>::max();
    return {.per_failure = per_failure, .bytes = kAny, .failures = kAny};
  }

  explicit Collection(Limits limits) : limits_(limits) {}

  void add(Sample sample);
  /// A shard had no room for some samples.
  void add_overflow() { is_full_ = true; }
  void clear();

  /// Of each failure at most `per_failure` samples, oldest first: the first, the last and a random
  /// selection of those between them.
  [[nodiscard]] std::vector<Sample> selected() const;

  /// Who reads the samples while they are collected.
  enum class Reader : std::uint8_t { kRunFile, kMaster };
  static constexpr std::size_t kReaders = 2;

  /// The samples that the reader does not have yet. The last ones of each failure are among them
  /// after 1, 2, 4, 8 … seconds, so that the size of all of them grows with the logarithm of the
  /// time.
  /// @param now Unix seconds
  [[nodiscard]] std::vector<std::shared_ptr<const Sample>> unread(Reader reader, double now);
  /// Likewise, with the last ones, at the end.
  [[nodiscard]] std::vector<std::shared_ptr<const Sample>> unread_at_end(Reader reader);

  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  /// Samples were not kept because of the limits, of this or of a shard.
  [[nodiscard]] bool is_full() const { return is_full_; }

 private:
  struct Kept {
    std::shared_ptr<const Sample> sample;
    std::array<bool, kReaders> is_read{};
  };
  struct Pace {        // of reading last samples
    double next = 0;   // Unix seconds
    double pause = 1;  // seconds
  };
  struct Failure {
    std::vector<Kept> kept{};  // oldest first
    std::array<Pace, kReaders> paces{};
  };

  void prune(Failure& failure);

  const Limits limits_;
  std::map<std::string, Failure> failures_;  // by failure_key()
  std::size_t bytes_ = 0;
  bool is_full_ = false;
};

}  // namespace cppworker::failures
