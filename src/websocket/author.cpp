#include "websocket/author.hpp"

#include <string>
#include <typeinfo>

#include <spdlog/spdlog.h>

#include <cppworker/environment.hpp>
#include <cppworker/events.hpp>
#include <cppworker/exception.hpp>

#include "http/http_client.hpp"
#include "user/life/user_run.hpp"
#include "user/shard.hpp"
#include "user/user_error.hpp"

namespace cppworker::websocket {

namespace {

/// Reports the exception that is being handled.
void report_user_error(http::HttpClient& http, const char* place) {
  const Environment& environment = http.environment;
  const std::string user_class =
      http.user == nullptr ? "" : detail::demangled_type(typeid(*http.user));
  const detail::UserErrorText text = detail::describe_current_exception(user_class, place);
  spdlog::error("{}\n{}", text.msg, text.traceback);
  environment.shard().control.user_error(text.msg, text.traceback);
  if (http.user == nullptr) return;
  try {
    environment.events.user_error.fire(
        {.user_instance = *http.user, .exception = text.msg, .tb = text.traceback});
  } catch (...) {  // control flow: there is no task to end
  }
}

void end_user(const http::HttpClient& http) {
  detail::UserRun* const run = http.user == nullptr ? nullptr : detail::UserRun::find(*http.user);
  if (run != nullptr) run->end_from_background();
}

}  // namespace

void run_guarded(http::HttpClient& http, const char* place, const std::function<void()>& function) {
  try {
    function();
  } catch (const StopUser&) {
    end_user(http);
  } catch (const StopTest&) {
    end_user(http);
  } catch (...) {
    report_user_error(http, place);
  }
}

}  // namespace cppworker::websocket
