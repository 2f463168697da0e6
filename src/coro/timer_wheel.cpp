#include "coro/timer_wheel.hpp"

#include <algorithm>
#include <bit>

#include "base/check.hpp"

namespace cppworker::coro {
namespace {

constexpr unsigned kBitsPerLevel = 8;
constexpr TimerWheel::Tick kLevelMask = (TimerWheel::Tick{1} << kBitsPerLevel) - 1;

/// The index of a tick's bucket in its level.
constexpr std::size_t digit(TimerWheel::Tick tick, std::size_t level) {
  return static_cast<std::size_t>(tick >> (kBitsPerLevel * level) & kLevelMask);
}

/// Whether all levels below `level` start a new round at this tick.
constexpr bool begins_bucket(TimerWheel::Tick tick, std::size_t level) {
  return (tick & ((TimerWheel::Tick{1} << (kBitsPerLevel * level)) - 1)) == 0;
}

}  // namespace

TimerWheel::TimerWheel() { add_block(); }

void TimerWheel::put(Tick tick, std::uint32_t id) {
  DCHECK(tick <= now_ + kHorizon);
  if (tick <= now_) {
    append_due({static_cast<std::uint32_t>(now_), id});
    return;
  }
  // The level is that of the highest digit in which the tick differs from now. The top level is
  // circular, so it also holds ticks that differ in higher digits.
  const auto differs = static_cast<std::size_t>(std::bit_width(tick ^ now_) - 1) / kBitsPerLevel;
  const std::size_t level = std::min(differs, kLevels - 1);
  const std::size_t bucket = level * kBuckets + digit(tick, level);
  append(buckets_[bucket], {static_cast<std::uint32_t>(tick), id});
  occupied_[bucket / 64] |= std::uint64_t{1} << bucket % 64;
}

TimerWheel::Tick TimerWheel::next() const {
  for (std::size_t level = 0; level < kLevels; ++level) {
    const std::size_t shift = kBitsPerLevel * level;
    const std::size_t here = digit(now_, level);
    const Tick turn = now_ >> shift >> kBitsPerLevel << kBitsPerLevel;  // digit 0 of this round
    std::size_t found = find_occupied(level, here + 1);
    if (found < kBuckets) {
      return (turn + found) << shift;
    }
    if (level == kLevels - 1) {
      found = find_occupied(level, 0);
      if (found < kBuckets) {
        return (turn + kBuckets + found) << shift;
      }
    }
  }
  return kNone;
}

void TimerWheel::advance(Tick tick) {
  DCHECK(tick >= now_);
  for (Tick stop = next(); stop <= tick; stop = next()) {
    now_ = stop;
    for (std::size_t level = kLevels - 1; level > 0; --level) {
      if (begins_bucket(now_, level)) {
        sort_anew(level * kBuckets + digit(now_, level));
      }
    }
    make_due(digit(now_, 0));
  }
  now_ = std::max(now_, tick);
}

std::size_t TimerWheel::find_occupied(std::size_t level, std::size_t from) const {
  constexpr std::size_t kWordsPerLevel = kBuckets / 64;
  for (std::size_t word = from / 64; word < kWordsPerLevel; ++word) {
    std::uint64_t bits = occupied_[level * kWordsPerLevel + word];
    if (word == from / 64) {
      bits &= ~std::uint64_t{0} << from % 64;
    }
    if (bits != 0) {
      return word * 64 + static_cast<std::size_t>(std::countr_zero(bits));
    }
  }
  return kBuckets;
}

void TimerWheel::sort_anew(std::size_t bucket) {
  std::uint32_t index = buckets_[bucket].head;
  buckets_[bucket] = {};
  mark_empty(bucket);
  while (index != kNil) {
    const std::uint32_t next_index = chunk(index).next;
    for (std::uint32_t i = 0; i < chunk(index).size; ++i) {
      const Entry entry = chunk(index).entries[i];
      --size_;
      put(now_ + (entry.tick - static_cast<std::uint32_t>(now_)), entry.id);
    }
    free_chunk(index);
    index = next_index;
  }
}

void TimerWheel::make_due(std::size_t bucket) {
  DCHECK(bucket < kBuckets);  // of the lowest level
  const Bucket taken = buckets_[bucket];
  if (taken.head == kNil) {
    return;
  }
  buckets_[bucket] = {};
  mark_empty(bucket);
  for (std::uint32_t index = taken.head; index != kNil; index = chunk(index).next) {
    due_size_ += chunk(index).size;
  }
  if (due_.head == kNil) {
    due_ = taken;
  } else {
    chunk(due_.tail).next = taken.head;
    due_.tail = taken.tail;
  }
}

std::span<const TimerWheel::Entry> TimerWheel::due() const {
  if (due_.head == kNil) {
    return {};
  }
  const Chunk& first = chunk(due_.head);
  return std::span{first.entries}.first(first.size).subspan(due_read_);
}

void TimerWheel::consume(std::size_t count) {
  DCHECK(count <= due().size() && count <= due_size_ && due_size_ <= size_);
  due_read_ += count;
  due_size_ -= count;
  size_ -= count;
  if (due_.head != kNil && due_read_ == chunk(due_.head).size) {
    const std::uint32_t empty = due_.head;
    due_.head = chunk(empty).next;
    if (due_.head == kNil) {
      due_.tail = kNil;
    }
    due_read_ = 0;
    free_chunk(empty);
  }
}

void TimerWheel::append_due(Entry entry) {
  append(due_, entry);
  ++due_size_;
}

void TimerWheel::append(Bucket& bucket, Entry entry) {
  if (bucket.tail == kNil || chunk(bucket.tail).size == chunk(bucket.tail).entries.size()) {
    const std::uint32_t added = take_chunk();
    (bucket.tail == kNil ? bucket.head : chunk(bucket.tail).next) = added;
    bucket.tail = added;
  }
  Chunk& last = chunk(bucket.tail);
  last.entries[last.size++] = entry;
  ++size_;
}

std::uint32_t TimerWheel::take_chunk() {
  if (free_ == kNil) {
    add_block();
  }
  const std::uint32_t index = free_;
  Chunk& taken = chunk(index);
  free_ = taken.next;
  taken.size = 0;
  taken.next = kNil;
  return index;
}

void TimerWheel::free_chunk(std::uint32_t index) {
  chunk(index).next = free_;
  free_ = index;
}

void TimerWheel::add_block() {
  const auto first = static_cast<std::uint32_t>(blocks_.size() * kChunksPerBlock);
  blocks_.push_back(std::make_unique_for_overwrite<Block>());
  for (std::uint32_t i = kChunksPerBlock; i-- > 0;) {
    free_chunk(first + i);
  }
}

}  // namespace cppworker::coro
