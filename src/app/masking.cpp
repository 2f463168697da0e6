#include "app/masking.hpp"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include <cppworker/encoding.hpp>
#include <cppworker/exception.hpp>
#include <cppworker/json.hpp>

#include "http/latin1.hpp"
#include "stats/error_key.hpp"
#include "stats/merge.hpp"
#include "text/ascii_case.hpp"
#include "text/markup.hpp"

namespace cppworker::app {
namespace {

/// A JSON string without its quotes, as Python's json.dumps() writes it and without \u escapes.
std::vector<std::string> json_escaped(const std::string& text) {
  const std::string ascii = to_json(Value(text));
  std::string plain;
  for (const char c : text) {
    if (c == '"' || c == '\\') plain += '\\';
    plain += c;
  }
  return {ascii.substr(1, ascii.size() - 2), std::move(plain)};
}

std::string with_lower_hex(std::string text) {
  for (std::size_t i = 0; i + 2 < text.size(); ++i) {
    if (text[i] != '%') continue;
    for (const std::size_t at : {i + 1, i + 2}) text[at] = text::to_lower(text[at]);
  }
  return text;
}

/// How a secret can be written in a URL, a form, JSON, HTML or a header.
std::vector<std::string> spellings(const std::string& secret) {
  std::vector<std::string> all = json_escaped(secret);
  all.push_back(secret);
  all.push_back(text::markup_escaped(secret));
  if (http::is_latin1(secret)) all.push_back(http::to_latin1(secret));  // in a header
  for (const std::string& quoted : {quote(secret), quote(secret, ""), quote_plus(secret)}) {
    all.push_back(quoted);
    all.push_back(with_lower_hex(quoted));
  }
  return all;
}

/// Longest first, so that a secret that contains another one is replaced as a whole.
void sort_secrets(std::vector<std::string>& secrets) {
  std::ranges::sort(secrets, [](const std::string& left, const std::string& right) {
    return left.size() != right.size() ? left.size() > right.size() : left < right;
  });
  // clang++ 14 can't compile the result of std::ranges::unique.
  secrets.erase(std::unique(secrets.begin(), secrets.end()), secrets.end());
}

void replace_all(std::string& text, std::string_view what) {
  for (std::size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + Masking::kMask.size())) {
    text.replace(at, what.size(), Masking::kMask);
  }
}

/// Replaces the beginning of a secret where a text was cut.
void mask_cut_end(std::string& text, const std::vector<std::string>& secrets) {
  std::size_t longest = 0;
  for (const std::string& secret : secrets) {
    for (std::size_t size = std::min(secret.size(), text.size()); size > longest; --size) {
      if (text.ends_with(std::string_view(secret).substr(0, size))) longest = size;
    }
  }
  if (longest > 0) text.replace(text.size() - longest, longest, Masking::kMask);
}

/// @param is_cut the text goes on, but only its beginning was kept
void mask_secrets(std::string& text, const std::vector<std::string>& secrets, bool is_cut) {
  for (const std::string& secret : secrets) replace_all(text, secret);
  if (is_cut) mask_cut_end(text, secrets);
}

/// A text of failures::beginning().
void mask_secrets(std::string& text, const std::vector<std::string>& secrets) {
  const bool is_cut = text.ends_with(failures::kCut);
  if (is_cut) text.resize(text.size() - failures::kCut.size());
  mask_secrets(text, secrets, is_cut);
  if (is_cut) text += failures::kCut;
}

/// "http://user:password@host" becomes "http://***@host".
void mask_credentials(std::string& text, std::vector<std::string>* found) {
  for (std::size_t at = text.find("://"); at != std::string::npos; at = text.find("://", at)) {
    at += 3;
    const std::size_t end = std::min(text.find_first_of("/?#\"'<>\\ \t\r\n", at), text.size());
    if (end == at) continue;
    const std::size_t mark = text.rfind('@', end - 1);
    if (mark == std::string::npos || mark < at) continue;
    const std::string credentials = text.substr(at, mark - at);
    if (found != nullptr) {
      const std::size_t colon = credentials.find(':');
      if (colon != std::string::npos) found->push_back(unquote(credentials.substr(colon + 1)));
    }
    text.replace(at, mark - at, Masking::kMask);
  }
}

/// The secret parts of a masked header's value.
void find_secrets(std::string_view name, std::string_view value, std::vector<std::string>& found) {
  found.emplace_back(value);
  if (name.ends_with("cookie")) {  // "a=1; b=2"
    while (!value.empty()) {
      const std::size_t end = std::min(value.find(';'), value.size());
      const std::string_view pair = value.substr(0, end);
      if (const std::size_t equals = pair.find('='); equals != std::string_view::npos) {
        found.emplace_back(pair.substr(equals + 1));
      }
      if (name == "set-cookie") return;  // attributes follow
      value.remove_prefix(std::min(end + 1, value.size()));
    }
    return;
  }
  const std::size_t blank = value.find(' ');  // "Bearer …", "Basic …"
  if (blank == std::string_view::npos) return;
  const std::string_view token = value.substr(blank + 1);
  found.emplace_back(token);
  if (text::to_lower(value.substr(0, blank)) != "basic") return;
  try {
    const std::string pair = base64_decode(token);
    if (const std::size_t colon = pair.find(':'); colon != std::string::npos) {
      found.push_back(pair.substr(colon + 1));
    }
  } catch (const Error&) {  // not base64
  }
}

}  // namespace

