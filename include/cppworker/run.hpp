#pragma once

#include <cppworker/detail/export.hpp>
#include <cppworker/detail/locustfile_record.hpp>

namespace cppworker {

/// The locustfile that is linked into the executable: the definitions that CPPWORKER_LOCUSTFILE,
/// CPPWORKER_INIT, CPPWORKER_ARGUMENTS, CPPWORKER_SHAPE and CPPWORKER_FAIL_IF make there. All null
/// in `cpp-worker` itself.
struct LinkedLocustfile {
  const detail::AbiRecord* abi = nullptr;
  const detail::LocustfileRecord* record = nullptr;
  detail::InitFunction init = nullptr;
  const detail::ArgumentsRecord* arguments = nullptr;
  const detail::ShapeRecord* shape = nullptr;
  const detail::FailIfRecord* fail_if = nullptr;
};

/// The whole program: reads the command line, joins the master, runs users, and returns the exit
/// code. Call it once, from main, before you start any thread: it blocks the signals that it
/// handles, and starts threads. If you do not need a main of your own, link cppworker::main
/// instead.
CPPWORKER_EXPORT int run(int argc, char** argv, const LinkedLocustfile& linked);

}  // namespace cppworker
