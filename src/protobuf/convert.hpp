#pragma once

#include <google/protobuf/message.h>

#include <cppworker/value.hpp>

namespace cppworker::protobuf {

/// Sets the fields of an empty message from a map, by the rules of protobuf's JSON mapping. Throws
/// std::invalid_argument with the name of the field and what it takes. Needs stack in proportion to
/// the nesting, for a request of 100 levels more than a user has.
void fill_message(google::protobuf::Message& message, const Value& value);

/// The fields of a message, by their names in the .proto file. A field that is not set has its
/// default value, or is left out if "not set" is a state of its own. Needs stack as fill_message().
/// @param depth of the messages around it. An Any counts as ten of them; one that has no room for
///   its content keeps the bytes. So a Value never has more than 100 levels.
[[nodiscard]] Value value_of_message(const google::protobuf::Message& message, int depth = 0);

}  // namespace cppworker::protobuf
