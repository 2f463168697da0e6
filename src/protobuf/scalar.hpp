#pragma once

#include <string>
#include <string_view>

#include <google/protobuf/message.h>

#include <cppworker/value.hpp>

namespace cppworker::protobuf {

/// Throws std::invalid_argument: "field a.B.c takes a string, not an int".
[[noreturn]] void refuse(std::string_view what, std::string_view expected, const Value& value);
[[nodiscard]] inline std::string name_of(const google::protobuf::FieldDescriptor& field) {
  return "field " + std::string(field.full_name());
}

/// Sets a field that is not a message, or appends to it if it is repeated. Throws
/// std::invalid_argument.
void put_scalar(google::protobuf::Message& message, const google::protobuf::FieldDescriptor& field,
                const Value& value);

/// @param index of an element; -1: the field is not repeated
[[nodiscard]] Value value_of_scalar(const google::protobuf::Message& message,
                                    const google::protobuf::FieldDescriptor& field, int index);

}  // namespace cppworker::protobuf
