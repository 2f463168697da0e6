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
      return;
    }
    const auto middle = static_cast<std::ptrdiff_t>(items_.size());
    items_.insert(items_.end(), from.items_.begin(), from.items_.end());
    std::inplace_merge(items_.begin(), items_.begin() + middle, items_.end(), before);
    auto last = items_.begin();
    for (auto item = std::next(last); item != items_.end(); ++item) {
      if (item->first == last->first) {
        last->second += item->second;
      } else {
        *++last = *item;
      }
    }
    items_.erase(std::next(last), items_.end());
  }

  void reserve(std::size_t size) { items_.reserve(size); }
  [[nodiscard]] bool empty() const { return items_.empty(); }
  [[nodiscard]] std::size_t size() const { return items_.size(); }
  [[nodiscard]] auto begin() const { return items_.cbegin(); }
  [[nodiscard]] auto end() const { return items_.cend(); }
  bool operator==(const Counts&) const = default;

 private:
  static bool before(const Item& a, const Item& b) { return a.first < b.first; }

  std::vector<Item> items_;
};

}  // namespace cppworker::stats
