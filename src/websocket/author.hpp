#pragma once

#include <functional>

namespace cppworker::http {
class HttpClient;
}

namespace cppworker::websocket {

/// Runs author's code on the scheduler's own stack, where an exception would end the process.
/// StopUser and StopTest end the user, as if a task had thrown them. Any other exception is
/// reported as an error of the user.
/// @param place for the report: "WebSocket::on_message"
void run_guarded(http::HttpClient& http, const char* place, const std::function<void()>& function);

}  // namespace cppworker::websocket
