#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

#include <cppworker/detail/export.hpp>

namespace cppworker {

namespace detail {
[[nodiscard]] CPPWORKER_EXPORT std::size_t new_shard_local_index();
/// The calling shard's value; empty at first. Throws std::logic_error outside of a shard's thread.
[[nodiscard]] CPPWORKER_EXPORT std::shared_ptr<void>& shard_local_value(std::size_t index);
}  // namespace detail

/// A variable of which each shard (thread) has one of its own: what a module's global is to a
/// Python locustfile, without locks. Make it a global: `ShardLocal<std::vector<Token>> tokens;`,
/// then `tokens->push_back(…)` in users, listeners and the init function.
///
/// A shard's value is made when the shard first uses it, and destroyed with the shard, on its
/// thread. Throws std::logic_error on other threads (start_blocking, …).
template <class T>
class ShardLocal {
 public:
  /// Values begin as T().
  ShardLocal() : ShardLocal([] { return std::make_unique<T>(); }) {}
  /// Values begin as `make()` says, a std::unique_ptr<T>; called on each shard's thread.
  explicit ShardLocal(std::function<std::unique_ptr<T>()> make)
      : index_(detail::new_shard_local_index()), make_(std::move(make)) {}
  ShardLocal(const ShardLocal&) = delete;
  ShardLocal& operator=(const ShardLocal&) = delete;

  [[nodiscard]] T& operator*() const {
    std::shared_ptr<void>& value = detail::shard_local_value(index_);
    if (value == nullptr) {
      value = std::shared_ptr<T>(make_());
    }
    return *static_cast<T*>(value.get());
  }
  [[nodiscard]] T* operator->() const { return &**this; }

 private:
  std::size_t index_;
  std::function<std::unique_ptr<T>()> make_;
};

}  // namespace cppworker
