#include "report/samples.hpp"

#include <algorithm>
#include <cstddef>

#include <fmt/format.h>

#include "failures/curl_line.hpp"
#include "report/phases.hpp"
#include "text/base64.hpp"
#include "text/utf8.hpp"

namespace cppworker::report {
namespace {

using failures::Body;
using failures::Sample;

Value headers_json(std::string_view lines) {
  Value::List headers;
  for (auto& [name, value] : header_pairs(lines)) {
    headers.emplace_back(Value::List{std::move(name), std::move(value)});
  }
  return headers;
}

Value body_json(const Body& body) {
  const bool readable = is_text(body.bytes);
  return Value::Map{{"encoding", readable ? "utf-8" : "base64"},
                    {"text", readable ? body.bytes : text::base64_encoded(body.bytes)},
                    {"bytes", static_cast<std::int64_t>(body.bytes.size()) + body.left_out},
                    {"left_out", body.left_out}};
}

Value request_json(const Sample::Request& request, const std::string& curl) {
  if (request.method.empty()) return {};
  return Value::Map{{"method", request.method},
                    {"url", request.url},
                    {"headers", headers_json(request.headers)},
                    {"body", body_json(request.body)},
                    {"curl", curl.empty() ? Value() : Value(curl)}};
}

Value response_json(const Sample::Response& response) {
  if (response.status == 0) return {};
  return Value::Map{{"status", response.status},
                    {"reason", response.reason},
                    {"headers", headers_json(response.headers)},
                    {"body", response.is_streamed ? Value() : body_json(response.body)}};
}

/// A comment on GitHub has at most 65,536 characters.
constexpr std::size_t kMaxShownSamples = 5;
constexpr std::size_t kMaxShownCharacters = 1'000;  // of an answer and of a command

/// In a block of code, which ends with a line of backquotes.
std::string code_block(std::string_view text) {
  const std::string_view shown = text::first_characters(text, kMaxShownCharacters);
  std::string fence = "```";
  while (shown.find(fence) != std::string_view::npos) fence += '`';
  return fmt::format("{}\n{}{}\n{}\n", fence, text::to_utf8(shown),
                     shown.size() < text.size() ? "…" : "", fence);
}

std::string html_text(std::string_view text) {
  std::string result;
  for (const char c : text::first_characters(text, 160)) {
    if (c == '<') {
      result += "&lt;";
    } else if (c == '&') {
      result += "&amp;";
    } else {
      result += c == '\n' || c == '\r' ? ' ' : c;
    }
  }
  return result;
}

std::string answer_text(const Sample& sample) {
  const Sample::Response& response = sample.response;
  if (sample.request.method.empty()) return sample.detail.bytes;
  if (response.status == 0) return sample.error;
  std::string text = fmt::format("HTTP {} {}", response.status, response.reason);
  if (response.is_streamed) return text + "\n(streamed)";
  if (response.body.bytes.empty()) return text;
  if (!is_text(response.body.bytes)) {
    return text + fmt::format("\n({} bytes of binary data)",
                              static_cast<std::int64_t>(response.body.bytes.size()) +
                                  response.body.left_out);
  }
  return text + '\n' + response.body.bytes;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> header_pairs(std::string_view lines) {
  std::vector<std::pair<std::string, std::string>> pairs;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find("\r\n"), lines.size());
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(std::min(end + 2, lines.size()));
    const std::size_t colon = std::min(line.find(':'), line.size());
    std::string_view value = line.substr(std::min(colon + 1, line.size()));
    while (value.starts_with(' ') || value.starts_with('\t')) value.remove_prefix(1);
    while (value.ends_with(' ') || value.ends_with('\t')) value.remove_suffix(1);
    pairs.emplace_back(text::to_utf8(line.substr(0, colon)), text::to_utf8(value));
  }
  return pairs;
}

bool is_text(std::string_view bytes) {
  return text::is_utf8(bytes) && std::ranges::none_of(bytes, [](char c) {
           return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r';
         });
}

Value sample_json(const Sample& sample) { return sample_json(sample, failures::curl_line(sample)); }

Value sample_json(const Sample& sample, const std::string& curl) {
  Value::List redirects;
  for (const Sample::Redirect& one : sample.redirects) {
    redirects.emplace_back(
        Value::Map{{"status", one.status}, {"url", one.url}, {"location", one.location}});
  }
  const auto or_none = [](const std::string& text) { return text.empty() ? Value() : Value(text); };
  return Value::Map{
      {"type", sample.method},
      {"name", sample.name},
      {"error", sample.error},
      {"time", sample.time},
      {"response_time_ms", sample.response_time_ms ? Value(*sample.response_time_ms) : Value()},
      {"phases_ms", sample.phases ? phase_times_json(*sample.phases) : Value()},
      {"user_class", or_none(sample.user_class)},
      {"task", or_none(sample.task)},
      {"remote_address", or_none(sample.remote_address)},
      {"request", request_json(sample.request, curl)},
      {"response", response_json(sample.response)},
      {"redirects", std::move(redirects)},
      {"detail", sample.detail.bytes.empty() ? Value() : body_json(sample.detail)}};
}

std::string samples_markdown(const std::vector<Sample>& samples) {
  std::string text;
  std::size_t shown = 0;
  const Sample* before = nullptr;
  std::size_t failures = 0;
  for (const Sample& sample : samples) {
    const bool is_next = before == nullptr || sample.method != before->method ||
                         sample.name != before->name || sample.error != before->error;
    before = &sample;
    if (!is_next) continue;
    if (++failures > kMaxShownSamples) continue;
    ++shown;
    text += fmt::format("\n<details><summary>Sample of a failure: {}</summary>\n\n",
                        html_text(fmt::format("{} {}", sample.method, sample.name)));
    text += code_block(answer_text(sample));
    if (const std::string curl = failures::curl_line(sample); !curl.empty()) {
      text += '\n' + code_block(curl);
    }
    text += "\n</details>\n";
  }
  if (failures > shown) {
    text +=
        fmt::format("\nSamples of {} more failures are not shown. The report in JSON has them.\n",
                    failures - shown);
  }
  return text;
}

}  // namespace cppworker::report