Masking::Masking(std::vector<std::string> headers) : headers_(std::move(headers)) {
  for (const char* name : {"authorization", "proxy-authorization", "cookie", "set-cookie"}) {
    headers_.emplace_back(name);
  }
  for (std::string& name : headers_) name = text::to_lower(name);
}

void Masking::add_secret(const std::string& secret) {
  if (secret.empty()) return;
  for (std::string& spelling : spellings(secret)) secrets_.push_back(std::move(spelling));
  sort_secrets(secrets_);
}

bool Masking::is_masked_header(std::string_view name) const {
  return std::ranges::find(headers_, text::to_lower(name)) != headers_.end();
}

void Masking::mask_headers(std::string& lines, std::vector<std::string>& found) const {
  std::string masked;
  for (std::string_view rest = lines; !rest.empty();) {
    const std::size_t end = std::min(rest.find("\r\n"), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 2, rest.size()));
    const std::size_t colon = std::min(line.find(':'), line.size());
    std::string_view value = line.substr(std::min(colon + 1, line.size()));
    while (value.starts_with(' ')) value.remove_prefix(1);
    if (is_masked_header(line.substr(0, colon))) {
      find_secrets(text::to_lower(line.substr(0, colon)), value, found);
      masked.append(line.substr(0, colon)).append(": ").append(kMask).append("\r\n");
    } else {
      masked.append(line).append("\r\n");
    }
  }
  lines = std::move(masked);
}

void Masking::mask(failures::Sample& sample) const {
  std::vector<std::string> found;
  mask_headers(sample.request.headers, found);
  mask_headers(sample.response.headers, found);
  std::vector<std::string*> texts = {&sample.method,          &sample.name,
                                     &sample.error,           &sample.request.url,
                                     &sample.request.headers, &sample.response.reason,
                                     &sample.response.headers};
  for (failures::Sample::Redirect& redirect : sample.redirects) {
    texts.push_back(&redirect.url);
    texts.push_back(&redirect.location);
  }
  const std::initializer_list<failures::Body*> bodies = {&sample.request.body,
                                                         &sample.response.body, &sample.detail};
  for (std::string* text : texts) mask_credentials(*text, &found);
  for (failures::Body* body : bodies) mask_credentials(body->bytes, &found);
  std::vector<std::string> secrets = secrets_;
  for (const std::string& one : found) {
    if (one.size() < kShortestFound) continue;
    for (std::string& spelling : spellings(one)) secrets.push_back(std::move(spelling));
  }
  sort_secrets(secrets);
  for (std::string* text : texts) mask_secrets(*text, secrets);
  for (failures::Body* body : bodies) mask_secrets(body->bytes, secrets, body->left_out > 0);
}

void Masking::mask(std::string& text) const {
  mask_credentials(text, nullptr);
  for (const std::string& secret : secrets_) replace_all(text, secret);
}

Value Masking::masked(const Value& value) const {
  if (const std::string* text = value.as_string()) return masked(*text);
  if (const Value::List* list = value.as_list()) {
    Value::List result;
    for (const Value& item : *list) result.push_back(masked(item));
    return result;
  }
  if (const Value::Map* map = value.as_map()) {
    Value::Map result;
    for (const auto& [name, item] : *map) result.emplace_back(name, masked(item));
    return result;
  }
  return value;
}

void Masking::mask(stats::StatsIncrement& increment) const {
  stats::StatsIncrement changed;
  const auto mask_names = [&](auto rows_of) {
    auto& rows = increment.*rows_of;
    for (auto next = rows.begin(); next != rows.end();) {
      const auto row = next++;
      std::string name = masked(row->first.first);
      if (name == row->first.first) continue;
      auto node = rows.extract(row);
      node.key().first = name;
      if constexpr (requires { node.mapped().name; }) node.mapped().name = std::move(name);
      stats::StatsIncrement one;
      (one.*rows_of).insert(std::move(node));
      stats::merge(changed, std::move(one));
    }
  };
  mask_names(&stats::StatsIncrement::entries);
  mask_names(&stats::StatsIncrement::phases);
  for (auto next = increment.errors.begin(); next != increment.errors.end();) {
    const auto error = next++;
    stats::ErrorIncrement copy = error->second;
    mask(copy.name);
    mask(copy.error);
    if (copy == error->second) continue;
    stats::StatsIncrement one;
    std::string key = stats::error_key(copy.method, copy.name, copy.error);
    one.errors.emplace(std::move(key), std::move(copy));
    stats::merge(changed, std::move(one));
    increment.errors.erase(error);
  }
  stats::merge(increment, std::move(changed));
}

}  // namespace cppworker::app
