#include "coro/crash_report.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <mutex>
#include <string_view>
#include <typeinfo>

#include <cxxabi.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cppworker/exception.hpp>

#include "coro/scheduler_core.hpp"

namespace cppworker::coro {
namespace {

// NOLINTBEGIN(cppcoreguidelines-avoid-non-const-global-variables)
struct sigaction previous_action {};
struct sigaction previous_abort_action {};
// NOLINTEND(cppcoreguidelines-avoid-non-const-global-variables)
std::terminate_handler previous_terminate = nullptr;
std::atomic<void (*)() noexcept> before_crash{nullptr};

/// Prepares standard error for a crash report, which the C++ library writes to as well. If standard
/// error is a pipe that nobody reads, it is replaced: the write must not block a crashing process.
void prepare_standard_error() {
  if (void (*function)() noexcept = before_crash.exchange(nullptr)) function();
  constexpr int kPatienceMs = 100;
  pollfd writable{STDERR_FILENO, POLLOUT, 0};
  if (::poll(&writable, 1, kPatienceMs) != 0) return;
  if (const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC); nowhere >= 0) {
    ::dup2(nowhere, STDERR_FILENO);
  }
}

/// Builds a line for standard error without allocating. Async-signal-safe.
class Line {
 public:
  Line& add(std::string_view text) {
    const std::size_t count = std::min(text.size(), text_.size() - 1 - size_);
    std::memcpy(text_.data() + size_, text.data(), count);
    size_ += count;
    return *this;
  }
  Line& add(std::uint64_t number) {
    std::array<char, 20> digits{};
    std::size_t first = digits.size();
    do {
      digits[--first] = static_cast<char>('0' + number % 10);
      number /= 10;
    } while (number != 0);
    return add({digits.data() + first, digits.size() - first});
  }
  Line& add_name_of(const Label& label) {
    return add(label.task.empty() ? "(no task)" : label.task)
        .add(" of user class ")
        .add(label.user_class.empty() ? "(none)" : label.user_class);
  }
  void write() {
    text_[size_++] = '\n';
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text_.data(), size_);
  }

 private:
  std::array<char, 1024> text_{};
  std::size_t size_ = 0;
};

StackedCoroutine* running_here() {
  const SchedulerCore* core = SchedulerCore::current();
  return core != nullptr ? core->running() : nullptr;
}

bool is_below_stack(const void* address, const StackedCoroutine& coroutine) {
  const auto* at = static_cast<const std::byte*>(address);
  const std::byte* bottom = coroutine.stack().data();
  return at < bottom && at >= bottom - StackPool::kGuardSize;
}

void on_segmentation_fault(int signal, siginfo_t* info, void* /*context*/) {
  const int saved_errno = errno;
  prepare_standard_error();
  if (const StackedCoroutine* coroutine = running_here(); coroutine != nullptr) {
    if (is_below_stack(info->si_addr, *coroutine)) {
      Line{}
          .add("Stack overflow in task ")
          .add_name_of(coroutine->label())
          .add(": it needs more than ")
          .add(coroutine->stack().size() / 1024)
          .add(" KiB; use less stack (search() instead of std::regex), or increase --stack-size")
          .write();
    } else {
      Line{}.add("Segmentation fault in task ").add_name_of(coroutine->label()).write();
    }
  }
  // Restore the previous handler: the instruction faults again and calls it.
  ::sigaction(signal, &previous_action, nullptr);
  if (info->si_code <= 0) {
    ::raise(signal);  // another process sent it: it does not occur again on its own
  }
  errno = saved_errno;
}

/// abort() continues after this returns. The previous handler receives the signal.
void on_abort(int signal) {
  const int saved_errno = errno;
  prepare_standard_error();
  ::sigaction(signal, &previous_abort_action, nullptr);
  ::raise(signal);  // blocked until this returns
  errno = saved_errno;
}

[[noreturn]] void on_terminate() {
  if (StackedCoroutine* coroutine = running_here(); coroutine != nullptr) {
    const std::type_info* type = abi::__cxa_current_exception_type();
    if (type != nullptr && *type == typeid(StopUser)) {
      // Only this user is lost; thousands of others keep running.
      coroutine->park();
    }
  }
  prepare_standard_error();
  if (const StackedCoroutine* coroutine = running_here(); coroutine != nullptr) {
    Line{}.add("Program ended by task ").add_name_of(coroutine->label()).write();
  }
  if (previous_terminate != nullptr) {
    previous_terminate();
  }
  std::abort();
}

}  // namespace

void call_before_crash(void (*function)() noexcept) { before_crash = function; }

void install_crash_reports() {
  static std::once_flag once;
  std::call_once(once, [] {
    struct sigaction action {};
    action.sa_sigaction = on_segmentation_fault;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    ::sigemptyset(&action.sa_mask);
    ::sigaction(SIGSEGV, &action, &previous_action);
    struct sigaction on_abort_action {};
    on_abort_action.sa_handler = on_abort;
    on_abort_action.sa_flags = SA_ONSTACK;
    ::sigemptyset(&on_abort_action.sa_mask);
    ::sigaction(SIGABRT, &on_abort_action, &previous_abort_action);
    previous_terminate = std::set_terminate(on_terminate);
  });
}

SignalStack::SignalStack() {
  stack_t present{};
  if (::sigaltstack(nullptr, &present) != 0 || (present.ss_flags & SS_DISABLE) == 0) {
    return;
  }
  const auto size = static_cast<std::size_t>(std::max(::sysconf(_SC_SIGSTKSZ), 64L * 1024));
  memory_.resize(size);
  stack_t own{};
  own.ss_sp = memory_.data();
  own.ss_size = size;
  ::sigaltstack(&own, nullptr);
}

SignalStack::~SignalStack() {
  if (!memory_.empty()) {
    stack_t none{};
    none.ss_flags = SS_DISABLE;
    ::sigaltstack(&none, nullptr);
  }
}

}  // namespace cppworker::coro
