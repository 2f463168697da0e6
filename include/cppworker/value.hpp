#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
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
/// The type in which Value::get(key, default) and value_or() return a default of type T.
template <class T>
struct Default {
  using Type = T;
};
template <>
struct Default<const char*> {
  using Type = std::string;
};
template <>
struct Default<std::string_view> {
  using Type = std::string;
};
template <class V>
class Members;
}  // namespace detail

/// Any value in JSON or in a Locust message: Python's None, bool, int, float, str, bytes, list or
/// tuple, and dict. It owns its content, and a copy is deep. No call suspends.
///
///     Value body{{"id", 7}, {"user", {{"name", "ann"}}}};             // a dict
///     body["ids"] = Value::List{1, 2, 3};                             // or a std::vector<int>
///     for (const Value& id : body["ids"]) …
///     for (const auto& [key, member] : body.items()) …
///
/// Nested braces make a dict. For a list, write Value::List{…}.
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
  /// The place of a member that operator[] has not found. It can only be assigned to; a copy and
  /// any other use throw KeyError. to_json() and items() leave it out.
  class CPPWORKER_EXPORT Missing {
   public:
    explicit Missing(std::string key) : key_(std::move(key)) {}
    Missing(const Missing& other);
    Missing(Missing&&) noexcept = default;
    Missing& operator=(const Missing& other);
    Missing& operator=(Missing&&) noexcept = default;
    ~Missing() = default;
    bool operator==(const Missing&) const { fail(); }
    [[nodiscard]] const std::string& key() const { return key_; }
    [[noreturn]] void fail() const;  ///< throws the KeyError

   private:
    std::string key_;
  };

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
  /// A map: `Value body{{"id", 7}, {"tags", Value::List{"a", "b"}}}`.
  Value(std::initializer_list<std::pair<Value, Value>> members);
  /// A list of the elements.
  template <class T>
  requires std::convertible_to<const T&, Value> Value(
      const std::vector<T>& elements)  // NOLINT(google-explicit-constructor)
      : data_(List(elements.begin(), elements.end())) {}
  Value(const Value& other);
  Value(Value&& other) noexcept;
  ~Value();
  /// The copy is made before a member that is assigned to is added: body["a"] = body["b"].
  Value& operator=(Value other) & noexcept;
  template <detail::Character C>
  Value(C) = delete;  // a character is not a Value: write "a" for a text, int{c} for a number
  template <detail::NoText T>
  Value(T*) = delete;  // a pointer is not a Value: write *pointer

  [[nodiscard]] bool is_none() const { return as<std::monostate>() != nullptr; }
  // Pointers into this Value; nullptr if it holds another type.
  [[nodiscard]] const bool* as_bool() const& { return as<bool>(); }
  [[nodiscard]] const std::string* as_string() const& { return as<std::string>(); }
  [[nodiscard]] const Bytes* as_bytes() const& { return as<Bytes>(); }
  [[nodiscard]] const List* as_list() const& { return as<List>(); }
  [[nodiscard]] const Map* as_map() const& { return as<Map>(); }
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
  /// True if this is a map with a member `key`.
  [[nodiscard]] bool contains(std::string_view key) const { return find(key) != nullptr; }
  /// Like find(), but throws KeyError if there is none. For a temporary it returns the member
  /// itself, moved out.
  [[nodiscard]] const Value& operator[](std::string_view key) const&;
  [[nodiscard]] Value operator[](std::string_view key) const&& { return (*this)[key]; }
  [[nodiscard]] Value operator[](std::string_view key) &&;
  /// Member `key`, for reading and writing: `body["user"]["name"] = "ann"`. A member that is
  /// missing is added when it is assigned; None becomes a map. Reading a missing member throws
  /// KeyError. Throws TypeError if this holds another type. The reference is valid until members
  /// are added to this map.
  [[nodiscard]] Value& operator[](std::string_view key) &;
  /// The element of a list; -1 is the last one. Throws IndexError. For a temporary it returns the
  /// element itself, moved out.
  [[nodiscard]] const Value& operator[](std::ptrdiff_t index) const&;
  [[nodiscard]] Value operator[](std::ptrdiff_t index) const&& { return (*this)[index]; }
  [[nodiscard]] Value operator[](std::ptrdiff_t index) &&;
  [[nodiscard]] Value& operator[](std::ptrdiff_t index) &;
  /// Appends to a list. None and a missing member become a list. Throws TypeError if this holds
  /// another type.
  void push_back(Value element) &;
  /// The number of elements of a list, or of members of a map. Throws TypeError for other types.
  [[nodiscard]] std::size_t size() const;

  /// The elements of a list: `for (const Value& item : response.json()["items"])`. Throws
  /// TypeError if this holds another type; for a map use items().
  [[nodiscard]] const Value* begin() const&;
  [[nodiscard]] const Value* end() const&;
  [[nodiscard]] Value* begin() &;
  [[nodiscard]] Value* end() &;
  const Value* begin() const&& = delete;  // keep the Value in a variable first
  const Value* end() const&& = delete;    // keep the Value in a variable first
  /// The members of a map, like dict.items(): `for (const auto& [key, member] : json.items())`.
  /// `key` is a std::string. Throws TypeError if this holds another type or a key is not text.
  [[nodiscard]] detail::Members<const Value> items() const&;
  [[nodiscard]] detail::Members<Value> items() &;
  [[nodiscard]] detail::Members<Value> items() &&;

  /// A copy of the content as a bool, an integer, a double (an int converts), a std::string, a
  /// Value, or a Value::List, Map or Bytes: `response.json()["token"].get<std::string>()`. Throws
  /// TypeError if the Value holds another type, or an int that does not fit into T.
  template <class T>
  [[nodiscard]] T get() const {
    if constexpr (std::is_same_v<T, bool>) {
      return get_bool();
    } else if constexpr (std::is_integral_v<T>) {
      const std::int64_t wide = get_int64();
      if (!std::in_range<T>(wide)) throw TypeError("the int is out of range");
      return static_cast<T>(wide);
    } else if constexpr (std::is_floating_point_v<T>) {
      return static_cast<T>(get_double());
    } else if constexpr (std::is_same_v<T, Value>) {
      return *this;
    } else if constexpr (std::is_same_v<T, List>) {
      return get_list();
    } else if constexpr (std::is_same_v<T, Map>) {
      return get_map();
    } else if constexpr (std::is_same_v<T, Bytes>) {
      return get_bytes();
    } else {
      static_assert(std::is_same_v<T, std::string>,
                    "get<T>(): T is bool, an integer, double, std::string, Value, Value::List, "
                    "Value::Map or Value::Bytes");
      return get_string();
    }
  }
  /// Member `key` of a map, or `default_value` if there is none, like dict.get(): `json.get("n",
  /// 0)` is an int, `json.get("name", "")` a std::string. Throws TypeError if this is not a map or
  /// the member holds another type than the default.
  template <class T>
  [[nodiscard]] typename detail::Default<T>::Type get(std::string_view key, T default_value) const {
    using Type = typename detail::Default<T>::Type;
    const Value* member = get_member(key);
    return member != nullptr ? member->get<Type>() : Type(std::move(default_value));
  }
  /// The content like get(), or `default_value` if this is None: `json["count"].value_or(0)`.
  template <class T>
  [[nodiscard]] typename detail::Default<T>::Type value_or(T default_value) const {
    using Type = typename detail::Default<T>::Type;
    return is_none() ? Type(std::move(default_value)) : get<Type>();
  }
  /// The content like Python's str(): the text of a str, "7", "0.5", "True", "None". Throws
  /// TypeError for bytes, a list and a map (see to_json()).
  [[nodiscard]] std::string str() const;

  /// The content with its exact type, for code that distinguishes all types (packing).
  using Data = std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string,
                            Bytes, List, Map, Missing>;
  [[nodiscard]] const Data& data() const& { return data_; }
  const Data& data() const&& = delete;  // keep the Value in a variable first

  bool operator==(const Value& other) const;

 private:
  template <class V>
  friend class detail::Members;

  template <class T>
  [[nodiscard]] const T* as() const {
    const T* content = std::get_if<T>(&data_);
    if (content == nullptr) check_present();
    return content;
  }
  [[nodiscard]] bool is_missing() const { return std::holds_alternative<Missing>(data_); }
  void check_present() const {
    if (const auto* missing = std::get_if<Missing>(&data_)) missing->fail();
  }
  [[nodiscard]] const Value* get_member(std::string_view key) const;
  [[nodiscard]] const List& list() const;
  [[nodiscard]] const Map& map() const;
  [[nodiscard]] static const std::string& key_text(const Value& key);
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

