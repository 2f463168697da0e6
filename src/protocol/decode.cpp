#include "protocol/decode.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <optional>
#include <string>
#include <utility>

#include "protocol/value_codec.hpp"
#include "text/log_text.hpp"

namespace cppworker::protocol {
namespace {

/// The maximum stop_timeout, ten years; longer ones are reduced to it. It must fit into the clock's
/// nanoseconds.
constexpr double kMaxStopTimeoutSeconds = 10 * 365.0 * 24 * 3600;

/// A count of users: an integer, or a float with an integral value.
std::optional<std::int64_t> to_count(const Value& value) {
  std::int64_t count = 0;
  if (!value.to_int64(count)) {
    double real = 0;
    if (!value.to_double(real) || !(real >= 0 && real <= static_cast<double>(kMaxUsers)) ||
        real != std::floor(real)) {
      return std::nullopt;
    }
    count = static_cast<std::int64_t>(real);
  }
  return count >= 0 && count <= kMaxUsers ? std::optional(count) : std::nullopt;
}

std::optional<double> to_finite(const Value* value) {
  double number = 0;
  const bool usable = value != nullptr && value->to_double(number) && std::isfinite(number);
  return usable ? std::optional(number) : std::nullopt;
}

/// The member of a map; nullptr if it is absent or None.
const Value* find_given(const Value& data, std::string_view key) {
  const Value* value = data.find(key);
  return value != nullptr && !value->is_none() ? value : nullptr;
}

Result<UserClassesCount> read_counts(const Value* value) {
  const Value::Map* map = value != nullptr ? value->as_map() : nullptr;
  if (map == nullptr) {
    return Failure{"user_classes_count is missing or not a map"};
  }
  UserClassesCount counts;
  std::int64_t sum = 0;
  for (const auto& [key, number] : *map) {
    const std::string* name = key.as_string();
    if (name == nullptr) {
      return Failure{"a class name in user_classes_count is not a string"};
    }
    const std::optional<std::int64_t> count = to_count(number);
    if (!count) {
      return Failure{"the count of class '" + text::quote_for_log(*name) +
                     "' is not a valid user count (0 to " + std::to_string(kMaxUsers) + ")"};
    }
    sum += *count;
    if (sum > kMaxUsers) {
      return Failure{"user_classes_count has more than " + std::to_string(kMaxUsers) + " users"};
    }
    counts[*name] = *count;
  }
  return counts;
}

Result<MasterMessage> read_ack(const Value& data) {
  Ack ack;
  const Value* index = find_given(data, "index");
  std::int64_t number = 0;
  if (index != nullptr && index->to_int64(number)) {
    ack.index = number;
  }
  return MasterMessage(ack);
}

Result<MasterMessage> read_spawn(const Value& data) {
  Spawn spawn;
  const std::optional<double> timestamp = to_finite(data.find("timestamp"));
  if (!timestamp) {
    return Failure{"timestamp is missing or not a number"};
  }
  spawn.timestamp = *timestamp;
  Result<UserClassesCount> counts = read_counts(data.find("user_classes_count"));
  if (!counts) {
    return Failure{counts.error()};
  }
  spawn.user_classes_count = std::move(counts).value();
  if (const Value* host = find_given(data, "host")) {
    if (host->as_string() == nullptr) {
      return Failure{"host is not a string"};
    }
    spawn.host = *host->as_string();
  }
  if (const Value* stop_timeout = find_given(data, "stop_timeout")) {
    const std::optional<double> seconds = to_finite(stop_timeout);
    if (!seconds) {
      return Failure{"stop_timeout is not a number of seconds"};
    }
    spawn.stop_timeout = std::clamp(*seconds, 0.0, kMaxStopTimeoutSeconds);
  }
  if (const Value* parsed_options = data.find("parsed_options")) {
    spawn.parsed_options = *parsed_options;
  }
  return MasterMessage(std::move(spawn));
}

Result<MasterMessage> read_spawning_complete(const Value& data) {
  const Value* user_count = data.find("user_count");
  const std::optional<std::int64_t> count =
      user_count != nullptr ? to_count(*user_count) : std::nullopt;
  if (!count) {
    return Failure{"user_count is missing or not a valid user count"};
  }
  return MasterMessage(ClusterSpawningComplete{*count});
}

Result<MasterMessage> read_update_user_class(Value data) {
  const Value* name = data.find("user_class_name");
  if (name == nullptr || name->as_string() == nullptr) {
    return Failure{"user_class_name is missing or not a string"};
  }
  return MasterMessage(UpdateUserClass{std::move(data)});
}

Result<MasterMessage> read_message(const std::string& type, Value data) {
  if (type == "ack") {
    return read_ack(data);
  }
  if (type == "spawn") {
    return read_spawn(data);
  }
  if (type == "spawning_complete") {
    return read_spawning_complete(data);
  }
  if (type == "stop") {
    return MasterMessage(Stop{});
  }
  if (type == "quit") {
    return MasterMessage(Quit{});
  }
  if (type == "reconnect") {
    return MasterMessage(Reconnect{});
  }
  if (type == "heartbeat") {
    return MasterMessage(HeartbeatAnswer{});
  }
  if (type == "update_user_class") {
    return read_update_user_class(std::move(data));
  }
  return MasterMessage(Custom{type, std::move(data)});
}

Result<MasterMessage> read_frame(Result<Value> frame) {
  if (!frame) {
    return Failure{"not a msgpack message: " + frame.error()};
  }
  const Value::List* parts = frame.value().as_list();
  if (parts == nullptr || parts->size() != 3) {
    return Failure{"not an array of type, data and node id"};
  }
  const std::string* type = (*parts)[0].as_string();
  if (type == nullptr) {
    return Failure{"the message's type is not a string"};
  }
  Result<MasterMessage> message = read_message(*type, (*parts)[1]);
  if (!message) {
    return Failure{"'" + text::quote_for_log(*type) + "': " + message.error()};
  }
  return message;
}

}  // namespace

Result<MasterMessage> decode(std::string_view bytes) noexcept {
  try {
    return read_frame(unpack_value(bytes));
  } catch (const std::exception& error) {  // out of memory
    return Failure{error.what()};
  }
}

}  // namespace cppworker::protocol
