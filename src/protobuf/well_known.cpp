#include "protobuf/well_known.hpp"

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/util/field_mask_util.h>
#include <google/protobuf/util/time_util.h>

#include "protobuf/convert.hpp"
#include "protobuf/scalar.hpp"

namespace cppworker::protobuf {

namespace pb = google::protobuf;

namespace {

using Type = pb::Descriptor;

const pb::FieldDescriptor& numbered(const pb::Message& message, int number) {
  return *message.GetDescriptor()->FindFieldByNumber(number);
}

std::string_view type_name(const pb::Message& message) {
  return message.GetDescriptor()->full_name();
}

const std::string& text_of(const pb::Message& message, std::string_view example,
                           const Value& value) {
  const std::string* const text = value.as_string();
  if (text == nullptr) {
    refuse("a " + std::string(type_name(message)), "a text like " + std::string(example), value);
  }
  return *text;
}

/// The same message as an object of its generated class.
template <class Generated>
Generated generated(const pb::Message& message) {
  Generated object;
  object.ParsePartialFromString(message.SerializePartialAsString());
  return object;
}

template <class Generated>
void assign(pb::Message& message, const Generated& object) {
  message.ParsePartialFromString(object.SerializeAsString());
}

template <class Generated>
void fill_time(pb::Message& message, std::string_view example, const Value& value) {
  Generated object;
  const std::string& text = text_of(message, example, value);
  if (!pb::util::TimeUtil::FromString(text, &object)) {
    refuse("a " + std::string(type_name(message)), "a text like " + std::string(example), value);
  }
  assign(message, object);
}

void fill_struct(pb::Message& message, const Value& value) {
  if (value.as_map() == nullptr) refuse("a google.protobuf.Struct", "a map", value);
  const pb::FieldDescriptor& fields = numbered(message, 1);
  for (const auto& [name, member] : value.items()) {
    pb::Message& entry = *message.GetReflection()->AddMessage(&message, &fields);
    put_scalar(entry, numbered(entry, 1), Value(name));
    fill_message(*entry.GetReflection()->MutableMessage(&entry, &numbered(entry, 2)), member);
  }
}

void fill_list(pb::Message& message, const Value& value) {
  if (value.as_list() == nullptr) refuse("a google.protobuf.ListValue", "a list", value);
  for (const Value& element : value) {
    fill_message(*message.GetReflection()->AddMessage(&message, &numbered(message, 1)), element);
  }
}

void fill_value(pb::Message& message, const Value& value) {
  enum { kNull = 1, kNumber, kText, kBool, kStruct, kList };
  const auto inner = [&](int number) -> pb::Message& {
    return *message.GetReflection()->MutableMessage(&message, &numbered(message, number));
  };
  double number = 0;
  if (value.is_none()) return put_scalar(message, numbered(message, kNull), Value(0));
  if (value.as_bool() != nullptr) return put_scalar(message, numbered(message, kBool), value);
  if (value.to_double(number)) return put_scalar(message, numbered(message, kNumber), number);
  if (value.as_string() != nullptr) return put_scalar(message, numbered(message, kText), value);
  if (value.as_list() != nullptr) return fill_list(inner(kList), value);
  if (value.as_map() != nullptr) return fill_struct(inner(kStruct), value);
  refuse("a google.protobuf.Value", "what JSON can represent", value);
}

constexpr std::string_view kTypeKey = "@type";

/// An empty message of the type that an Any names; null if it is not among the definitions.
std::unique_ptr<pb::Message> new_inner(const pb::Message& any, const std::string& url) {
  const std::string name = url.substr(url.rfind('/') + 1);
  const auto* const type = any.GetDescriptor()->file()->pool()->FindMessageTypeByName(name);
  if (type == nullptr) return nullptr;
  const pb::Message* const prototype = any.GetReflection()->GetMessageFactory()->GetPrototype(type);
  return std::unique_ptr<pb::Message>(prototype->New());
}

void fill_any(pb::Message& message, const Value& value) {
  const Value* const url = value.find(kTypeKey);
  if (url == nullptr || url->as_string() == nullptr) {
    throw std::invalid_argument(
        "a google.protobuf.Any is a map with \"@type\" (\"type.googleapis.com/package.Message\") "
        "and the fields of that message");
  }
  const std::unique_ptr<pb::Message> inner = new_inner(message, *url->as_string());
  if (inner == nullptr) {
    throw std::invalid_argument("a google.protobuf.Any: there is no message type '" +
                                *url->as_string() + "' in the definitions");
  }
  if (is_well_known(*inner->GetDescriptor())) {
    const Value* const content = value.find("value");
    if (content == nullptr) {
      throw std::invalid_argument("a google.protobuf.Any with a " + std::string(type_name(*inner)) +
                                  " has the member \"value\"");
    }
    fill_message(*inner, *content);
  } else {
    Value::Map members;
    for (const auto& [name, member] : value.items()) {
      if (name != kTypeKey) members.emplace_back(name, member);
    }
    fill_message(*inner, members);
  }
  put_scalar(message, numbered(message, 1), *url);
  put_scalar(message, numbered(message, 2), Value::Bytes{inner->SerializePartialAsString()});
}

/// protobuf's own limit, which begins again with the bytes of each Any.
constexpr int kDepthMax = 100;
/// What an Any counts: each one has a copy of its bytes, so ten nested ones are the most.
constexpr int kDepthOfAny = 10;

bool parse_inner(pb::Message& inner, const std::string& bytes, int depth) {
  pb::io::CodedInputStream stream(reinterpret_cast<const std::uint8_t*>(bytes.data()),  // NOLINT
                                  static_cast<int>(bytes.size()));
  stream.SetRecursionLimit(kDepthMax - depth);
  return inner.ParsePartialFromCodedStream(&stream) && stream.ConsumedEntireMessage();
}

Value value_of_any(const pb::Message& message, int depth) {
  const pb::FieldDescriptor& content = numbered(message, 2);
  const int inner_depth = depth + kDepthOfAny;
  Value url = value_of_scalar(message, numbered(message, 1), -1);
  std::unique_ptr<pb::Message> inner;
  if (inner_depth < kDepthMax) inner = new_inner(message, url.get<std::string>());
  Value::Map map;
  map.emplace_back(kTypeKey, std::move(url));
  std::string copy;  // not used: the bytes are in the message
  if (inner == nullptr ||
      !parse_inner(*inner, message.GetReflection()->GetStringReference(message, &content, &copy),
                   inner_depth)) {
    map.emplace_back("value", value_of_scalar(message, content, -1));
  } else if (Value value = value_of_message(*inner, inner_depth);
             is_well_known(*inner->GetDescriptor())) {
    map.emplace_back("value", std::move(value));
  } else {
    for (const auto& [name, member] : value.items()) map.emplace_back(name, std::move(member));
  }
  return map;
}

Value value_of_value(const pb::Message& message, int depth) {
  const pb::Reflection& fields = *message.GetReflection();
  const auto* const set =
      fields.GetOneofFieldDescriptor(message, message.GetDescriptor()->oneof_decl(0));
  if (set == nullptr || set->number() == 1) return {};
  if (set->cpp_type() != pb::FieldDescriptor::CPPTYPE_MESSAGE) {
    return value_of_scalar(message, *set, -1);
  }
  return value_of_message(fields.GetMessage(message, set), depth + 1);
}

Value value_of_struct(const pb::Message& message, int depth) {
  const pb::Reflection& fields = *message.GetReflection();
  const pb::FieldDescriptor& members = numbered(message, 1);
  Value::Map map;
  for (int i = 0; i < fields.FieldSize(message, &members); ++i) {
    const pb::Message& entry = fields.GetRepeatedMessage(message, &members, i);
    map.emplace_back(
        value_of_scalar(entry, numbered(entry, 1), -1),
        value_of_message(entry.GetReflection()->GetMessage(entry, &numbered(entry, 2)), depth + 1));
  }
  return map;
}

Value value_of_list(const pb::Message& message, int depth) {
  const pb::Reflection& fields = *message.GetReflection();
  Value::List list;
  for (int i = 0; i < fields.FieldSize(message, &numbered(message, 1)); ++i) {
    list.push_back(
        value_of_message(fields.GetRepeatedMessage(message, &numbered(message, 1), i), depth + 1));
  }
  return list;
}

}  // namespace

bool is_well_known(const pb::Descriptor& type) {
  return type.well_known_type() != Type::WELLKNOWNTYPE_UNSPECIFIED;
}

void fill_well_known(pb::Message& message, const Value& value) {
  switch (message.GetDescriptor()->well_known_type()) {
    case Type::WELLKNOWNTYPE_TIMESTAMP:
      return fill_time<pb::Timestamp>(message, "2026-11-30T12:00:00Z", value);
    case Type::WELLKNOWNTYPE_DURATION:
      return fill_time<pb::Duration>(message, "1.5s", value);
    case Type::WELLKNOWNTYPE_FIELDMASK: {
      pb::FieldMask mask;
      const std::string& text = text_of(message, "name,address.city", value);
      if (!pb::util::FieldMaskUtil::FromJsonString(text, &mask)) {
        refuse("a google.protobuf.FieldMask", "a text like name,address.city", value);
      }
      return assign(message, mask);
    }
    case Type::WELLKNOWNTYPE_ANY:
      return fill_any(message, value);
    case Type::WELLKNOWNTYPE_VALUE:
      return fill_value(message, value);
    case Type::WELLKNOWNTYPE_STRUCT:
      return fill_struct(message, value);
    case Type::WELLKNOWNTYPE_LISTVALUE:
      return fill_list(message, value);
    default:  // a wrapper: Int32Value, StringValue, …
      return put_scalar(message, numbered(message, 1), value);
  }
}

Value value_of_well_known(const pb::Message& message, int depth) {
  switch (message.GetDescriptor()->well_known_type()) {
    case Type::WELLKNOWNTYPE_TIMESTAMP:
      return pb::util::TimeUtil::ToString(generated<pb::Timestamp>(message));
    case Type::WELLKNOWNTYPE_DURATION:
      return pb::util::TimeUtil::ToString(generated<pb::Duration>(message));
    case Type::WELLKNOWNTYPE_FIELDMASK: {
      std::string text;
      pb::util::FieldMaskUtil::ToJsonString(generated<pb::FieldMask>(message), &text);
      return text;
    }
    case Type::WELLKNOWNTYPE_ANY:
      return value_of_any(message, depth);
    case Type::WELLKNOWNTYPE_VALUE:
      return value_of_value(message, depth);
    case Type::WELLKNOWNTYPE_STRUCT:
      return value_of_struct(message, depth);
    case Type::WELLKNOWNTYPE_LISTVALUE:
      return value_of_list(message, depth);
    default:
      return value_of_scalar(message, numbered(message, 1), -1);
  }
}

}  // namespace cppworker::protobuf
