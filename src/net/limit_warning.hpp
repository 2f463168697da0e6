#pragma once

namespace cppworker::net {

/// Logs which limit a connection that could not be opened has reached, and how to raise it: at most
/// once a minute for each limit. Nothing for other errors.
/// @param error EMFILE or ENFILE (from socket()), EADDRNOTAVAIL (from connect() to an IPv4 address)
void warn_of_limit(int error);

}  // namespace cppworker::net
