#pragma once

#include <iosfwd>

#include <cppworker/events.hpp>

namespace cppworker::app {

struct Options;
struct UserCode;

/// The twin of Locust's run_single_user: one user of the class that --debug-user names, on this
/// thread and without a master; every request is printed to `out`. Fires `init` and `test_start`,
/// but not `test_stop`. Returns when the user has ended (--iterations): 0, or 1 if a request failed
/// or an exception left user code. Throws Error for an unknown class or an init function that
/// throws.
int run_debug_user(const Options& options, const UserCode& user_code, std::ostream& out);

/// The head of the table that the user's requests make: Locust's PrintListener with its
/// include_length.
void print_request_header(std::ostream& out);
/// A row of it; for an HTTP request also status, URL, headers and the beginning of the body.
void print_request(const RequestEvent& request, std::ostream& out);

}  // namespace cppworker::app
