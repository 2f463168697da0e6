#include "report/csv.hpp"

#include <ctime>
#include <functional>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "report/numbers.hpp"
#include "stats/entry_numbers.hpp"

namespace cppworker::report {
namespace {

using stats::EntryIncrement;
using stats::StatsIncrement;
using Fields = std::vector<std::string>;

template <class Number>
std::string text(Number number) {
  return fmt::format("{}", number);
}

/// A minimum, maximum or median: "0" if there is none, as in Python the int 0.
std::string time_text(double ms) { return ms == 0 ? "0" : float_text(ms); }

std::string median_text(const EntryIncrement& entry) {
  const double median = stats::median_response_time(entry);
  // A key of the histogram is an int in Python; minimum and maximum are floats.
  return median == static_cast<double>(static_cast<std::int64_t>(median)) ? key_text(median)
                                                                          : float_text(median);
}

void add_percentile_headings(Fields& fields) {
  for (const Percentile& percentile : kPercentiles) fields.emplace_back(percentile.heading);
}

void add_percentiles(Fields& fields, const EntryIncrement& entry,
                     const std::function<double(double)>& percentile_of) {
  for (const Percentile& percentile : kPercentiles) {
    fields.push_back(entry.num_requests == 0 ? "N/A" : key_text(percentile_of(percentile.part)));
  }
}

std::string content_text(const EntryIncrement& entry) {
  return entry.num_requests == 0 ? "0" : float_text(stats::average_content_length(entry));
}

std::string stats_row(const EntryIncrement& entry, const EntryIncrement& total) {
  Fields fields = {entry.method,
                   entry.name,
                   text(entry.num_requests),
                   text(entry.num_failures),
                   median_text(entry),
                   float_text(stats::average_response_time(entry)),
                   time_text(entry.min_response_time.value_or(0)),
                   time_text(entry.max_response_time),
                   content_text(entry),
                   float_text(stats::total_rate(entry.num_requests, total)),
                   float_text(stats::total_rate(entry.num_failures, total))};
  add_percentiles(fields, entry,
                  [&](double part) { return stats::response_time_percentile(entry, part); });
  return csv_line(fields);
}

std::string history_row(const EntryIncrement& entry, const EntryIncrement& total,
                        const HistoryMoment& moment,
                        const std::function<double(double)>& percentile_of) {
  Fields fields = {text(moment.unix_time),
                   text(moment.user_count),
                   entry.method,
                   entry.name,
                   fmt::format("{:.6f}", stats::current_rate(entry.num_reqs_per_sec, total)),
                   fmt::format("{:.6f}", stats::current_rate(entry.num_fail_per_sec, total))};
  add_percentiles(fields, entry, percentile_of);
  for (std::string field : {text(entry.num_requests), text(entry.num_failures), median_text(entry),
                            float_text(stats::average_response_time(entry)),
                            time_text(entry.min_response_time.value_or(0)),
                            time_text(entry.max_response_time), content_text(entry)}) {
    fields.push_back(std::move(field));
  }
  return csv_line(fields);
}

/// Locust's `format_utc_timestamp`: whole seconds.
std::string utc_text(double unix_time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(unix_time)));
}

}  // namespace

std::string csv_line(const Fields& fields) {
  std::string line;
  for (const std::string& field : fields) {
    if (&field != fields.data()) line += ',';
    if (field.find_first_of(",\"\r\n") == std::string::npos) {
      line += field;
      continue;
    }
    line += '"';
    for (const char c : field) line.append(c == '"' ? 2 : 1, c);
    line += '"';
  }
  return line + "\r\n";
}

std::string stats_csv(const StatsIncrement& stats) {
  Fields header = {"Type",
                   "Name",
                   "Request Count",
                   "Failure Count",
                   "Median Response Time",
                   "Average Response Time",
                   "Min Response Time",
                   "Max Response Time",
                   "Average Content Size",
                   "Requests/s",
                   "Failures/s"};
  add_percentile_headings(header);
  std::string rows = csv_line(header);
  for (const auto& [key, entry] : stats.entries) rows += stats_row(entry, stats.total);
  return rows + stats_row(stats.total, stats.total);
}

std::string failures_csv(const StatsIncrement& stats) {
  std::string rows =
      csv_line({"Method", "Name", "Error", "Occurrences", "First Seen", "Last Seen"});
  for (const auto& [key, error] : stats.errors) {
    rows += csv_line({error.method, error.name, error.error, text(error.occurrences),
                      utc_text(error.first_seen), utc_text(error.last_seen)});
  }
  return rows;
}

std::string exceptions_csv(const std::vector<ExceptionText>& exceptions) {
  std::string rows = csv_line({"Count", "Message", "Traceback", "Nodes"});
  for (const ExceptionText& exception : exceptions) {
    rows += csv_line({text(exception.count), std::string(exception.msg),
                      std::string(exception.traceback), "local"});
  }
  return rows;
}

std::string history_header() {
  Fields header = {"Timestamp", "User Count", "Type", "Name", "Requests/s", "Failures/s"};
  add_percentile_headings(header);
  for (const char* heading :
       {"Total Request Count", "Total Failure Count", "Total Median Response Time",
        "Total Average Response Time", "Total Min Response Time", "Total Max Response Time",
        "Total Average Content Size"}) {
    header.emplace_back(heading);
  }
  return csv_line(header);
}

std::string history_rows(const stats::RunStats& stats, const HistoryMoment& moment, bool full) {
  const StatsIncrement& all = stats.all();
  std::string rows;
  if (full) {
    for (const auto& [key, entry] : all.entries) {
      rows += history_row(entry, all.total, moment, [&, &name = key](double part) {
        return stats.current_percentile(name, part, moment.second);
      });
    }
  }
  return rows + history_row(all.total, all.total, moment, [&](double part) {
           return full ? stats.current_total_percentile(part, moment.second)
                       : stats::response_time_percentile(all.total, part);
         });
}

}  // namespace cppworker::report
