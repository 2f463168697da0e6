#include <algorithm>
#include <stdexcept>
#include <string>
#include <variant>

#include "protobuf/convert.hpp"
#include "protobuf/scalar.hpp"
#include "protobuf/well_known.hpp"

namespace cppworker::protobuf {

namespace pb = google::protobuf;

namespace {

/// By the name in the .proto file, or the one in camel case that JSON uses.
const pb::FieldDescriptor& field_of(const pb::Descriptor& type, const std::string& name) {
  if (const auto* const field = type.FindFieldByName(name)) return *field;
  std::string names;
  for (int i = 0; i < type.field_count(); ++i) {
    if (type.field(i)->json_name() == name) return *type.field(i);
    if (i < 20) names.append(i == 0 ? "" : ", ").append(type.field(i)->name());
  }
  throw std::invalid_argument("the message " + std::string(type.full_name()) + " has no field '" +
                              name + "'; it has: " + (names.empty() ? "no fields" : names));
}

void put_element(pb::Message& message, const pb::FieldDescriptor& field, const Value& value) {
  if (field.cpp_type() != pb::FieldDescriptor::CPPTYPE_MESSAGE) {
    return put_scalar(message, field, value);
  }
  const pb::Reflection& fields = *message.GetReflection();
  pb::Message* const inner = field.is_repeated() ? fields.AddMessage(&message, &field)
                                                 : fields.MutableMessage(&message, &field);
  if (!is_well_known(*inner->GetDescriptor()) && value.as_map() == nullptr) {
    refuse(name_of(field), "a map (" + std::string(inner->GetDescriptor()->full_name()) + ")",
           value);
  }
  fill_message(*inner, value);
}

void put_map(pb::Message& message, const pb::FieldDescriptor& field, const Value& value) {
  if (value.as_map() == nullptr) refuse(name_of(field), "a map", value);
  for (const auto& [key, member] : *value.as_map()) {
    if (std::holds_alternative<Value::Missing>(member.data())) continue;
    pb::Message& entry = *message.GetReflection()->AddMessage(&message, &field);
    put_scalar(entry, *field.message_type()->map_key(), key);
    put_element(entry, *field.message_type()->map_value(), member);
  }
}

void put_field(pb::Message& message, const pb::FieldDescriptor& field, const Value& value) {
  const bool is_null_a_value =
      field.cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE && !field.is_repeated() &&
      field.message_type()->well_known_type() == pb::Descriptor::WELLKNOWNTYPE_VALUE;
  if (value.is_none() && !is_null_a_value) return;  // as in JSON: it is not set
  if (field.is_map()) return put_map(message, field, value);
  if (field.is_repeated()) {
    if (value.as_list() == nullptr) refuse(name_of(field), "a list", value);
    for (const Value& element : value) put_element(message, field, element);
    return;
  }
  if (const auto* const choice = field.real_containing_oneof();
      choice != nullptr && message.GetReflection()->HasOneof(message, choice)) {
    throw std::invalid_argument("only one field of the oneof " + std::string(choice->full_name()) +
                                " can be set; remove " + std::string(field.name()));
  }
  put_element(message, field, value);
}

}  // namespace

void fill_message(pb::Message& message, const Value& value) {
  const pb::Descriptor& type = *message.GetDescriptor();
  if (is_well_known(type)) return fill_well_known(message, value);
  if (value.as_map() == nullptr) {
    refuse("the message " + std::string(type.full_name()), "a map of its fields", value);
  }
  for (const auto& [name, member] : value.items()) {
    put_field(message, field_of(type, name), member);
  }
}

}  // namespace cppworker::protobuf
