#include <array>
#include <limits>
#include <string>

#include <cppworker/value.hpp>

namespace cppworker {
namespace {

[[noreturn]] void throw_type_error(const char* expected, const Value& value) {
  constexpr std::array kNames{"None",  "a bool", "an int", "an int", "a float",
                              "a str", "bytes",  "a list", "a dict"};
  static_assert(kNames.size() == std::variant_size_v<Value::Data>);
  throw TypeError(std::string("expected ") + expected + ", got " + kNames.at(value.data().index()));
}

}  // namespace

bool Value::to_double(double& out) const {
  if (const auto* real = std::get_if<double>(&data_)) {
    out = *real;
  } else if (const auto* integer = std::get_if<std::int64_t>(&data_)) {
    out = static_cast<double>(*integer);
  } else if (const auto* unsigned_integer = std::get_if<std::uint64_t>(&data_)) {
    out = static_cast<double>(*unsigned_integer);
  } else {
    return false;
  }
  return true;
}

bool Value::to_int64(std::int64_t& out) const {
  if (const auto* integer = std::get_if<std::int64_t>(&data_)) {
    out = *integer;
    return true;
  }
  const auto* unsigned_integer = std::get_if<std::uint64_t>(&data_);
  if (unsigned_integer == nullptr ||
      *unsigned_integer > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return false;
  }
  out = static_cast<std::int64_t>(*unsigned_integer);
  return true;
}

bool Value::get_bool() const {
  if (const bool* value = as_bool()) return *value;
  throw_type_error("a bool", *this);
}

std::int64_t Value::get_int64() const {
  std::int64_t value = 0;
  if (to_int64(value)) return value;
  if (std::holds_alternative<std::uint64_t>(data_)) throw TypeError("the int is out of range");
  throw_type_error("an int", *this);
}

double Value::get_double() const {
  double value = 0;
  if (to_double(value)) return value;
  throw_type_error("a float", *this);
}

std::string Value::get_string() const {
  if (const std::string* value = as_string()) return *value;
  throw_type_error("a str", *this);
}

Value::Bytes Value::get_bytes() const {
  if (const Bytes* value = as_bytes()) return *value;
  throw_type_error("bytes", *this);
}

Value::List Value::get_list() const {
  if (const List* value = as_list()) return *value;
  throw_type_error("a list", *this);
}

Value::Map Value::get_map() const {
  if (const Map* value = as_map()) return *value;
  throw_type_error("a dict", *this);
}

const Value* Value::find(std::string_view key) const& {
  const Map* map = as_map();
  if (map == nullptr) {
    return nullptr;
  }
  for (const auto& [candidate, value] : *map) {
    const std::string* name = candidate.as_string();
    if (name != nullptr && *name == key) {
      return &value;
    }
  }
  return nullptr;
}

const Value& Value::operator[](std::string_view key) const& {
  if (const Value* value = find(key)) {
    return *value;
  }
  throw KeyError("'" + std::string(key) + "'");
}

const Value& Value::operator[](std::size_t index) const& {
  const List* list = as_list();
  if (list == nullptr || index >= list->size()) {
    throw IndexError("list index out of range");
  }
  return (*list)[index];
}

}  // namespace cppworker
