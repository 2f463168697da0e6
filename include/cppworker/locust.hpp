#pragma once

/// Everything a locustfile needs.
#include <cppworker/environment.hpp>
#include <cppworker/events.hpp>
#include <cppworker/exception.hpp>
#include <cppworker/http_session.hpp>
#include <cppworker/http_user.hpp>
#include <cppworker/locustfile.hpp>
#include <cppworker/task.hpp>
#include <cppworker/task_set.hpp>
#include <cppworker/user.hpp>
#include <cppworker/value.hpp>
#include <cppworker/wait_time.hpp>
