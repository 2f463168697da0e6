#pragma once

#include <cstdint>
#include <span>

namespace cppworker::detail {

/// Frames of user code, as return addresses, the innermost first.
using Frames = std::span<const std::uintptr_t>;

/// Declares that the module (shared object or executable) with this address is user code: throws
/// below it are recorded from then on. Call it before you start threads that run user code.
void record_throws_below(const void* address);

/// The frames of user code below which the exception that is being handled was thrown. None if it
/// was thrown on another thread, too long ago (a thread remembers its last 16), or not below user
/// code. Control flow (StopUser, RescheduleTask, …) is not recorded.
/// The frames stay valid until the thread's next throw.
/// @pre Called in a catch block.
[[nodiscard]] Frames throw_site_of_current_exception();

/// If the exception that is being handled has no frames because it was thrown on another stack:
/// makes the caller's frames its throw site.
/// @pre Called in a catch block.
void note_throw_on_other_stack();

}  // namespace cppworker::detail
