#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace cppworker::coro {

inline constexpr std::size_t kKiB = 1024;

/// How the end of a stack is made to fault instead of running into its neighbour.
enum class StackGuard {
  kAuto,      ///< kMadvise where the kernel has it, else kMprotect
  kMadvise,   ///< MADV_GUARD_INSTALL, Linux 6.13: costs no mapping, so there is no limit
  kMprotect,  ///< two mappings each: beyond the process's limit stacks are unguarded
  kNone,
};

/// Memory for coroutine stacks of one scheduler: reserved in large mappings, committed by the
/// kernel page by page as it is touched, handed out last in, first out. Not thread-safe.
class StackPool {
 public:
  /// Bytes below a stack that fault. More than a page, because a function's local buffer (say, of
  /// PATH_MAX) may reach over a single one.
  static constexpr std::size_t kGuardSize = 16 * kKiB;
  static constexpr std::size_t kStacksPerMapping = 64;

  struct Options {
    std::size_t stack_size = 64 * kKiB;  ///< usable bytes, rounded up to pages
    StackGuard guard = StackGuard::kAuto;
    /// Stacks guarded by mprotect in the whole process; 0: what vm.max_map_count allows.
    std::size_t mprotect_guards_max = 0;
  };

  explicit StackPool(Options options);
  ~StackPool();
  StackPool(const StackPool&) = delete;
  StackPool& operator=(const StackPool&) = delete;

  /// The usable part of a stack, all zeros. Throws std::bad_alloc when the process can't map more
  /// memory.
  [[nodiscard]] std::span<std::byte> acquire();
  /// Takes a stack back and gives its memory to the kernel.
  void release(std::span<std::byte> stack);

  [[nodiscard]] std::size_t stack_size() const { return stack_size_; }
  /// What is in use after kAuto was decided; kNone once no more guards can be had.
  [[nodiscard]] StackGuard guard() const { return guard_; }
  /// Stacks ever made, free ones included, and how many of them have no guard.
  [[nodiscard]] std::size_t size() const { return mappings_.size() * kStacksPerMapping; }
  [[nodiscard]] std::size_t unguarded() const { return unguarded_; }

 private:
  void map_more();
  /// Guards [start, start + kGuardSize); false when it can't.
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
