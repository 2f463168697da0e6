#pragma once

#include <cstddef>
#include <functional>
#include <vector>

/// User code in a module of its own, as a locustfile is.
namespace thrower {

inline constexpr int kLineOfThrow = 10;
inline constexpr int kLineOfCall = 14;
inline constexpr int kLineOfAt = 18;
inline constexpr int kLineOfRun = 22;

const void* address_in_module();
void fail();                                                 // throws std::runtime_error
int call_fail();                                             // calls fail()
int at(const std::vector<int>& numbers, std::size_t index);  // the standard library throws
int run(const std::function<void()>& function);              // calls it
void throw_int();
void stop_user();
void reschedule();
void interrupt();

}  // namespace thrower
