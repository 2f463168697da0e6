#pragma once

#include "loader/locustfile.hpp"

namespace cppworker::simulation {

/// The locustfile of the simulated worker: Shopper and Visitor.
[[nodiscard]] const loader::Locustfile& locustfile();

}  // namespace cppworker::simulation
