#pragma once

#include "stats/utf8.hpp"

namespace cppworker::protocol {

/// The only way by which a string gets into a message (see Packer::text).
using stats::to_utf8;

}  // namespace cppworker::protocol
