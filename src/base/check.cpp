#include "base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace cppworker::base {

void check_failed(const char* condition, const char* file, int line) {
  // Written to stderr directly, because the log may be what is broken.
  std::fprintf(stderr, "cpp-worker: internal error: CHECK(%s) failed at %s:%d. Please report it.\n",
               condition, file, line);
  std::abort();
}

}  // namespace cppworker::base
