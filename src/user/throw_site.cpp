#include "user/throw_site.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <typeinfo>
#include <utility>

#include <cxxabi.h>
#include <dlfcn.h>
#include <link.h>
#include <unwind.h>

#include <cppworker/detail/export.hpp>
#include <cppworker/exception.hpp>

#include "base/check.hpp"

namespace cppworker::detail {
namespace {

/// The addresses of a module's code and data.
struct Module {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;

  [[nodiscard]] bool contains(std::uintptr_t address) const {
    return address >= begin && address < end;
  }
};

struct Modules {
  static constexpr std::size_t kCapacity = 64;
  std::array<Module, kCapacity> all{};
  std::atomic<std::size_t> count{0};

  [[nodiscard]] bool contain(std::uintptr_t address) const {
    const std::size_t known = count.load(std::memory_order_acquire);
    for (std::size_t i = 0; i < known; ++i) {
      if (all[i].contains(address)) return true;
    }
    return false;
  }
};
constinit Modules modules;

struct Throw {
  static constexpr std::size_t kMaxFrames = 12;
  const void* object = nullptr;
  const void* type = nullptr;
  std::size_t count = 0;
  std::array<std::uintptr_t, kMaxFrames> frames{};
};

/// A ring of the thread's last throws. Several may be in flight: a task may wait in a catch block,
/// and others keep a std::exception_ptr.
struct Throws {
  std::array<Throw, 16> ring{};
  std::size_t next = 0;
};
constinit thread_local Throws throws;

bool is_control_flow(const void* type) {
  return type == &typeid(StopUser) || type == &typeid(RescheduleTask) ||
         type == &typeid(RescheduleTaskImmediately) || type == &typeid(InterruptTaskSet) ||
         type == &typeid(StopTest);
}

_Unwind_Reason_Code add_frame(_Unwind_Context* context, void* argument) {
  constexpr int kMaxDepth = 64;
  auto& [made, depth] = *static_cast<std::pair<Throw*, int>*>(argument);
  const std::uintptr_t address = _Unwind_GetIP(context);
  // The call is before the return address, which may belong to the next function.
  if (modules.contain(address - 1)) made->frames[made->count++] = address;
  return made->count == Throw::kMaxFrames || ++depth == kMaxDepth ? _URC_END_OF_STACK
                                                                  : _URC_NO_REASON;
}

void record(const void* object, const void* type) {
  Throw& made = throws.ring[throws.next++ % throws.ring.size()];
  made.object = object;
  made.type = type;
  made.count = 0;
  std::pair<Throw*, int> state{&made, 0};
  _Unwind_Backtrace(add_frame, &state);
}

const void* current_object() {
  const std::exception_ptr current = std::current_exception();
  DCHECK(current != nullptr);
  const void* object = nullptr;
  static_assert(sizeof object == sizeof current, "libstdc++: the address of the thrown object");
  std::memcpy(static_cast<void*>(&object), &current, sizeof object);
  return object;
}

}  // namespace

void record_throws_below(const void* address) {
  struct Search {
    std::uintptr_t address;
    Module found;
  } search{reinterpret_cast<std::uintptr_t>(address), {}};
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* argument) {
        auto& wanted = *static_cast<Search*>(argument);
        Module module{UINTPTR_MAX, 0};
        for (std::size_t i = 0; i < info->dlpi_phnum; ++i) {
          const auto& segment = info->dlpi_phdr[i];
          if (segment.p_type != PT_LOAD) continue;
          const std::uintptr_t begin = info->dlpi_addr + segment.p_vaddr;
          module.begin = std::min(module.begin, begin);
          module.end = std::max(module.end, begin + segment.p_memsz);
        }
        if (!module.contains(wanted.address)) return 0;
        wanted.found = module;
        return 1;
      },
      &search);
  const std::size_t count = modules.count.load(std::memory_order_relaxed);
  if (search.found.end == 0 || modules.contain(search.address) || count == Modules::kCapacity)
    return;
  modules.all[count] = search.found;
  modules.count.store(count + 1, std::memory_order_release);
}

Frames throw_site_of_current_exception() {
  const void* object = current_object();
  const void* type = abi::__cxa_current_exception_type();
  for (std::size_t age = 1; age <= throws.ring.size(); ++age) {
    const Throw& made = throws.ring[(throws.next - age) % throws.ring.size()];
    if (made.object == object && made.type == type) return {made.frames.data(), made.count};
  }
  return {};
}

void note_throw_on_other_stack() {
  const void* const type = abi::__cxa_current_exception_type();
  if (modules.count.load(std::memory_order_relaxed) == 0 || is_control_flow(type) ||
      !throw_site_of_current_exception().empty()) {
    return;
  }
  record(current_object(), type);
}

}  // namespace cppworker::detail

/// Replaces the C++ runtime's function for the whole process: a `throw` calls it. The frames must
/// be recorded before the stack is unwound. AddressSanitizer replaces it, too, and calls this one.
extern "C" [[gnu::noreturn]] CPPWORKER_EXPORT void __cxa_throw(void* object, std::type_info* type,
                                                               void (*destroy)(void*)) {
  using Function = void(void*, std::type_info*, void (*)(void*));
  // NOLINTNEXTLINE(concurrency-mt-unsafe): it is thread-safe
  static auto* const next = reinterpret_cast<Function*>(dlsym(RTLD_NEXT, "__cxa_throw"));
  if (cppworker::detail::modules.count.load(std::memory_order_relaxed) != 0 &&
      !cppworker::detail::is_control_flow(type)) {
    cppworker::detail::record(object, type);
  }
  next(object, type, destroy);
  std::abort();
}
