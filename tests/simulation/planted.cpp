#include "planted.hpp"

#include <string>

namespace cppworker::simulation {
namespace {

std::string planted;

}  // namespace

bool is_planted(std::string_view name) { return name == planted; }

void plant(std::string_view name) { planted = name; }

}  // namespace cppworker::simulation
