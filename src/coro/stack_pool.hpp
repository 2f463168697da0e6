#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace cppworker::coro {

inline constexpr std::size_t kKiB = 1024;

/// How a stack is guarded: an overflow faults instead of overwriting the next stack.
enum class StackGuard {
  kAuto,      ///< kMadvise if the kernel supports it, otherwise kMprotect
  kMadvise,   ///< MADV_GUARD_INSTALL, Linux 6.13: needs no mapping, so there is no limit
  kMprotect,  ///< needs two mappings each: beyond the process's limit, stacks are unguarded
  kNone,
};

/// Memory for the coroutine stacks of one scheduler. It is reserved in large mappings, and the
/// kernel commits each page on first use. Stacks are reused last in, first out. Not thread-safe.
class StackPool {
 public:
  /// Bytes below a stack that fault. More than a page, because a local buffer (for example, of
  /// PATH_MAX) can skip a single page.
  static constexpr std::size_t kGuardSize = 16 * kKiB;
  static constexpr std::size_t kStacksPerMapping = 64;

  struct Options {
    std::size_t stack_size = 64 * kKiB;  ///< usable bytes, rounded up to pages
    StackGuard guard = StackGuard::kAuto;
    /// Maximum number of stacks in the process that mprotect guards; 0: as vm.max_map_count allows.
    std::size_t mprotect_guards_max = 0;
  };

  explicit StackPool(Options options);
  ~StackPool();
  StackPool(const StackPool&) = delete;
  StackPool& operator=(const StackPool&) = delete;

  /// Returns the usable part of a stack, filled with zeros. Throws std::bad_alloc if the process
  /// cannot map more memory.
  [[nodiscard]] std::span<std::byte> acquire();
  /// Takes a stack back and returns its memory to the kernel.
  void release(std::span<std::byte> stack);

  [[nodiscard]] std::size_t stack_size() const { return stack_size_; }
  /// The guard in use: kAuto is resolved, and kNone means that no more guards are available.
  [[nodiscard]] StackGuard guard() const { return guard_; }
  /// The number of stacks, including free ones, and the number of them without a guard.
  [[nodiscard]] std::size_t size() const { return mappings_.size() * kStacksPerMapping; }
  [[nodiscard]] std::size_t unguarded() const { return unguarded_; }

 private:
  void map_more();
  /// Guards [start, start + kGuardSize). Returns false on failure.
  bool install_guard(std::byte* start);
  void warn_unguarded();

  std::size_t stack_size_;
  std::size_t stride_;
  StackGuard guard_;
  std::size_t mprotect_guards_max_;
  std::size_t mprotect_guards_ = 0;
  std::size_t unguarded_ = 0;
  std::vector<std::byte*> mappings_;
  std::vector<std::byte*> free_;  // bottoms of stacks
};

}  // namespace cppworker::coro
