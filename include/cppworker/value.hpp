#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <cppworker/detail/export.hpp>

namespace cppworker {

/// Value::operator[]: there is no such member; named as in Python.
class CPPWORKER_EXPORT KeyError : public std::out_of_range {
 public:
  using std::out_of_range::out_of_range;
};
/// Value::operator[]: there is no such element.
class CPPWORKER_EXPORT IndexError : public std::out_of_range {
 public:
  using std::out_of_range::out_of_range;
};

/// Value::get(): it holds something else than was asked for.
class CPPWORKER_EXPORT TypeError : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};

/// Anything a Locust message can carry: what Python's msgpack makes of None, bool, int, float, str,
/// bytes, list/tuple and dict. A plain value: copied deeply, no thread or lifetime rules.
class CPPWORKER_EXPORT Value {
 public:
  /// Raw bytes (Python `bytes`), kept apart from text.
  struct Bytes {
    std::string data;
    bool operator==(const Bytes&) const = default;
  };
  using List = std::vector<Value>;
  /// A dict in the order it was sent; keys may be of any type (masters send integer keys too).
  using Map = std::vector<std::pair<Value, Value>>;

  Value() = default;                                    ///< None
  Value(std::nullptr_t) {}                              // NOLINT(google-explicit-constructor)
  Value(bool b) : data_(b) {}                           // NOLINT(google-explicit-constructor)
  Value(int i) : data_(std::int64_t{i}) {}              // NOLINT(google-explicit-constructor)
  Value(std::int64_t i) : data_(i) {}                   // NOLINT(google-explicit-constructor)
  Value(std::uint64_t u) : data_(u) {}                  // NOLINT(google-explicit-constructor)
  Value(double d) : data_(d) {}                         // NOLINT(google-explicit-constructor)
  Value(const char* s) : data_(std::string(s)) {}       // NOLINT(google-explicit-constructor)
  Value(std::string s) : data_(std::move(s)) {}         // NOLINT(google-explicit-constructor)
  Value(std::string_view s) : data_(std::string(s)) {}  // NOLINT(google-explicit-constructor)
  Value(Bytes b) : data_(std::move(b)) {}               // NOLINT(google-explicit-constructor)
  Value(List l) : data_(std::move(l)) {}                // NOLINT(google-explicit-constructor)
  Value(Map m) : data_(std::move(m)) {}                 // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool is_none() const { return std::holds_alternative<std::monostate>(data_); }
  [[nodiscard]] const bool* as_bool() const { return std::get_if<bool>(&data_); }
  [[nodiscard]] const std::string* as_string() const { return std::get_if<std::string>(&data_); }
  [[nodiscard]] const Bytes* as_bytes() const { return std::get_if<Bytes>(&data_); }
  [[nodiscard]] const List* as_list() const { return std::get_if<List>(&data_); }
  [[nodiscard]] const Map* as_map() const { return std::get_if<Map>(&data_); }
  /// The number in an int (of either sign range) or float; false leaves `out` alone.
  bool to_double(double& out) const;
  /// The number in an int that fits; a float or an unfitting int is refused.
  bool to_int64(std::int64_t& out) const;
  /// Member `key` of a map with string keys; nullptr when absent or when this is no map.
  [[nodiscard]] const Value* find(std::string_view key) const;
  /// The same, but throws KeyError when absent. Of a temporary it is a copy.
  [[nodiscard]] const Value& operator[](std::string_view key) const&;
  [[nodiscard]] Value operator[](std::string_view key) && { return std::as_const(*this)[key]; }
  /// Element of a list. Throws IndexError.
  [[nodiscard]] const Value& operator[](std::size_t index) const&;
  [[nodiscard]] Value operator[](std::size_t index) && { return std::as_const(*this)[index]; }

  /// A copy of what it holds, as a bool, an integer, a double (of an int, too) or a std::string:
  /// `response.json()["token"].get<std::string>()`. Throws TypeError when it holds something else,
  /// or an integer that T can't hold.
  template <class T>
  [[nodiscard]] T get() const {
    if constexpr (std::is_same_v<T, bool>) {
      return get_bool();
    } else if constexpr (std::is_integral_v<T>) {
      const std::int64_t wide = get_int64();
      if (!std::in_range<T>(wide)) throw TypeError("the int is out of range");
      return static_cast<T>(wide);
    } else if constexpr (std::is_same_v<T, double>) {
      return get_double();
    } else {
      static_assert(std::is_same_v<T, std::string>,
                    "get<T>(): T is bool, an integer, double or std::string");
      return get_string();
    }
  }

  /// Exactly what was received or given: for code that must tell all kinds apart (packing).
  using Data = std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string,
                            Bytes, List, Map>;
  [[nodiscard]] const Data& data() const { return data_; }

  bool operator==(const Value&) const = default;

 private:
  [[nodiscard]] bool get_bool() const;
  [[nodiscard]] std::int64_t get_int64() const;
  [[nodiscard]] double get_double() const;
  [[nodiscard]] std::string get_string() const;

  Data data_;
};

}  // namespace cppworker
