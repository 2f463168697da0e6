#include "protocol/value_codec.hpp"

#include <algorithm>
#include <cstddef>
#include <exception>
#include <limits>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <msgpack.hpp>

#include "protocol/sendable.hpp"
#include "text/utf8.hpp"

namespace cppworker::protocol {
namespace {

/// Packs each type of value. `depth` is the number of lists and maps around it.
class ValuePacker {
 public:
  ValuePacker(Packer& packer, std::size_t depth) : packer_(packer), depth_(depth) {}

  void operator()(std::monostate /*none*/) const { packer_.nil(); }
  void operator()(bool value) const { packer_.boolean(value); }
  void operator()(std::int64_t value) const { packer_.integer(value); }
  void operator()(std::uint64_t value) const { packer_.unsigned_integer(value); }
  void operator()(double value) const { packer_.real(value); }
  void operator()(const std::string& value) const { packer_.text(value); }
  void operator()(const Value::Bytes& value) const { packer_.bytes(value.data); }
  void operator()(const Value::Missing& /*unassigned*/) const { packer_.nil(); }

  void operator()(const Value::List& list) const {
    if (depth_ == kMaxDepth) {
      packer_.nil();
      return;
    }
    packer_.array(list.size());
    for (const Value& item : list) {
      pack_inner(item);
    }
  }

  void operator()(const Value::Map& map) const {
    if (depth_ == kMaxDepth || is_misleading_map(map)) {
      packer_.nil();
      return;
    }
    const auto is_missing = [](const auto& member) {  // see Value::Missing
      return std::holds_alternative<Value::Missing>(member.second.data());
    };
    packer_.map(map.size() -
                static_cast<std::size_t>(std::count_if(map.begin(), map.end(), is_missing)));
    for (const auto& [key, member] : map) {
      if (std::holds_alternative<Value::Missing>(member.data())) continue;
      if (is_sendable_key(key)) {
        pack_inner(key);
      } else {
        packer_.text("(unusable key)");
      }
      pack_inner(member);
    }
  }

 private:
  void pack_inner(const Value& value) const {
    std::visit(ValuePacker(packer_, depth_ + 1), value.data());
  }

  Packer& packer_;
  std::size_t depth_;
};

/// Builds a Value from the events of msgpack's parser. Containers grow with the items that are
/// really there: a header that announces four billion items allocates nothing.
class ValueBuilder : public msgpack::null_visitor {
 public:
  bool visit_nil() { return add(Value()); }
  bool visit_boolean(bool value) { return add(Value(value)); }
  bool visit_positive_integer(std::uint64_t value) {
    constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    return add(value <= kMax ? Value(static_cast<std::int64_t>(value)) : Value(value));
  }
  bool visit_negative_integer(std::int64_t value) { return add(Value(value)); }
  bool visit_float32(float value) { return add(Value(static_cast<double>(value))); }
  bool visit_float64(double value) { return add(Value(value)); }
  bool visit_str(const char* data, std::uint32_t size) {
    return add(Value(text::to_utf8(view(data, size))));
  }
  bool visit_bin(const char* data, std::uint32_t size) {
    return add(Value(Value::Bytes{std::string(view(data, size))}));
  }
  bool visit_ext(const char* data, std::uint32_t size) {
    return add(Value(Value::Bytes{std::string(view(data, size).substr(1))}));  // without its code
  }

  bool start_array(std::uint32_t /*count*/) { return open(Value::List()); }
  bool end_array() { return close(); }
  bool start_map(std::uint32_t /*count*/) { return open(Value::Map()); }
  bool end_map() { return close(); }

  void parse_error(std::size_t /*parsed*/, std::size_t at) {
    problem_ = "byte " + std::to_string(at) + " is not msgpack";
  }
  void insufficient_bytes(std::size_t /*parsed*/, std::size_t at) {
    problem_ = "truncated after " + std::to_string(at) + " bytes";
  }

  [[nodiscard]] const std::string& problem() const { return problem_; }
  [[nodiscard]] Value take() { return std::move(root_); }

 private:
  struct Open {
    std::variant<Value::List, Value::Map> items;
    bool has_key = false;  // of a map: the last pair has its key, but not yet its value
  };

  static std::string_view view(const char* data, std::uint32_t size) {
    return size == 0 ? std::string_view() : std::string_view(data, size);
  }

  bool add(Value value) {
    if (++values_ > kMaxValues) {
      problem_ = "more than " + std::to_string(kMaxValues) + " values";
      return false;
    }
    place(std::move(value));
    return true;
  }

  void place(Value value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return;
    }
    Open& inner = open_.back();
    if (auto* list = std::get_if<Value::List>(&inner.items)) {
      list->push_back(std::move(value));
      return;
    }
    auto& map = std::get<Value::Map>(inner.items);
    if (inner.has_key) {
      map.back().second = std::move(value);
    } else {
      map.emplace_back(std::move(value), Value());
    }
    inner.has_key = !inner.has_key;
  }

  bool open(std::variant<Value::List, Value::Map> items) {
    if (open_.size() > kMaxDepth) {  // one more than in a value, for the array of the message
      problem_ = "lists and maps nested more than " + std::to_string(kMaxDepth) + " deep";
      return false;
    }
    open_.push_back({std::move(items)});
    return true;
  }

  bool close() {
    auto items = std::move(open_.back().items);
    open_.pop_back();
    return add(std::visit([](auto& container) { return Value(std::move(container)); }, items));
  }

  Value root_;
  std::vector<Open> open_;  // from the outermost to the innermost
  std::size_t values_ = 0;
  std::string problem_ = "not msgpack";
};

Result<Value> parse(std::string_view bytes) {
  if (bytes.size() > kMaxMessageBytes) {
    return Failure{"it has " + std::to_string(bytes.size() >> 20U) + " MiB; the limit is " +
                   std::to_string(kMaxMessageBytes >> 20U) + " MiB"};
  }
  ValueBuilder builder;
  std::size_t offset = 0;
  if (!msgpack::parse(bytes.data(), bytes.size(), offset, builder)) {
    return Failure{builder.problem()};
  }
  if (offset < bytes.size()) {
    return Failure{std::to_string(bytes.size() - offset) + " bytes follow the message"};
  }
  return builder.take();
}

}  // namespace

void pack_value(Packer& packer, const Value& value) {
  std::visit(ValuePacker(packer, 0), value.data());
}

Result<Value> unpack_value(std::string_view bytes) noexcept {
  try {
    return parse(bytes);
  } catch (const std::exception& error) {  // out of memory, or a limit of msgpack-c
    return Failure{error.what()};
  }
}

}  // namespace cppworker::protocol
