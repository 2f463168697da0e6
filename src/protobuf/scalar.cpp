#include "protobuf/scalar.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <utility>
#include <variant>

#include <cppworker/encoding.hpp>
#include <cppworker/exception.hpp>

namespace cppworker::protobuf {

namespace pb = google::protobuf;

namespace {

std::string_view kind_of(const Value& value) {
  constexpr std::array<std::string_view, 9> kNames{
      "None", "a bool", "an int", "an int", "a float", "a text", "bytes", "a list", "a map"};
  return kNames.at(value.data().index());
}

template <class Number>
std::optional<Number> parsed(const std::string& text) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

template <class Integer>
Integer integer_of(const pb::FieldDescriptor& field, const Value& value) {
  std::optional<Integer> number;
  if (const auto* signed_int = std::get_if<std::int64_t>(&value.data())) {
    if (std::in_range<Integer>(*signed_int)) number = static_cast<Integer>(*signed_int);
  } else if (const auto* unsigned_int = std::get_if<std::uint64_t>(&value.data())) {
    if (std::in_range<Integer>(*unsigned_int)) number = static_cast<Integer>(*unsigned_int);
  } else if (const auto* floating = std::get_if<double>(&value.data())) {
    // As in JSON: 1e3 is an integer, too.
    constexpr double kBits = std::numeric_limits<Integer>::digits;
    const double limit = std::ldexp(1.0, static_cast<int>(kBits));
    const double lowest = std::is_signed_v<Integer> ? -limit : 0.0;
    if (std::trunc(*floating) == *floating && *floating >= lowest && *floating < limit) {
      number = static_cast<Integer>(*floating);
    }
  } else if (const std::string* const text = value.as_string()) {
    number = parsed<Integer>(*text);  // JSON writes 64-bit integers as text
  }
  if (!number) {
    refuse(name_of(field), "an integer (" + std::string(field.type_name()) + ")", value);
  }
  return *number;
}

double number_of(const pb::FieldDescriptor& field, const Value& value) {
  double number = 0;
  if (value.to_double(number)) return number;
  if (const std::string* const text = value.as_string()) {
    if (const auto found = parsed<double>(*text)) return *found;
    if (*text == "NaN") return std::numeric_limits<double>::quiet_NaN();
    if (*text == "Infinity") return std::numeric_limits<double>::infinity();
    if (*text == "-Infinity") return -std::numeric_limits<double>::infinity();
  }
  refuse(name_of(field), "a number", value);
}

bool bool_of(const pb::FieldDescriptor& field, const Value& value) {
  if (const bool* const content = value.as_bool()) return *content;
  const std::string* const text = value.as_string();
  const bool is_key = field.containing_type()->map_key() == &field;
  if (is_key && text != nullptr && (*text == "true" || *text == "false")) return *text == "true";
  refuse(name_of(field), "a bool", value);
}

int enum_of(const pb::FieldDescriptor& field, const Value& value) {
  const pb::EnumDescriptor& type = *field.enum_type();
  if (std::int64_t number = 0; value.to_int64(number)) {
    if (std::in_range<std::int32_t>(number)) return static_cast<int>(number);
  } else if (const std::string* const name = value.as_string()) {
    if (const auto* const found = type.FindValueByName(*name)) return found->number();
    std::string names;
    for (int i = 0; i < std::min(type.value_count(), 20); ++i) {
      names.append(i == 0 ? "" : ", ").append(type.value(i)->name());
    }
    throw std::invalid_argument(name_of(field) + ": " + std::string(type.full_name()) +
                                " has no value '" + *name + "'; it has: " + names);
  }
  refuse(name_of(field), "the name or number of a value of " + std::string(type.full_name()),
         value);
}

std::string bytes_of(const pb::FieldDescriptor& field, const Value& value) {
  if (const Value::Bytes* const bytes = value.as_bytes()) return bytes->data;
  if (const std::string* const text = value.as_string()) {
    try {
      return base64_decode(*text);
    } catch (const Error&) {
      throw std::invalid_argument(name_of(field) +
                                  " takes bytes: write Value::Bytes{…}, or text in base64");
    }
  }
  refuse(name_of(field), "bytes (Value::Bytes, or text in base64)", value);
}

bool is_utf8(std::string_view text) {
  const auto byte = [&](std::size_t at) -> unsigned {
    return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
  };
  for (std::size_t at = 0; at < text.size();) {
    const unsigned first = byte(at);
    const unsigned second = byte(at + 1);
    std::size_t length = 0;
    if (first < 0x80) length = 1;
    if (first >= 0xC2 && first < 0xE0) length = 2;
    if (first >= 0xE0 && first < 0xF0) length = 3;
    if (first >= 0xF0 && first < 0xF5) length = 4;
    if (length == 0) return false;
    for (std::size_t i = 1; i < length; ++i) {
      if ((byte(at + i) & 0xC0U) != 0x80) return false;
    }
    const bool is_too_long = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
    const bool is_no_character =
        (first == 0xED && second > 0x9F) || (first == 0xF4 && second > 0x8F);
    if (is_too_long || is_no_character) return false;
    at += length;
  }
  return true;
}

const std::string& text_of_string(const pb::FieldDescriptor& field, const Value& value) {
  const std::string* const text = value.as_string();
  if (text == nullptr) refuse(name_of(field), "a string", value);
  if (!is_utf8(*text)) {
    throw std::invalid_argument(name_of(field) +
                                " takes UTF-8; other bytes need a field of the type bytes");
  }
  return *text;
}

/// The double with the same shortest text as the float: 0.1 instead of 0.10000000149011612.
double widened(float number) {
  if (!std::isfinite(number)) return number;
  std::array<char, 32> text{};
  const auto written = std::to_chars(text.data(), text.data() + text.size(), number);
  double wide = 0;
  std::from_chars(text.data(), written.ptr, wide);
  return wide;
}

Value value_of_enum(const pb::FieldDescriptor& field, int number) {
  const auto* const found = field.enum_type()->FindValueByNumber(number);
  return found == nullptr ? Value(number) : Value(std::string(found->name()));
}

Value value_of_text(const pb::FieldDescriptor& field, std::string text) {
  if (field.type() == pb::FieldDescriptor::TYPE_BYTES) return Value::Bytes{std::move(text)};
  return text;
}

}  // namespace

void refuse(std::string_view what, std::string_view expected, const Value& value) {
  std::string text = std::string(what) + " takes " + std::string(expected) + ", not ";
  text += kind_of(value);
  if (const std::string* const content = value.as_string(); content != nullptr) {
    text += " ('" + content->substr(0, 100) + "')";
  } else if (std::holds_alternative<std::int64_t>(value.data()) ||
             std::holds_alternative<std::uint64_t>(value.data()) ||
             std::holds_alternative<double>(value.data())) {
    text += " (" + value.str() + ")";
  }
  throw std::invalid_argument(text);
}

void put_scalar(pb::Message& message, const pb::FieldDescriptor& field, const Value& value) {
  const pb::Reflection& fields = *message.GetReflection();
  const bool appends = field.is_repeated();
  using Field = pb::FieldDescriptor;
  switch (field.cpp_type()) {
    case Field::CPPTYPE_INT32: {
      const auto number = integer_of<std::int32_t>(field, value);
      return appends ? fields.AddInt32(&message, &field, number)
                     : fields.SetInt32(&message, &field, number);
    }
    case Field::CPPTYPE_INT64: {
      const auto number = integer_of<std::int64_t>(field, value);
      return appends ? fields.AddInt64(&message, &field, number)
                     : fields.SetInt64(&message, &field, number);
    }
    case Field::CPPTYPE_UINT32: {
      const auto number = integer_of<std::uint32_t>(field, value);
      return appends ? fields.AddUInt32(&message, &field, number)
                     : fields.SetUInt32(&message, &field, number);
    }
    case Field::CPPTYPE_UINT64: {
      const auto number = integer_of<std::uint64_t>(field, value);
      return appends ? fields.AddUInt64(&message, &field, number)
                     : fields.SetUInt64(&message, &field, number);
    }
    case Field::CPPTYPE_DOUBLE: {
      const double number = number_of(field, value);
      return appends ? fields.AddDouble(&message, &field, number)
                     : fields.SetDouble(&message, &field, number);
    }
    case Field::CPPTYPE_FLOAT: {
      const auto number = static_cast<float>(number_of(field, value));
      return appends ? fields.AddFloat(&message, &field, number)
                     : fields.SetFloat(&message, &field, number);
    }
    case Field::CPPTYPE_BOOL: {
      const bool content = bool_of(field, value);
      return appends ? fields.AddBool(&message, &field, content)
                     : fields.SetBool(&message, &field, content);
    }
    case Field::CPPTYPE_ENUM: {
      const int number = enum_of(field, value);
      return appends ? fields.AddEnumValue(&message, &field, number)
                     : fields.SetEnumValue(&message, &field, number);
    }
    case Field::CPPTYPE_STRING: {
      std::string text =
          field.type() == Field::TYPE_BYTES ? bytes_of(field, value) : text_of_string(field, value);
      return appends ? fields.AddString(&message, &field, std::move(text))
                     : fields.SetString(&message, &field, std::move(text));
    }
    case Field::CPPTYPE_MESSAGE:
      break;
  }
  throw std::logic_error(name_of(field) + " is a message");
}

Value value_of_scalar(const pb::Message& message, const pb::FieldDescriptor& field, int index) {
  const pb::Reflection& fields = *message.GetReflection();
  const bool is_single = index < 0;
  using Field = pb::FieldDescriptor;
  switch (field.cpp_type()) {
    case Field::CPPTYPE_INT32:
      return is_single ? fields.GetInt32(message, &field)
                       : fields.GetRepeatedInt32(message, &field, index);
    case Field::CPPTYPE_INT64:
      return is_single ? fields.GetInt64(message, &field)
                       : fields.GetRepeatedInt64(message, &field, index);
    case Field::CPPTYPE_UINT32:
      return is_single ? fields.GetUInt32(message, &field)
                       : fields.GetRepeatedUInt32(message, &field, index);
    case Field::CPPTYPE_UINT64:
      return is_single ? fields.GetUInt64(message, &field)
                       : fields.GetRepeatedUInt64(message, &field, index);
    case Field::CPPTYPE_DOUBLE:
      return is_single ? fields.GetDouble(message, &field)
                       : fields.GetRepeatedDouble(message, &field, index);
    case Field::CPPTYPE_FLOAT:
      return widened(is_single ? fields.GetFloat(message, &field)
                               : fields.GetRepeatedFloat(message, &field, index));
    case Field::CPPTYPE_BOOL:
      return is_single ? fields.GetBool(message, &field)
                       : fields.GetRepeatedBool(message, &field, index);
    case Field::CPPTYPE_ENUM:
      return value_of_enum(field, is_single ? fields.GetEnumValue(message, &field)
                                            : fields.GetRepeatedEnumValue(message, &field, index));
    case Field::CPPTYPE_STRING:
      return value_of_text(field, is_single ? fields.GetString(message, &field)
                                            : fields.GetRepeatedString(message, &field, index));
    case Field::CPPTYPE_MESSAGE:
      break;
  }
  throw std::logic_error(name_of(field) + " is a message");
}

}  // namespace cppworker::protobuf
