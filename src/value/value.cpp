#include <algorithm>
#include <array>
#include <iterator>
#include <limits>
#include <string>

#include <cppworker/value.hpp>

#include "value/float_text.hpp"

namespace cppworker {
namespace {

[[noreturn]] void throw_type_error(const char* expected, const Value& value) {
  constexpr std::array kNames{"None",  "a bool", "an int", "an int", "a float",
                              "a str", "bytes",  "a list", "a dict", "nothing"};
  static_assert(kNames.size() == std::variant_size_v<Value::Data>);
  if (const auto* missing = std::get_if<Value::Missing>(&value.data())) missing->fail();
  throw TypeError(std::string("expected ") + expected + ", got " + kNames.at(value.data().index()));
}

std::string key_error(std::string_view key) { return "'" + std::string(key) + "'"; }

}  // namespace

Value::Missing::Missing(const Missing& other) { other.fail(); }

Value::Missing& Value::Missing::operator=(const Missing& other) { other.fail(); }

Value::Value(std::initializer_list<std::pair<Value, Value>> members) : data_(Map(members)) {}
Value::Value(const Value& other) {
  const Map* const members = std::get_if<Map>(&other.data_);
  if (members == nullptr) {
    data_ = other.data_;
    return;
  }
  Map& copies = data_.emplace<Map>();
  copies.reserve(members->size());
  for (const auto& member : *members) {
    if (!member.second.is_missing()) copies.push_back(member);
  }
}
Value::Value(Value&& other) noexcept = default;
Value::~Value() = default;

Value& Value::operator=(Value other) & noexcept {
  data_ = std::move(other.data_);
  return *this;
}

bool Value::operator==(const Value& other) const {
  check_present();
  other.check_present();
  const Map* const mine = as_map();
  const Map* const theirs = other.as_map();
  if (mine == nullptr || theirs == nullptr) return data_ == other.data_;
  const auto is_present = [](const auto& member) { return !member.second.is_missing(); };
  auto left = mine->begin();
  auto right = theirs->begin();
  for (;;) {
    left = std::find_if(left, mine->end(), is_present);
    right = std::find_if(right, theirs->end(), is_present);
    if (left == mine->end() || right == theirs->end()) {
      return left == mine->end() && right == theirs->end();
    }
    if (*left++ != *right++) return false;
  }
}

void Value::Missing::fail() const { throw KeyError(key_error(key_)); }

bool Value::to_double(double& out) const {
  if (const auto* real = std::get_if<double>(&data_)) {
    out = *real;
  } else if (const auto* integer = std::get_if<std::int64_t>(&data_)) {
    out = static_cast<double>(*integer);
  } else if (const auto* unsigned_integer = std::get_if<std::uint64_t>(&data_)) {
    out = static_cast<double>(*unsigned_integer);
  } else {
    check_present();
    return false;
  }
  return true;
}

bool Value::to_int64(std::int64_t& out) const {
  if (const auto* integer = std::get_if<std::int64_t>(&data_)) {
    out = *integer;
    return true;
  }
  check_present();
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
  if (as_map() == nullptr) throw_type_error("a dict", *this);
  Value copy = *this;  // without the members that are missing
  return std::move(std::get<Map>(copy.data_));
}

const Value* Value::find(std::string_view key) const& {
  const Map* map = as_map();
  if (map == nullptr) {
    return nullptr;
  }
  for (const auto& [candidate, value] : *map) {
    const std::string* name = candidate.as_string();
    if (name != nullptr && *name == key) {
      return value.is_missing() ? nullptr : &value;
    }
  }
  return nullptr;
}

const Value& Value::operator[](std::string_view key) const& {
  if (const Value* value = find(key)) {
    return *value;
  }
  throw KeyError(key_error(key));
}

Value Value::operator[](std::string_view key) && {
  const Value& member = std::as_const(*this)[key];
  return std::move(const_cast<Value&>(member));  // NOLINT: of this temporary
}

Value& Value::operator[](std::string_view key) & {
  std::string absent(key);  // the name in the KeyError of a member that is only read
  if (auto* missing = std::get_if<Missing>(&data_)) {
    absent = missing->key();
    data_ = Map{};
  } else if (is_none()) {
    data_ = Map{};
  }
  auto& members = const_cast<Map&>(map());  // NOLINT: this is not const
  for (auto& [candidate, value] : members) {
    const std::string* name = candidate.as_string();
    if (name != nullptr && *name == key) return value;
  }
  Value& added = members.emplace_back(key, Value{}).second;
  added.data_.emplace<Missing>(std::move(absent));
  return added;
}

const Value& Value::operator[](std::ptrdiff_t index) const& {
  const List* list = as_list();
  const std::ptrdiff_t size = list == nullptr ? 0 : std::ssize(*list);
  if (index < -size || index >= size) {
    throw IndexError("list index out of range");
  }
  return (*list)[static_cast<std::size_t>(index < 0 ? index + size : index)];
}

Value Value::operator[](std::ptrdiff_t index) && {
  return std::move(const_cast<Value&>(std::as_const(*this)[index]));  // NOLINT: of this temporary
}

Value& Value::operator[](std::ptrdiff_t index) & {
  return const_cast<Value&>(std::as_const(*this)[index]);  // NOLINT: this is not const
}

void Value::push_back(Value element) & {
  if (is_missing() || is_none()) data_ = List{};
  const_cast<List&>(list()).push_back(std::move(element));  // NOLINT: this is not const
}

std::size_t Value::size() const {
  if (const List* elements = as_list()) return elements->size();
  const Map* members = as_map();
  if (members == nullptr) throw_type_error("a list or a dict", *this);
  return static_cast<std::size_t>(
      std::count_if(members->begin(), members->end(),
                    [](const auto& member) { return !member.second.is_missing(); }));
}

const Value* Value::begin() const& { return list().data(); }
const Value* Value::end() const& { return list().data() + list().size(); }
Value* Value::begin() & { return const_cast<Value*>(std::as_const(*this).begin()); }  // NOLINT
Value* Value::end() & { return const_cast<Value*>(std::as_const(*this).end()); }      // NOLINT

std::string Value::str() const {
  if (const std::string* text = as_string()) return *text;
  if (is_none()) return "None";
  if (const bool* flag = as_bool()) return *flag ? "True" : "False";
  if (const auto* integer = std::get_if<std::int64_t>(&data_)) return std::to_string(*integer);
  if (const auto* integer = std::get_if<std::uint64_t>(&data_)) return std::to_string(*integer);
  if (const auto* real = std::get_if<double>(&data_)) return value::float_text(*real);
  throw_type_error("a str, a number, a bool or None", *this);
}

const Value* Value::get_member(std::string_view key) const {
  static_cast<void>(map());
  return find(key);
}

const Value::List& Value::list() const {
  if (const List* elements = as_list()) return *elements;
  if (as_map() != nullptr) throw TypeError("expected a list, got a dict; use items() for a dict");
  throw_type_error("a list", *this);
}

const Value::Map& Value::map() const {
  if (const Map* members = as_map()) return *members;
  throw_type_error("a dict", *this);
}

const std::string& Value::key_text(const Value& key) {
  if (const std::string* text = key.as_string()) return *text;
  throw TypeError("items(): a key is not a str; use as_map()");
}

}  // namespace cppworker
