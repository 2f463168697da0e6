#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include <cppworker/value.hpp>

#include "protocol/packer.hpp"
#include "protocol/value_codec.hpp"

namespace cppworker::protocol {

/// A message recorded from a stock master or worker (compat-tests/record_golden.py).
struct Golden {
  std::string bytes;
  std::string direction;  ///< "master_to_worker" or "worker_to_master"
  std::string type;
};

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw std::runtime_error("no golden file " + path.string());
  }
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// All recorded messages by file name without extension.
inline const std::map<std::string, Golden>& golden_messages() {
  static const std::map<std::string, Golden> messages = [] {
    std::map<std::string, Golden> found;
    for (const auto& entry : std::filesystem::directory_iterator(CPPWORKER_GOLDEN_DIR)) {
      std::filesystem::path path = entry.path();
      if (path.extension() == ".msgpack") {
        Golden& golden = found[path.stem().string()];
        golden.bytes = read_file(path);
        const auto description = nlohmann::json::parse(read_file(path.replace_extension(".json")));
        golden.direction = description.at("direction");
        golden.type = description.at("type");
      }
    }
    return found;
  }();
  return messages;
}

inline std::string pack(const Value& value) {
  Packer packer;
  pack_value(packer, value);
  return std::move(packer).take();
}

inline Value unpack(const std::string& bytes) {
  Result<Value> value = unpack_value(bytes);
  if (!value) {
    throw std::runtime_error(value.error());
  }
  return std::move(value).value();
}

inline std::string frame(const Value& type, const Value& data) {
  return pack(Value::List{type, data, "worker_1"});
}

inline std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

/// The same with the members of every map in the order of their packed keys: what a Python dict
/// keeps in the order of insertion, our maps keep sorted.
inline Value sorted(const Value& value) {
  if (const Value::List* list = value.as_list()) {
    Value::List result;
    std::transform(list->begin(), list->end(), std::back_inserter(result), sorted);
    return result;
  }
  if (const Value::Map* map = value.as_map()) {
    std::map<std::string, std::pair<Value, Value>> members;
    for (const auto& [key, member] : *map) {
      members.insert_or_assign(pack(key), std::pair(key, sorted(member)));
    }
    Value::Map result;
    for (auto& [packed, member] : members) {
      result.push_back(std::move(member));
    }
    return result;
  }
  return value;
}

}  // namespace cppworker::protocol
