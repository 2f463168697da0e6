#pragma once

#include <stdexcept>
#include <string>

#include <cppworker/detail/export.hpp>

namespace cppworker {

/// Thrown by start-up code for input that a person must mend (options, locustfiles); the text says
/// what to do. Caught in main, which prints it and exits with a non-zero code.
class CPPWORKER_EXPORT Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The types below are control flow, to be thrown by value. They are not derived from
// std::exception, as gevent's GreenletExit is no Exception: an author's
// `catch (const std::exception&)` must not swallow them. Let them pass through `catch (...)`.

/// Ends the user that throws it; the on_stop() of the TaskSets it is in and its own run. Also
/// thrown by the library, out of the call in which a user is suspended, when that user is stopped.
struct CPPWORKER_EXPORT StopUser {};

/// In a user it does what StopUser does, as in Locust 2.47, where the test goes on without that
/// user. To end the test from a task, stop the runner.
struct CPPWORKER_EXPORT StopTest {
  std::string message{};
};

/// Ends the running task; the user waits its wait time and goes on with another task.
struct CPPWORKER_EXPORT RescheduleTask {};

/// Ends the running task; the user goes on with another task without waiting.
struct CPPWORKER_EXPORT RescheduleTaskImmediately {};

/// Ends the running task and the TaskSet it belongs to: what TaskSet::interrupt() throws. Outside a
/// TaskSet it ends the user, without on_stop(), as in Locust.
struct CPPWORKER_EXPORT InterruptTaskSet {
  bool reschedule = true;  ///< the parent goes on at once; false: after its wait time
};

/// A request event with an `exception` that has no type of its own: `failure("text")` of a caught
/// response. Named as in Locust, whose statistics show it as `CatchResponseError('text')`.
class CPPWORKER_EXPORT CatchResponseError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace cppworker
