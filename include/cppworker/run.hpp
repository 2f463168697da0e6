#pragma once

#include <cppworker/detail/export.hpp>
#include <cppworker/detail/locustfile_record.hpp>

namespace cppworker {

/// The locustfile that is linked into the executable, if any: what CPPWORKER_LOCUSTFILE,
/// CPPWORKER_INIT and CPPWORKER_ARGUMENTS define there. All null in `cpp-worker` itself.
struct LinkedLocustfile {
  const detail::AbiRecord* abi = nullptr;
  const detail::LocustfileRecord* record = nullptr;
  detail::InitFunction init = nullptr;
  const detail::ArgumentsRecord* arguments = nullptr;
};

/// The whole program: reads the command line, joins the master, returns the exit code. Call it
/// once, from main, before any thread exists: it blocks the signals that it handles and starts
/// threads. Link cppworker::main instead of calling it where an own main is not needed.
CPPWORKER_EXPORT int run(int argc, char** argv, const LinkedLocustfile& linked);

}  // namespace cppworker
