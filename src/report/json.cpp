#include "report/json.hpp"

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cppworker/json.hpp>

#include "report/numbers.hpp"

namespace cppworker::report {
namespace {

using Member = std::pair<std::string, std::string>;  // name, JSON text

std::string object(const std::vector<Member>& members, std::string_view indent) {
  if (members.empty()) return "{}";
  std::vector<std::string> lines;
  for (const auto& [name, text] : members) {
    lines.push_back(fmt::format("{}    {}: {}", indent, to_json(Value(name)), text));
  }
  return fmt::format("{{\n{}\n{}}}", fmt::join(lines, ",\n"), indent);
}

std::string object(const stats::Counts& counts, std::string (*key_text_of)(std::int64_t)) {
  std::vector<Member> members;
  for (const auto& [key, count] : counts) {
    members.emplace_back(key_text_of(key), fmt::format("{}", count));
  }
  return object(members, "        ");
}

std::string milliseconds(std::int64_t microseconds) {
  return key_text(static_cast<double>(microseconds) / 1'000);
}

std::string seconds(std::int64_t second) { return fmt::format("{}", second); }

std::string optional_text(const std::optional<double>& number) {
  return number ? float_text(*number) : "null";
}

std::string entry_json(const stats::EntryIncrement& entry) {
  const auto whole = [](std::int64_t number) { return fmt::format("{}", number); };
  return object({{"name", to_json(Value(entry.name))},
                 {"method", to_json(Value(entry.method))},
                 {"last_request_timestamp", optional_text(entry.last_request_timestamp)},
                 {"start_time", float_text(entry.start_time)},
                 {"num_requests", whole(entry.num_requests)},
                 {"num_none_requests", whole(entry.num_none_requests)},
                 {"num_failures", whole(entry.num_failures)},
                 {"total_response_time", float_text(entry.total_response_time)},
                 {"max_response_time", float_text(entry.max_response_time)},
                 {"min_response_time", optional_text(entry.min_response_time)},
                 {"total_content_length", whole(entry.total_content_length)},
                 {"response_times", object(entry.response_times, &milliseconds)},
                 {"num_reqs_per_sec", object(entry.num_reqs_per_sec, &seconds)},
                 {"num_fail_per_sec", object(entry.num_fail_per_sec, &seconds)}},
                "    ");
}

}  // namespace

std::string stats_json(const stats::StatsIncrement& stats) {
  std::vector<std::string> entries;
  for (const auto& [key, entry] : stats.entries) {
    if (entry.num_requests == 0 && entry.num_failures == 0) continue;
    entries.push_back("    " + entry_json(entry));
  }
  if (entries.empty()) return "[]";
  return fmt::format("[\n{}\n]", fmt::join(entries, ",\n"));
}

}  // namespace cppworker::report
