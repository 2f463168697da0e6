#include <string>
#include <utility>

#include "protobuf/convert.hpp"
#include "protobuf/scalar.hpp"
#include "protobuf/well_known.hpp"

namespace cppworker::protobuf {

namespace pb = google::protobuf;

namespace {

Value value_of_element(const pb::Message& message, const pb::FieldDescriptor& field, int index,
                       int depth) {
  if (field.cpp_type() != pb::FieldDescriptor::CPPTYPE_MESSAGE) {
    return value_of_scalar(message, field, index);
  }
  const pb::Reflection& fields = *message.GetReflection();
  return value_of_message(index < 0 ? fields.GetMessage(message, &field)
                                    : fields.GetRepeatedMessage(message, &field, index),
                          depth + 1);
}

/// As in JSON, the keys are text: `reply["counts"]["7"]`.
Value value_of_map(const pb::Message& message, const pb::FieldDescriptor& field, int depth) {
  const pb::Reflection& fields = *message.GetReflection();
  const pb::FieldDescriptor& key = *field.message_type()->map_key();
  Value::Map map;
  for (int i = 0; i < fields.FieldSize(message, &field); ++i) {
    const pb::Message& entry = fields.GetRepeatedMessage(message, &field, i);
    const Value name = value_of_scalar(entry, key, -1);
    const bool* const truth = name.as_bool();
    map.emplace_back(truth == nullptr ? name.str() : std::string(*truth ? "true" : "false"),
                     value_of_element(entry, *field.message_type()->map_value(), -1, depth));
  }
  return map;
}

}  // namespace

Value value_of_message(const pb::Message& message, int depth) {
  const pb::Descriptor& type = *message.GetDescriptor();
  if (is_well_known(type)) return value_of_well_known(message, depth);
  const pb::Reflection& fields = *message.GetReflection();
  Value::Map map;
  map.reserve(static_cast<std::size_t>(type.field_count()));
  for (int i = 0; i < type.field_count(); ++i) {
    const pb::FieldDescriptor& field = *type.field(i);
    std::string name(field.name());
    if (field.is_map()) {
      map.emplace_back(std::move(name), value_of_map(message, field, depth));
    } else if (field.is_repeated()) {
      Value::List list;
      const int size = fields.FieldSize(message, &field);
      list.reserve(static_cast<std::size_t>(size));
      for (int at = 0; at < size; ++at) list.push_back(value_of_element(message, field, at, depth));
      map.emplace_back(std::move(name), std::move(list));
    } else if (!field.has_presence() || fields.HasField(message, &field)) {
      map.emplace_back(std::move(name), value_of_element(message, field, -1, depth));
    }
  }
  return map;
}

}  // namespace cppworker::protobuf
