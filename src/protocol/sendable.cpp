#include "protocol/sendable.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "text/log_text.hpp"

namespace cppworker::protocol {
namespace {

// The message types of masters from 2.0 to 2.47. Types that an older master does not have are
// reserved too, so that a locustfile works with newer masters.
constexpr std::array<std::string_view, 10> kReservedTypes = {
    "client_ready", "client_stopped", "exception", "heartbeat", "locustfile",
    "logs",         "quit",           "spawning",  "stats",     "spawning_complete"};

int digits(std::string_view text, std::size_t at, std::size_t count) {
  int number = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (std::isdigit(static_cast<unsigned char>(text[i])) == 0) {
      return -1;
    }
    number = number * 10 + (text[i] - '0');
  }
  return number;
}

bool between(int number, int low, int high) { return number >= low && number <= high; }

/// The format of Locust's own encoder: strftime("%Y%m%dT%H:%M:%S.%f"), 20260131T23:59:59.123456.
bool is_locust_datetime(std::string_view text) {
  if (text.size() != 24 || text[8] != 'T' || text[11] != ':' || text[14] != ':' ||
      text[17] != '.') {
    return false;
  }
  const int year = digits(text, 0, 4);
  const int month = digits(text, 4, 2);
  if (year < 1 || !between(month, 1, 12)) {
    return false;
  }
  constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  const int days = kDays[static_cast<std::size_t>(month - 1)] + (month == 2 && leap ? 1 : 0);
  return between(digits(text, 6, 2), 1, days) && between(digits(text, 9, 2), 0, 23) &&
         between(digits(text, 12, 2), 0, 59) && between(digits(text, 15, 2), 0, 59) &&
         digits(text, 18, 6) >= 0;
}

std::optional<std::string> why_not_sendable(const Value& value, std::size_t depth) {
  const Value::List* list = value.as_list();
  const Value::Map* map = value.as_map();
  if (list == nullptr && map == nullptr) {
    return std::nullopt;
  }
  if (depth == kMaxDepth) {
    return "lists and maps in its data are nested more than " + std::to_string(kMaxDepth) + " deep";
  }
  if (list != nullptr) {
    for (const Value& item : *list) {
      if (auto reason = why_not_sendable(item, depth + 1)) {
        return reason;
      }
    }
    return std::nullopt;
  }
  if (is_misleading_map(*map)) {
    return "a map in its data has the key \"__datetime__\" or \"__ObjectId__\", which Locust "
           "reserves for encoded objects; use another key";
  }
  for (const auto& [key, member] : *map) {
    if (!is_sendable_key(key)) {
      return "a map in its data has a list or a map as a key, which Python does not allow";
    }
    if (auto reason = why_not_sendable(member, depth + 1)) {
      return reason;
    }
  }
  return std::nullopt;
}

}  // namespace

bool is_reserved_type(std::string_view type) {
  return std::find(kReservedTypes.begin(), kReservedTypes.end(), type) != kReservedTypes.end();
}

bool is_sendable_key(const Value& key) {
  return key.as_list() == nullptr && key.as_map() == nullptr;
}

bool is_misleading_map(const Value::Map& map) {
  const Value* as_str = nullptr;
  bool has_datetime = false;
  bool has_object_id = false;
  for (const auto& [key, member] : map) {
    const std::string* name = key.as_string();
    if (name == nullptr) {
      continue;
    }
    has_datetime = has_datetime || *name == "__datetime__";
    has_object_id = has_object_id || *name == "__ObjectId__";
    if (*name == "as_str") {
      as_str = &member;  // Python's dict keeps the last of equal keys
    }
  }
  if (has_datetime) {
    return as_str == nullptr || as_str->as_string() == nullptr ||
           !is_locust_datetime(*as_str->as_string());
  }
  return has_object_id;  // fails on every master without pymongo
}

std::optional<std::string> why_not_sendable(const Custom& message) {
  std::optional<std::string> reason;
  if (is_reserved_type(message.type)) {
    reason = "Locust uses this type itself; use another one";
  } else {
    reason = why_not_sendable(message.data, 0);
  }
  if (reason) {
    *reason = "can't send the message '" + text::quote_for_log(message.type) +
              "' to the master: " + *reason;
  }
  return reason;
}

}  // namespace cppworker::protocol
