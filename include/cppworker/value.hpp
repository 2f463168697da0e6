#pragma once

#include <concepts>
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

/// operator[] found no member of a Value, header or cookie with this name. Named as in Python; the
/// text is the repr() of the key.
class CPPWORKER_EXPORT KeyError : public std::out_of_range {
 public:
  using std::out_of_range::out_of_range;
};
/// Value::operator[]: the list has no element with this index.
class CPPWORKER_EXPORT IndexError : public std::out_of_range {
 public:
  using std::out_of_range::out_of_range;
};

/// Value::get(): the Value holds another type.
class CPPWORKER_EXPORT TypeError : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};

namespace detail {
template <class T>
concept Character = std::same_as<T, char> || std::same_as<T, wchar_t> || std::same_as<T, char8_t> ||
    std::same_as<T, char16_t> || std::same_as<T, char32_t>;
template <class T>
concept OtherInteger =
    std::integral<T> && !Character<T> && !std::same_as<T, bool> && !std::same_as<T, int>;
template <class T>
concept NoText = !std::same_as<std::remove_const_t<T>, char>;
}  // namespace detail

/// Any value in a Locust message: Python's None, bool, int, float, str, bytes, list or tuple, and
/// dict, as msgpack transfers them. It owns its content, and a copy is deep. No call suspends.
class CPPWORKER_EXPORT Value {
 public:
  /// Raw bytes (Python's `bytes`), as opposed to text.
  struct Bytes {
    std::string data;
    bool operator==(const Bytes&) const = default;
  };
  using List = std::vector<Value>;
  /// A dict in the order in which it was sent. Keys may be of any type; masters also send ints.
  using Map = std::vector<std::pair<Value, Value>>;

  Value() = default;                                         ///< None
  Value(std::nullptr_t) {}                                   // NOLINT(google-explicit-constructor)
  Value(std::same_as<bool> auto b) : data_(b) {}             // NOLINT(google-explicit-constructor)
  Value(std::vector<bool>::reference b) : Value(bool{b}) {}  // NOLINT(google-explicit-constructor)
  Value(int i) : data_(std::int64_t{i}) {}                   // NOLINT(google-explicit-constructor)
  template <detail::OtherInteger Integer>
  Value(Integer i)  // NOLINT(google-explicit-constructor)
      : data_(data_of(i)) {}
  Value(double d) : data_(d) {}                         // NOLINT(google-explicit-constructor)
  Value(const char* s) : data_(std::string(s)) {}       // NOLINT(google-explicit-constructor)
  Value(std::string s) : data_(std::move(s)) {}         // NOLINT(google-explicit-constructor)
  Value(std::string_view s) : data_(std::string(s)) {}  // NOLINT(google-explicit-constructor)
  Value(Bytes b) : data_(std::move(b)) {}               // NOLINT(google-explicit-constructor)
  Value(List l) : data_(std::move(l)) {}                // NOLINT(google-explicit-constructor)
  Value(Map m) : data_(std::move(m)) {}                 // NOLINT(google-explicit-constructor)
  template <detail::Character C>
  Value(C) = delete;  // a character is not a Value: write "a" for a text, int{c} for a number
  template <detail::NoText T>
  Value(T*) = delete;  // a pointer is not a Value: write *pointer

  [[nodiscard]] bool is_none() const { return std::holds_alternative<std::monostate>(data_); }
  // Pointers into this Value; nullptr if it holds another type.
  [[nodiscard]] const bool* as_bool() const& { return std::get_if<bool>(&data_); }
  [[nodiscard]] const std::string* as_string() const& { return std::get_if<std::string>(&data_); }
  [[nodiscard]] const Bytes* as_bytes() const& { return std::get_if<Bytes>(&data_); }
  [[nodiscard]] const List* as_list() const& { return std::get_if<List>(&data_); }
  [[nodiscard]] const Map* as_map() const& { return std::get_if<Map>(&data_); }
  const bool* as_bool() const&& = delete;           // of a temporary: use get<bool>()
  const std::string* as_string() const&& = delete;  // of a temporary: use get<std::string>()
  const Bytes* as_bytes() const&& = delete;         // of a temporary: use get<Value::Bytes>()
  const List* as_list() const&& = delete;           // of a temporary: use get<Value::List>()
  const Map* as_map() const&& = delete;             // of a temporary: use get<Value::Map>()
  /// Stores the value of an int or float in `out`. False for another type; then `out` is unchanged.
  [[nodiscard]] bool to_double(double& out) const;
  /// Stores the value of an int in `out`. False for another type, also float, and for an int that
  /// does not fit; then `out` is unchanged.
  [[nodiscard]] bool to_int64(std::int64_t& out) const;
  /// Member `key` of a map; nullptr if it is absent or this is not a map.
  [[nodiscard]] const Value* find(std::string_view key) const&;
  const Value* find(std::string_view key) const&& = delete;  // keep the Value in a variable first
  /// Like find(), but throws KeyError if there is none. For a temporary it returns a copy.
  [[nodiscard]] const Value& operator[](std::string_view key) const&;
  [[nodiscard]] Value operator[](std::string_view key) const&& { return (*this)[key]; }
  /// The element of a list. Throws IndexError. For a temporary it returns a copy.
  [[nodiscard]] const Value& operator[](std::size_t index) const&;
  [[nodiscard]] Value operator[](std::size_t index) const&& { return (*this)[index]; }

  /// A copy of the content as a bool, an integer, a double (an int converts), a std::string, or a
  /// Value::List, Map or Bytes: `response.json()["token"].get<std::string>()`. Throws TypeError if
  /// the Value holds another type, or an int that does not fit into T.
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
    } else if constexpr (std::is_same_v<T, List>) {
      return get_list();
    } else if constexpr (std::is_same_v<T, Map>) {
      return get_map();
    } else if constexpr (std::is_same_v<T, Bytes>) {
      return get_bytes();
    } else {
      static_assert(std::is_same_v<T, std::string>,
                    "get<T>(): T is bool, an integer, double, std::string, Value::List, "
                    "Value::Map or Value::Bytes");
      return get_string();
    }
  }

  /// The content with its exact type, for code that distinguishes all types (packing).
  using Data = std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string,
                            Bytes, List, Map>;
  [[nodiscard]] const Data& data() const& { return data_; }
  const Data& data() const&& = delete;  // keep the Value in a variable first

  bool operator==(const Value&) const = default;

 private:
  [[nodiscard]] bool get_bool() const;
  [[nodiscard]] std::int64_t get_int64() const;
  [[nodiscard]] double get_double() const;
  [[nodiscard]] std::string get_string() const;
  [[nodiscard]] Bytes get_bytes() const;
  [[nodiscard]] List get_list() const;
  [[nodiscard]] Map get_map() const;
  /// Every integer that fits is stored as std::int64_t, so that 7 and 7u are equal.
  template <class Integer>
  [[nodiscard]] static Data data_of(Integer i) {
    if (std::in_range<std::int64_t>(i)) return static_cast<std::int64_t>(i);
    return static_cast<std::uint64_t>(i);
  }

  Data data_;
};

}  // namespace cppworker
