#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <utility>
#include <vector>

namespace cppworker::stats {

/// Counts by key, in ascending order of the keys. A map in contiguous memory, because the
/// node-based maps of reports with thousands of entries would have millions of nodes.
class Counts {
 public:
  using Item = std::pair<std::int64_t, std::int64_t>;  ///< key, count

  Counts() = default;
  Counts(std::initializer_list<Item> items) {
    for (const auto& [key, count] : items) {
      (*this)[key] += count;
    }
  }

  /// The count of `key`; adds it with 0 if it is new. Fast for the last key and for keys above all
  /// others.
  std::int64_t& operator[](std::int64_t key) {
    if (items_.empty() || items_.back().first < key) {
      return items_.emplace_back(key, 0).second;
    }
    auto place = std::prev(items_.end());
    if (place->first != key) {
      place = std::lower_bound(items_.begin(), items_.end(), Item(key, 0), before);
      if (place->first != key) {
        place = items_.emplace(place, key, 0);
      }
    }
    return place->second;
  }

  void add(Counts&& from) {
    if (items_.empty()) {
      items_ = std::move(from.items_);
    } else {
      add(static_cast<const Counts&>(from));
    }
  }
  void add(const Counts& from) {
    std::size_t missing = 0;  // keys that are not here
    auto place = items_.begin();
    for (const Item& item : from.items_) {
      // Counts that are added up often have the same keys: the place is near.
      for (int step = 0; step < kNear && place != items_.end() && before(*place, item); ++step) {
        ++place;
      }
      if (place != items_.end() && before(*place, item)) {
        place = std::lower_bound(place, items_.end(), item, before);
      }
      if (place != items_.end() && place->first == item.first) {
        place->second += item.second;
      } else {
        ++missing;
      }
    }
    if (missing > 0) insert_missing(from.items_, missing);
  }

  /// These counts without `part`. @pre no count of `part` is larger than the one here
  [[nodiscard]] Counts without(const Counts& part) const {
    Counts rest;
    rest.items_.reserve(items_.size());
    auto taken = part.items_.begin();
    for (const auto& [key, count] : items_) {
      while (taken != part.items_.end() && taken->first < key) ++taken;
      const bool is_same = taken != part.items_.end() && taken->first == key;
      const std::int64_t left = is_same ? count - taken->second : count;
      if (left > 0) rest.items_.emplace_back(key, left);
    }
    return rest;
  }

  void reserve(std::size_t size) { items_.reserve(size); }
  [[nodiscard]] bool empty() const { return items_.empty(); }
  [[nodiscard]] std::size_t size() const { return items_.size(); }
  [[nodiscard]] auto begin() const { return items_.cbegin(); }
  [[nodiscard]] auto end() const { return items_.cend(); }
  bool operator==(const Counts&) const = default;

 private:
  static constexpr int kNear = 8;

  static bool before(const Item& a, const Item& b) { return a.first < b.first; }

  /// Inserts those of `items` whose keys are not here. From the end, so that each item moves at
  /// most once.
  void insert_missing(const std::vector<Item>& items, std::size_t missing) {
    std::size_t old = items_.size();
    std::size_t from = items.size();
    items_.resize(old + missing);
    for (std::size_t to = items_.size(); to > old;) {
      if (old > 0 && items_[old - 1].first >= items[from - 1].first) {
        if (items_[old - 1].first == items[from - 1].first) --from;
        items_[--to] = items_[--old];
      } else {
        items_[--to] = items[--from];
      }
    }
  }

  std::vector<Item> items_;
};

}  // namespace cppworker::stats
