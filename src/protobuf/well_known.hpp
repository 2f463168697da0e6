#pragma once

#include <google/protobuf/message.h>

#include <cppworker/value.hpp>

namespace cppworker::protobuf {

// The messages of google/protobuf/*.proto that JSON writes in a way of their own: a Timestamp is
// text, a Struct a map, an Int32Value a number.

[[nodiscard]] bool is_well_known(const google::protobuf::Descriptor& type);

/// @pre is_well_known(). As fill_message().
void fill_well_known(google::protobuf::Message& message, const Value& value);
/// @pre is_well_known(). As value_of_message().
[[nodiscard]] Value value_of_well_known(const google::protobuf::Message& message, int depth);

}  // namespace cppworker::protobuf
