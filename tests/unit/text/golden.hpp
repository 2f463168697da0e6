#pragma once

#include <fstream>
#include <stdexcept>
#include <string>

#include <nlohmann/json.hpp>

namespace cppworker::text {

/// What Python made of the same texts: a section of what tests/golden/record_stats.py wrote.
inline nlohmann::json golden_samples(const std::string& section) {
  std::ifstream file(CPPWORKER_GOLDEN_DIR "/locust_stats.json");
  if (!file) {
    throw std::runtime_error("no golden file locust_stats.json");
  }
  return nlohmann::json::parse(file).at(section);
}

}  // namespace cppworker::text
