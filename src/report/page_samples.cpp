#include "report/page_samples.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <cppworker/json.hpp>
#include <cppworker/value.hpp>

#include "failures/curl_line.hpp"
#include "report/samples.hpp"
#include "stats/error_key.hpp"

namespace cppworker::report {
namespace {

using failures::Body;
using failures::Sample;

/// The most bytes of the texts of a sample.
struct TextLimits {
  std::size_t body;
  std::size_t headers;
  std::size_t curl;  // a longer command is left out, because its beginning is of no use
  std::size_t redirects;
};
constexpr std::array<TextLimits, 5> kLimits = {{
    {failures::kBodyMax, failures::kHeadersMax, std::size_t{128} << 10U, failures::kRedirectsMax},
    {4'096, 8'192, 16'384, failures::kRedirectsMax},
    {1'024, 4'096, 8'192, 3},
    {256, 1'024, 2'048, 0},
    {0, 0, 0, 0},
}};
constexpr std::size_t kMostBinary = 1'024;

/// The page has a list of failures, each with its samples.
struct Failure {
  std::vector<const Sample*> samples;  // oldest first
  std::vector<std::string> texts;      // of the samples that the page gets; "": left out
};

/// Keeps whole characters.
void shorten(Body& body, std::size_t most) {
  const bool is_readable = is_text(body.bytes);
  std::size_t size = std::min(body.bytes.size(), is_readable ? most : std::min(most, kMostBinary));
  constexpr unsigned kContinuation = 0x80;
  constexpr unsigned kMask = 0xC0;
  while (is_readable && size > 0 && size < body.bytes.size() &&
         (static_cast<unsigned char>(body.bytes[size]) & kMask) == kContinuation) {
    --size;
  }
  body.left_out += static_cast<std::int64_t>(body.bytes.size() - size);
  body.bytes.resize(size);
}

/// Keeps whole lines. @return the number of lines that are left out
std::int64_t shorten_headers(std::string& lines, std::size_t most) {
  if (lines.size() <= most) return 0;
  const std::size_t end = lines.rfind("\r\n", most >= 2 ? most - 2 : 0);
  const std::size_t kept = end == std::string::npos || most < 2 ? 0 : end + 2;
  std::int64_t left_out = 0;
  for (std::size_t at = kept; (at = lines.find("\r\n", at)) != std::string::npos; at += 2) {
    ++left_out;
  }
  lines.resize(kept);
  return left_out;
}

/// @param role how the sample was selected
std::string sample_text(Sample sample, const char* role, const TextLimits& limits) {
  std::string curl = failures::curl_line(sample);
  const bool has_curl = !curl.empty();
  if (curl.size() > limits.curl) curl.clear();
  shorten(sample.request.body, limits.body);
  shorten(sample.response.body, limits.body);
  shorten(sample.detail, limits.body);
  const std::int64_t headers_left_out = shorten_headers(sample.request.headers, limits.headers) +
                                        shorten_headers(sample.response.headers, limits.headers);
  const std::size_t redirects = sample.redirects.size();
  if (redirects > limits.redirects) {
    sample.redirects.erase(sample.redirects.begin(),
                           sample.redirects.end() - static_cast<std::ptrdiff_t>(limits.redirects));
  }
  // The names of the failure are in its own members.
  sample.method.clear();
  sample.name.clear();
  sample.error.clear();
  const Value json = sample_json(sample, curl);
  Value::Map members = *json.as_map();
  members.emplace_back("role", role);
  members.emplace_back("headers_left_out", headers_left_out);
  members.emplace_back("redirects_left_out",
                       static_cast<std::int64_t>(redirects - sample.redirects.size()));
  members.emplace_back("curl_left_out", has_curl && curl.empty());
  return without_angle_brackets(to_json(std::move(members)));
}

const char* role_of(const Failure& failure, std::size_t index) {
  if (index == 0) return "first";
  return index + 1 == failure.samples.size() ? "last" : "random";
}

std::vector<Failure> by_failure(const std::vector<Sample>& samples) {
  std::vector<Failure> failures;
  for (const Sample& sample : samples) {
    const Sample* before = failures.empty() ? nullptr : failures.back().samples.front();
    const bool is_next = before == nullptr || sample.method != before->method ||
                         sample.name != before->name || sample.error != before->error;
    if (is_next) failures.emplace_back();
    failures.back().samples.push_back(&sample);
  }
  for (Failure& failure : failures) failure.texts.resize(failure.samples.size());
  return failures;
}

std::string head_of(const Failure& failure, const RunReport& report) {
  const Sample& sample = *failure.samples.front();
  const auto row =
      report.all.errors.find(stats::error_key(sample.method, sample.name, sample.error));
  return without_angle_brackets(to_json(
      Value::Map{{"type", sample.method},
                 {"name", sample.name},
                 {"error", sample.error},
                 {"count", row == report.all.errors.end() ? Value() : row->second.occurrences}}));
}

/// Chooses the texts of all samples, the first ones of each failure before the others.
class Selection {
 public:
  Selection(std::vector<Failure>& failures, const RunReport& report, std::size_t most)
      : failures_(failures), report_(report), most_(most) {}

  /// True: all samples fit. @param wants_all false: the first ones are enough
  bool fill(const TextLimits& limits, bool wants_all) {
    size_ = 0;
    firsts_fit_ = all_fit_ = true;
    for (Failure& failure : failures_) failure.texts.assign(failure.samples.size(), {});
    for (Failure& failure : failures_) {
      if (!add(failure, 0, limits, head_of(failure, report_).size())) firsts_fit_ = false;
      if (!firsts_fit_ && wants_all) return false;
    }
    for (Failure& failure : failures_) {
      if (failure.texts.front().empty()) continue;
      for (std::size_t i = failure.samples.size() - 1; i >= 1; --i) {
        if (!add(failure, i, limits, 0)) all_fit_ = false;
        if (!all_fit_ && wants_all) return false;
      }
    }
    return firsts_fit_ && all_fit_;
  }
  [[nodiscard]] bool firsts_fit() const { return firsts_fit_; }

 private:
  bool add(Failure& failure, std::size_t index, const TextLimits& limits, std::size_t more) {
    std::string text = sample_text(*failure.samples[index], role_of(failure, index), limits);
    constexpr std::size_t kPunctuation = 20;
    const std::size_t size = text.size() + more + kPunctuation;
    if (size_ + size > most_) return false;
    size_ += size;
    failure.texts[index] = std::move(text);
    return true;
  }

  std::vector<Failure>& failures_;
  const RunReport& report_;
  const std::size_t most_;
  std::size_t size_ = 0;
  bool firsts_fit_ = true;
  bool all_fit_ = true;
};

/// The longest texts with which all samples fit. Texts shorter than 1 KiB are used only if the
/// first samples of the failures need that.
const TextLimits& select(std::vector<Failure>& failures, const RunReport& report,
                         std::size_t most) {
  constexpr std::size_t kShortestForAll = 2;
  Selection selection(failures, report, most);
  for (std::size_t i = 0; i <= kShortestForAll; ++i) {
    if (selection.fill(kLimits.at(i), true)) return kLimits.at(i);
  }
  for (std::size_t i = kShortestForAll; i < kLimits.size(); ++i) {
    (void)selection.fill(kLimits.at(i), false);
    if (selection.firsts_fit()) return kLimits.at(i);
  }
  return kLimits.back();
}

}  // namespace

std::string without_angle_brackets(const std::string& json) {
  std::string text;
  text.reserve(json.size());
  for (const char c : json) {
    if (c == '<') {
      text += "\\u003c";
    } else {
      text += c;
    }
  }
  return text;
}

std::string page_samples(const RunReport& report, std::size_t most) {
  std::vector<Failure> failures = by_failure(report.samples);
  const TextLimits& limits = select(failures, report, most);
  std::string list;
  std::size_t samples_left_out = 0;
  for (const Failure& failure : failures) {
    std::string texts;
    for (const std::string& text : failure.texts) {
      if (text.empty()) {
        ++samples_left_out;
      } else {
        texts += (texts.empty() ? "" : ",") + text;
      }
    }
    if (texts.empty()) continue;
    std::string head = head_of(failure, report);
    head.pop_back();
    list += fmt::format("{}{},\"samples\":[{}]}}", list.empty() ? "" : ",", head, texts);
  }
  return fmt::format("{{\"left_out\":{},\"body_limit\":{},\"failures\":[{}]}}", samples_left_out,
                     limits.body < failures::kBodyMax ? std::to_string(limits.body) : "null", list);
}

}  // namespace cppworker::report
