#pragma once

#include <memory>

#include "net/connection.hpp"

namespace cppworker::mqtt {

/// Ends a connection after its last packet. The broker may still be sending: if the socket were
/// closed at once, the broker could fail to write, and would not read the DISCONNECT. So the
/// connection stays open until the broker has closed it, or for kFarewell. Any stack.
void say_farewell(std::unique_ptr<net::Connection> connection);

}  // namespace cppworker::mqtt
