#pragma once

#include <string>
#include <vector>

namespace cppworker::app {

struct Options;
struct UserCode;

/// --web: starts a stock `locust --master` and joins it with the workers of this process. A signal
/// ends the master. When the master or all workers end, the others end too. Returns the master's
/// exit code or, if that is 0, the workers'. Call it on the main thread. Throws like
/// run_workers(), Error if Locust can't be started, and loader::Interrupted.
/// @param locustfile the text of the master's locustfile, in Python
/// @param arguments the values of the locustfile's own arguments, for the master's command line
int run_with_web_ui(const Options& options, const UserCode& user_code,
                    const std::string& locustfile, const std::vector<std::string>& arguments);

}  // namespace cppworker::app
