#include <exception>
#include <new>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#endif

#include <cppworker/exception.hpp>
#include <cppworker/gather.hpp>
#include <cppworker/waiting.hpp>

#include "base/check.hpp"
#include "coro/scheduler.hpp"
#include "user/strand.hpp"

namespace cppworker::detail {

namespace {

/// One call of gather(). It is on the caller's stack, and the functions may refer to that stack. So
/// nothing can leave wait() before all coroutines have ended: neither a return nor an exception. If
/// one of them never ends, because it was parked, the caller is parked, too.
class Gathering {
 public:
  Gathering(coro::Coroutine& caller, std::span<const GatherCall> calls) : caller_(caller) {
    members_.reserve(calls.size());
    const Strand* const strand = Strand::of(caller);
    for (const GatherCall& call : calls) {
      members_.emplace_back(*this, strand == nullptr ? nullptr : strand->run, call);
    }
  }
  Gathering(const Gathering&) = delete;
  Gathering& operator=(const Gathering&) = delete;

  void wait() noexcept {
    start();
    while (running_ != 0) {
      if (caller_.stop_requested()) {
        stop();
        if (parked_ == running_) {
#if defined(__SANITIZE_ADDRESS__)
          __lsan_ignore_object(members_.data());  // kept until the process ends
#endif
          coro::this_coroutine::park();
        }
      }
      coro::this_coroutine::suspend_despite_stop();
    }
  }

  void rethrow_first() const {
    for (const Member& member : members_) {
      if (member.error != nullptr) {
        std::rethrow_exception(member.error);
      }
    }
  }

 private:
  struct Member : Strand {
    Member(Gathering& gathering_, UserRun* run_, GatherCall call_)
        : Strand{{&Gathering::on_parked}, run_}, gathering(gathering_), call(call_) {}
    Gathering& gathering;
    GatherCall call;
    coro::Coroutine* coroutine = nullptr;  // null: it has ended, or was not started
    std::exception_ptr error{};
  };

  void start() {
    coro::Scheduler& scheduler = *coro::Scheduler::current();
    for (Member& member : members_) {
      try {
        member.coroutine =
            &scheduler.spawn([&member] { member.gathering.run(member); }, caller_.label());
        member.coroutine->set_owner(&member);
        ++running_;
      } catch (const std::bad_alloc&) {
        member.error = std::make_exception_ptr(
            Error("gather() has no memory for the stack of a function. Raise the memory limits "
                  "(ulimit -v, vm.max_map_count), or gather fewer functions at a time."));
      }
    }
  }

  void stop() {
    for (const Member& member : members_) {
      if (member.coroutine != nullptr && !member.coroutine->stop_requested()) {
        member.coroutine->request_stop();
      }
    }
  }

  void run(Member& member) {
    try {
      member.call.call(member.call.slot);
    } catch (...) {  // also StopUser: the caller throws it
      member.error = std::current_exception();
    }
    member.coroutine = nullptr;
    DCHECK(running_ != 0);
    --running_;
    if (running_ == parked_) {
      caller_.resume();
    }
  }

  static void on_parked(coro::Coroutine::Owner& member) {
    Gathering& gathering = static_cast<Member&>(member).gathering;
    ++gathering.parked_;
    gathering.caller_.resume();
  }

  coro::Coroutine& caller_;
  std::vector<Member> members_;
  std::size_t running_ = 0;  // including those that were parked
  std::size_t parked_ = 0;
};

}  // namespace

void run_gathered(std::span<const GatherCall> calls) {
  coro::Coroutine& caller = coro::this_coroutine::self("gather");
  if (!coro::this_coroutine::check_stop()) {
    throw UnwindingError();
  }
  Gathering gathering(caller, calls);
  gathering.wait();
  if (!coro::this_coroutine::check_stop()) {
    throw UnwindingError();
  }
  gathering.rethrow_first();
}

}  // namespace cppworker::detail
