#pragma once

#include <stdexcept>
#include <string>

#include <cppworker/detail/export.hpp>

namespace cppworker {

/// Invalid user input: options, locustfiles, data files. The text states what is wrong and what to
/// do. At start-up, run() catches it, logs it and returns a non-zero exit code.
class CPPWORKER_EXPORT Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The types below are control flow; throw them by value. They do not derive from std::exception
// (nor does gevent's GreenletExit derive from Exception), so that `catch (const std::exception&)`
// in a locustfile does not swallow them. Rethrow them from `catch (...)`.

/// Ends the user that throws it. The on_stop() of the TaskSets that it is in run, then its own.
/// When a user is stopped, the call in which it is suspended throws this.
struct CPPWORKER_EXPORT StopUser {};

/// Ends the user that throws it, like StopUser. The test continues without that user, as in Locust
/// 2.47. To end the test from a task, stop the runner.
struct CPPWORKER_EXPORT StopTest {
  std::string message{};
};

/// Ends the running task. The user waits for its wait time, then runs another task.
struct CPPWORKER_EXPORT RescheduleTask {};

/// Ends the running task. The user runs another task without waiting.
struct CPPWORKER_EXPORT RescheduleTaskImmediately {};

/// Ends the running task and its TaskSet; TaskSet::interrupt() throws it. Outside of a TaskSet it
/// ends the user without on_stop(), as in Locust.
struct CPPWORKER_EXPORT InterruptTaskSet {
  bool reschedule = true;  ///< true: the parent continues at once; false: after its wait time
};

/// The failure of a request for which no other exception type fits, such as one that
/// CatchResponse::failure("text") has rejected. The statistics show it as
/// `CatchResponseError('text')`, as in Locust.
class CPPWORKER_EXPORT CatchResponseError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace cppworker
