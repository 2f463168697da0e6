#include "memory.hpp"

#include <cstdlib>
#include <new>

#include <malloc.h>

namespace cppworker::simulation {
namespace {

std::size_t in_use = 0;  // the simulation has one thread

}  // namespace

std::size_t memory_in_use() { return in_use; }

}  // namespace cppworker::simulation

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

void* operator new(std::size_t size) {
  void* const memory = std::malloc(size);  // NOLINT(cppcoreguidelines-no-malloc)
  if (memory == nullptr) throw std::bad_alloc();
  cppworker::simulation::in_use += malloc_usable_size(memory);
  return memory;
}

void* operator new(std::size_t size, std::align_val_t alignment) {
  void* memory = nullptr;
  if (posix_memalign(&memory, static_cast<std::size_t>(alignment), size) != 0) {
    throw std::bad_alloc();
  }
  cppworker::simulation::in_use += malloc_usable_size(memory);
  return memory;
}

void operator delete(void* memory) noexcept {
  cppworker::simulation::in_use -= malloc_usable_size(memory);
  std::free(memory);  // NOLINT(cppcoreguidelines-no-malloc)
}

void operator delete(void* memory, std::size_t) noexcept { operator delete(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { operator delete(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  operator delete(memory);
}

#endif
