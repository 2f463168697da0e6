#pragma once

#include <cppworker/detail/export.hpp>
#include <cppworker/wait_time.hpp>

namespace cppworker::detail {

/// The waiting coroutines of one shard, in the order of their arrival. Belongs to the shard that
/// uses it first; using it on another shard throws std::logic_error.
class CPPWORKER_EXPORT WaitList {
 public:
  WaitList() = default;
  WaitList(const WaitList&) = delete;
  WaitList& operator=(const WaitList&) = delete;

  /// The place of the running coroutine in the list, for the lifetime of this object.
  class CPPWORKER_EXPORT Place {
   public:
    explicit Place(WaitList& list);
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    /// Suspends until woken. False after `timeout`, or if waiting is impossible (unwinding). Throws
    /// StopUser if the user is stopped, possibly after it has been woken.
    bool wait(Seconds timeout);
    [[nodiscard]] bool woken() const { return woken_; }

   private:
    friend class WaitList;
    WaitList& list_;
    void* coroutine_ = nullptr;
    Place* next_ = nullptr;
    bool woken_ = false;
  };

  /// Wakes the first coroutine. False if none waits.
  bool wake_first();
  void wake_all();
  /// Throws std::logic_error if a shard other than the first one calls it.
  void check_shard();

 private:
  void remove(Place& place);

  Place* first_ = nullptr;
  const void* scheduler_ = nullptr;
};

}  // namespace cppworker::detail
