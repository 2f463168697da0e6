#pragma once

namespace cppworker::app {

/// From now on, a process that user code forks writes no log, does not go on with the users, and
/// runs no function that is registered with atexit() (destructors of static objects wait for
/// threads that it does not have). SIGINT and SIGTERM end it. Call it when all static objects of
/// the program exist. Programs that it executes are not affected.
void contain_forked_children();

}  // namespace cppworker::app
