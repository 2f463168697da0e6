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

/// Ends the user that throws it; its on_stop() runs. Also thrown by the library, out of the call in
/// which a user is suspended, when that user is being stopped.
///
/// Not derived from std::exception, as gevent's GreenletExit is no Exception: an author's
/// `catch (const std::exception&)` must not swallow it. Let it pass through `catch (...)`.
struct CPPWORKER_EXPORT StopUser {};

/// Ends the running task; the user waits its wait time and goes on with another task.
struct CPPWORKER_EXPORT RescheduleTask {};

/// Ends the running task; the user goes on with another task without waiting.
struct CPPWORKER_EXPORT RescheduleTaskImmediately {};

/// A request event with an `exception` that has no type of its own: `failure("text")` of a caught
/// response. Named as in Locust, whose statistics show it as `CatchResponseError('text')`.
class CPPWORKER_EXPORT CatchResponseError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace cppworker
