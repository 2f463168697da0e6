#include "coro/crash_report.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <string_view>
#include <typeinfo>
#include <utility>

#include <cxxabi.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cppworker/exception.hpp>

#include "coro/forked_child.hpp"
#include "coro/scheduler_core.hpp"
#include "coro/signal_safe_line.hpp"

namespace cppworker::coro {
namespace {

struct Fault {
  int signal;
  std::string_view name;
  struct sigaction previous_action;
};

// NOLINTBEGIN(cppcoreguidelines-avoid-non-const-global-variables)
std::array<Fault, 4> faults{{{SIGSEGV, "Segmentation fault", {}},
                             {SIGBUS, "Bus error", {}},
                             {SIGFPE, "Arithmetic error, such as an integer division by zero,", {}},
                             {SIGILL, "Illegal instruction", {}}}};
struct sigaction previous_abort_action {};
// The handlers read it, so it must be a plain load, never a call that allocates.
[[gnu::tls_model("initial-exec")]] constinit thread_local const Label* code_here = nullptr;
// The end by abort() has been reported, as that by an exception.
std::atomic<bool> end_is_reported{false};
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

StackedCoroutine* running_here() {
  const SchedulerCore* core = SchedulerCore::current();
  return core != nullptr ? core->running() : nullptr;
}

bool is_below_stack(const void* address, const StackedCoroutine& coroutine) {
  const auto* at = static_cast<const std::byte*>(address);
  const std::byte* bottom = coroutine.stack().data();
  return at < bottom && at >= bottom - StackPool::kGuardSize;
}

/// Reports that the process ends, and which code has caused that.
void report_end(std::string_view what, std::string_view cause) {
  SignalSafeLine line;
  line.add(what).add(cause);
  if (const StackedCoroutine* coroutine = running_here(); coroutine != nullptr) {
    line.add("task ").add_name_of(coroutine->label());
  } else if (code_here != nullptr) {
    line.add(code_here->task).add(" of ").add(code_here->user_class);
  } else if (SchedulerCore::current() != nullptr) {
    line.add("code of cpp-worker, outside of tasks");
  } else if (::gettid() == ::getpid()) {
    line.add("the main thread, outside of the test");
  } else {
    line.add("a thread that the locustfile or a library has started, or a blocking call");
  }
  line.write();
}

void on_fault(int signal, siginfo_t* info, void* /*context*/) {
  const int saved_errno = errno;
  prepare_standard_error();
  Fault* const fault = std::find_if(faults.begin(), faults.end(),
                                    [signal](const Fault& one) { return one.signal == signal; });
  const StackedCoroutine* const coroutine = running_here();
  if (coroutine != nullptr && signal != SIGFPE && is_below_stack(info->si_addr, *coroutine)) {
    SignalSafeLine{}
        .add("Stack overflow in task ")
        .add_name_of(coroutine->label())
        .add(": it needs more than ")
        .add(coroutine->stack().size() / 1024)
        .add(" KiB; use less stack (search() instead of std::regex), or increase --stack-size")
        .write();
  } else {
    report_end(fault->name, " in ");
  }
  // Restore the previous handler: the instruction faults again and calls it.
  ::sigaction(signal, &fault->previous_action, nullptr);
  if (info->si_code <= 0) {
    ::raise(signal);  // another process sent it: it does not occur again on its own
  }
  errno = saved_errno;
}

/// abort() continues after this returns. The previous handler receives the signal.
void on_abort(int signal) {
  const int saved_errno = errno;
  prepare_standard_error();
  if (!end_is_reported.exchange(true)) report_end("Program ended by abort()", " in ");
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
  end_is_reported = true;
  report_end("Program ended", " by ");
  // A forked process has no thread that writes the log.
  if (previous_terminate != nullptr && !is_forked_child()) {
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
    action.sa_sigaction = on_fault;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    ::sigemptyset(&action.sa_mask);
    for (Fault& fault : faults) ::sigaction(fault.signal, &action, &fault.previous_action);
    struct sigaction on_abort_action {};
    on_abort_action.sa_handler = on_abort;
    on_abort_action.sa_flags = SA_ONSTACK;
    ::sigemptyset(&on_abort_action.sa_mask);
    ::sigaction(SIGABRT, &on_abort_action, &previous_abort_action);
    previous_terminate = std::set_terminate(on_terminate);
  });
}

UserCodeHere::UserCodeHere(const Label& label)
    : label_{label}, outer_{std::exchange(code_here, &label_)} {}

UserCodeHere::~UserCodeHere() { code_here = outer_; }

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