namespace detail {

/// The members of a map, for a range-based for. It owns the map if that was a temporary.
/// @tparam V Value or const Value
template <class V>
class Members {
 public:
  struct Member {
    const std::string& key;
    V& value;
  };
  class Iterator {
   public:
    Iterator(Members& members, std::size_t index) : members_(members), index_(index) {
      skip_missing();
    }
    Member& operator*() {
      auto& [key, value] = members_.map()[index_];
      return member_.emplace(Member{Value::key_text(key), value});
    }
    Iterator& operator++() {
      ++index_;
      skip_missing();
      return *this;
    }
    bool operator==(const Iterator& other) const { return index_ == other.index_; }

   private:
    void skip_missing() {
      while (index_ < members_.map().size() && members_.map()[index_].second.is_missing()) ++index_;
    }
    Members& members_;
    std::size_t index_;
    std::optional<Member> member_;
  };

  explicit Members(V& value) : value_(value) {}
  explicit Members(Value&& value) : owned_(std::move(value)), value_(owned_) {}
  Members(const Members&) = delete;
  Members& operator=(const Members&) = delete;

  Iterator begin() { return {*this, 0}; }
  Iterator end() { return {*this, map().size()}; }

 private:
  auto& map() {
    using Map = std::conditional_t<std::is_const_v<V>, const Value::Map, Value::Map>;
    return const_cast<Map&>(value_.map());  // NOLINT: of a Value that is not const
  }
  Value owned_;
  V& value_;
};

}  // namespace detail

inline detail::Members<const Value> Value::items() const& {
  return detail::Members<const Value>(*this);
}
inline detail::Members<Value> Value::items() & { return detail::Members<Value>(*this); }
inline detail::Members<Value> Value::items() && { return detail::Members<Value>(std::move(*this)); }

}  // namespace cppworker
