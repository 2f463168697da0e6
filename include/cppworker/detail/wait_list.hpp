#pragma once

#include <cppworker/detail/export.hpp>
#include <cppworker/wait_time.hpp>

namespace cppworker::detail {

/// The coroutines of one shard that wait for something, first come, first served. Belongs to the
/// shard that uses it first; std::logic_error on any other.
class CPPWORKER_EXPORT WaitList {
 public:
  WaitList() = default;
  WaitList(const WaitList&) = delete;
  WaitList& operator=(const WaitList&) = delete;

  /// The running coroutine's place in the list, for as long as the object lives.
  class CPPWORKER_EXPORT Place {
   public:
    explicit Place(WaitList& list);
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    /// Suspends until woken; false: the timeout has passed, or waiting is impossible (unwinding).
    /// Throws StopUser, perhaps after having been woken.
    bool wait(Seconds timeout);
    [[nodiscard]] bool woken() const { return woken_; }

   private:
    friend class WaitList;
    WaitList& list_;
    void* coroutine_ = nullptr;
    Place* next_ = nullptr;
    bool woken_ = false;
  };

  /// False when nobody waits.
  bool wake_first();
  void wake_all();
  /// Throws std::logic_error when another shard than the first one calls it.
  void check_shard();

 private:
  void remove(Place& place);

  Place* first_ = nullptr;
  const void* scheduler_ = nullptr;
};

}  // namespace cppworker::detail
