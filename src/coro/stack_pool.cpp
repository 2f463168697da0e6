#include "coro/stack_pool.hpp"

#include <algorithm>
#include <atomic>
#include <fstream>
#include <new>

#include <spdlog/spdlog.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102  // Linux 6.13; the headers of Debian 12 are older
#endif

namespace cppworker::coro {
namespace {

/// The limit of mappings applies to the process, so the guards of all schedulers count together.
std::atomic<std::size_t>& mprotect_guards_in_process() {
  static std::atomic<std::size_t> count{0};
  return count;
}

std::size_t mprotect_guards_allowed() {
  constexpr std::size_t kDefaultMaps = 65'530;
  constexpr std::size_t kMapsForEverythingElse = 4'096;
  std::size_t maps = kDefaultMaps;
  std::ifstream{"/proc/sys/vm/max_map_count"} >> maps;
  return maps > kMapsForEverythingElse ? (maps - kMapsForEverythingElse) / 2 : 0;
}

std::size_t round_up_to_pages(std::size_t bytes) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return (bytes + page - 1) / page * page;
}

}  // namespace

StackPool::StackPool(Options options)
    : stack_size_{round_up_to_pages(options.stack_size)},
      stride_{stack_size_ + (options.guard == StackGuard::kNone ? 0 : kGuardSize)},
      guard_{options.guard},
      mprotect_guards_max_{options.mprotect_guards_max != 0 ? options.mprotect_guards_max
                                                            : mprotect_guards_allowed()} {}

StackPool::~StackPool() {
  for (std::byte* mapping : mappings_) {
    ::munmap(mapping, stride_ * kStacksPerMapping);
  }
  mprotect_guards_in_process() -= mprotect_guards_;
}

std::span<std::byte> StackPool::acquire() {
  if (free_.empty()) {
    map_more();
  }
  std::byte* bottom = free_.back();
  free_.pop_back();
  return {bottom, stack_size_};
}

void StackPool::release(std::span<std::byte> stack) {
  ::madvise(stack.data(), stack.size(), MADV_DONTNEED);
  free_.push_back(stack.data());  // map_more() made room
}

void StackPool::map_more() {
  free_.reserve(size() + kStacksPerMapping);
  mappings_.push_back(nullptr);
  void* mapping = ::mmap(nullptr, stride_ * kStacksPerMapping, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (mapping == MAP_FAILED) {
    mappings_.pop_back();
    throw std::bad_alloc{};
  }
  // A huge page would commit 2 MiB for the first byte. A kernel without huge pages returns an
  // error, which is harmless.
  ::madvise(mapping, stride_ * kStacksPerMapping, MADV_NOHUGEPAGE);
  auto* start = static_cast<std::byte*>(mapping);
  mappings_.back() = start;
  const std::size_t guard_size = stride_ - stack_size_;
  for (std::size_t i = kStacksPerMapping; i-- > 0;) {  // the lowest one is handed out first
    std::byte* guard = start + i * stride_;
    if (!install_guard(guard)) {
      ++unguarded_;
    }
    free_.push_back(guard + guard_size);
  }
}

bool StackPool::install_guard(std::byte* start) {
  if (guard_ == StackGuard::kAuto) {
    guard_ = ::madvise(start, kGuardSize, MADV_GUARD_INSTALL) == 0 ? StackGuard::kMadvise
                                                                   : StackGuard::kMprotect;
  }
  if (guard_ == StackGuard::kMadvise) {
    if (::madvise(start, kGuardSize, MADV_GUARD_INSTALL) == 0) {
      return true;
    }
  } else if (guard_ == StackGuard::kMprotect) {
    if (mprotect_guards_in_process().fetch_add(1) < mprotect_guards_max_ &&
        ::mprotect(start, kGuardSize, PROT_NONE) == 0) {
      ++mprotect_guards_;
      return true;
    }
    --mprotect_guards_in_process();
  }
  if (guard_ != StackGuard::kNone) {
    warn_unguarded();
    guard_ = StackGuard::kNone;
  }
  return false;
}

void StackPool::warn_unguarded() {
  static std::atomic<bool> warned{false};
  if (!warned.exchange(true)) {
    spdlog::warn(
        "No more guard pages for the stacks of users (this kernel allows about {} of them): a "
        "stack "
        "overflow in one user may now corrupt other users. Increase vm.max_map_count",
        mprotect_guards_max_);
  }
}

}  // namespace cppworker::coro
