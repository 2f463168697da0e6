#pragma once

#include <iosfwd>

#include <cppworker/events.hpp>

namespace cppworker::app {

struct Options;
struct UserCode;

/// The counterpart of Locust's run_single_user. Runs one user of the class that --debug-user names,
/// on this thread and without a master, and prints every request to `out`. Runs the init functions
/// and fires `test_start`, but not `test_stop`. Returns when the user has ended (--iterations): 0,
/// or 1 if a request failed or an exception left user code. Throws Error for an unknown class, and
/// if an init function throws.
int run_debug_user(const Options& options, const UserCode& user_code, std::ostream& out);

/// Prints the head of the table of requests, as Locust's PrintListener does with include_length.
void print_request_header(std::ostream& out);
/// Prints a row of the table; for an HTTP request also status, URL, headers and the beginning of
/// the body.
void print_request(const RequestEvent& request, std::ostream& out);

}  // namespace cppworker::app
