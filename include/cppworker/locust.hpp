#pragma once

/// Includes every public header that a locustfile needs.
#include <cppworker/argument.hpp>
#include <cppworker/blocking.hpp>
#include <cppworker/cookies.hpp>
#include <cppworker/data_feeder.hpp>
#include <cppworker/dates.hpp>
#include <cppworker/encoding.hpp>
#include <cppworker/env.hpp>
#include <cppworker/environment.hpp>
#include <cppworker/events.hpp>
#include <cppworker/exception.hpp>
#include <cppworker/fast_http_user.hpp>
#include <cppworker/files.hpp>
#include <cppworker/future.hpp>
#include <cppworker/gather.hpp>
#include <cppworker/hashing.hpp>
#include <cppworker/http_options.hpp>
#include <cppworker/http_response.hpp>
#include <cppworker/http_session.hpp>
#include <cppworker/http_user.hpp>
#include <cppworker/json.hpp>
#include <cppworker/load_test_shape.hpp>
#include <cppworker/locustfile.hpp>
#include <cppworker/logging.hpp>
#include <cppworker/parsed_options.hpp>
#include <cppworker/random.hpp>
#include <cppworker/regex.hpp>
#include <cppworker/shard_local.hpp>
#include <cppworker/spawn.hpp>
#include <cppworker/sync.hpp>
#include <cppworker/task.hpp>
#include <cppworker/task_set.hpp>
#include <cppworker/tcp_stream.hpp>
#include <cppworker/text.hpp>
#include <cppworker/time.hpp>
#include <cppworker/tls.hpp>
#include <cppworker/udp_socket.hpp>
#include <cppworker/user.hpp>
#include <cppworker/value.hpp>
#include <cppworker/wait_time.hpp>
#include <cppworker/waiting.hpp>

namespace cppworker {

/// The literals 1s, 100ms and so on: a locustfile needs only `using namespace cppworker;`.
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

}  // namespace cppworker
