#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

#include <cppworker/detail/export.hpp>

namespace cppworker {

namespace detail {
[[nodiscard]] CPPWORKER_EXPORT std::size_t new_shard_local_index();
/// The calling shard's value; initially empty. Throws std::logic_error outside of a shard's thread.
[[nodiscard]] CPPWORKER_EXPORT std::shared_ptr<void>& shard_local_value(std::size_t index);
}  // namespace detail

/// A variable with a separate value for each shard (thread). It replaces the module globals of a
/// Python locustfile and needs no locks. Make it a global, `ShardLocal<std::vector<Token>>
/// tokens;`, and use it in users, listeners and the init function: `tokens->push_back(…)`.
///
/// A shard's value is created on first use and destroyed with the shard, both on the shard's
/// thread. Access from another thread (start_blocking(), …) throws std::logic_error.
template <class T>
class ShardLocal {
 public:
  /// Each value is created as T().
  ShardLocal() : ShardLocal([] { return std::make_unique<T>(); }) {}
  /// Each value is created by `make()`, which runs on the shard's thread.
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
