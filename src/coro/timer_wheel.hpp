#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <vector>

namespace cppworker::coro {

/// A hierarchical timing wheel (Varghese and Lauck) of ids, with four levels of 256 buckets each. A
/// bucket is a list of chunks, which are arrays of {tick, id}. An entry needs 8 bytes, and buckets
/// are read in memory order, which makes a million entries cheap. Entries cannot be removed; the
/// owner ignores entries that are no longer valid.
///
/// Entries of one tick are returned in the order in which they were added.
class TimerWheel {
 public:
  using Tick = std::uint64_t;
  static constexpr Tick kNone = std::numeric_limits<Tick>::max();
  /// The largest distance from now() that put() accepts. For a later tick, the owner calls put()
  /// again on the way.
  static constexpr Tick kHorizon = Tick{1} << 30;

  struct Entry {
    std::uint32_t tick;  // the low half is enough: no entry is farther away than kHorizon
    std::uint32_t id;
  };

  TimerWheel();

  [[nodiscard]] Tick now() const { return now_; }
  /// Adds an entry for `tick` <= now() + kHorizon. An entry that is not in the future is due at
  /// once.
  void put(Tick tick, std::uint32_t id);

  /// Makes all entries up to `tick` >= now() due. The cost depends on the number of these entries,
  /// not on the number of ticks.
  void advance(Tick tick);
  /// A tick after now() and no later than the first entry that is not due yet; kNone if there is no
  /// such entry. If the first entry is far away, this is a tick at which it moves to a lower level.
  [[nodiscard]] Tick next() const;

  /// Due entries, oldest first. Returns one array of possibly several. put() may be called while
  /// the array is read: it adds entries behind the array.
  [[nodiscard]] std::span<const Entry> due() const;
  /// Removes the first `count` entries of due().
  void consume(std::size_t count);
  [[nodiscard]] std::size_t due_size() const { return due_size_; }

  /// The number of entries, including due ones.
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t memory() const { return blocks_.size() * sizeof(Block); }

  /// Removes the entries for which keep(Entry) is false. Visits all entries.
  template <class Keep>
  void sweep(Keep keep) {
    for (std::size_t bucket = 0; bucket < kLevels * kBuckets; ++bucket) {
      if (buckets_[bucket].head != kNil) {
        filter(buckets_[bucket], keep);
        if (buckets_[bucket].head == kNil) {
          mark_empty(bucket);
        }
      }
    }
  }

 private:
  static constexpr std::size_t kLevels = 4;
  static constexpr std::size_t kBuckets = 256;
  static constexpr std::uint32_t kNil = std::numeric_limits<std::uint32_t>::max();

  struct Chunk {
    std::uint32_t size;
    std::uint32_t next;
    std::array<Entry, 31> entries;
  };
  static constexpr std::size_t kChunksPerBlock = 256;
  using Block = std::array<Chunk, kChunksPerBlock>;

  struct Bucket {
    std::uint32_t head = kNil;
    std::uint32_t tail = kNil;
  };

  Chunk& chunk(std::uint32_t index) {
    return (*blocks_[index / kChunksPerBlock])[index % kChunksPerBlock];
  }
  [[nodiscard]] const Chunk& chunk(std::uint32_t index) const {
    return (*blocks_[index / kChunksPerBlock])[index % kChunksPerBlock];
  }
  std::uint32_t take_chunk();
  void free_chunk(std::uint32_t index);
  void add_block();

  void append(Bucket& bucket, Entry entry);
  void append_due(Entry entry);
  /// Moves the entries of a bucket of an upper level to their current buckets.
  void sort_anew(std::size_t bucket);
  void make_due(std::size_t bucket);
  void mark_empty(std::size_t bucket) {
    occupied_[bucket / 64] &= ~(std::uint64_t{1} << bucket % 64);
  }
  /// The first non-empty bucket of a level in [from, kBuckets), or kBuckets.
  [[nodiscard]] std::size_t find_occupied(std::size_t level, std::size_t from) const;

  template <class Keep>
  void filter(Bucket& bucket, Keep& keep) {
    std::uint32_t index = bucket.head;
    bucket = {};
    while (index != kNil) {
      // The kept entries are copied to new chunks: this chunk is freed only after it was read.
      const std::uint32_t next = chunk(index).next;
      for (std::uint32_t i = 0; i < chunk(index).size; ++i) {
        const Entry entry = chunk(index).entries[i];
        --size_;
        if (keep(entry)) {
          append(bucket, entry);
        }
      }
      free_chunk(index);
      index = next;
    }
  }

  Tick now_ = 0;
  std::size_t size_ = 0;
  std::array<Bucket, kLevels * kBuckets> buckets_;
  std::array<std::uint64_t, kLevels * kBuckets / 64> occupied_{};
  Bucket due_;
  std::size_t due_read_ = 0;  // consumed entries of due_'s first chunk
  std::size_t due_size_ = 0;
  std::vector<std::unique_ptr<Block>> blocks_;
  std::uint32_t free_ = kNil;
};

}  // namespace cppworker::coro
