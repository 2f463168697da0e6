#include "loader/api_names.hpp"

#include <algorithm>
#include <set>
#include <system_error>

#include "loader/file_text.hpp"
#include "loader/source_text.hpp"
#include "text/trimmed.hpp"

namespace cppworker::loader {
namespace fs = std::filesystem;
namespace {

/// The member that a declaration like `std::optional<Auth> auth{}` declares; no name if it declares
/// a function or something else.
ApiMember member_of(std::string_view declaration) {
  declaration = text::trimmed(declaration);
  if (const auto attribute = declaration.find("]]"); attribute != std::string_view::npos) {
    declaration = text::trimmed(declaration.substr(attribute + 2));
  }
  auto name = text::trimmed(declaration.substr(0, declaration.find_first_of("{=(")));
  const bool is_function = declaration.find('(') < declaration.find_first_of("{=");
  for (const std::string_view word : {"static ", "using ", "friend ", "template", "struct "}) {
    if (declaration.starts_with(word)) return {};
  }
  auto begin = name.size();
  while (begin > 0 && is_word_character(name[begin - 1])) --begin;
  if (is_function || begin == 0) return {};
  return {std::string(text::trimmed(name.substr(0, begin))), std::string(name.substr(begin))};
}

}  // namespace

std::vector<std::string> ApiNames::headers() const {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(include_dir_ / "cppworker", error)) {
    if (entry.path().extension() == ".hpp") {
      names.push_back("cppworker/" + entry.path().filename().native());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<ApiMember> ApiNames::members(std::string_view type) const {
  std::vector<ApiMember> members;
  for (const auto& header : headers()) {
    const auto source = SourceText(file_text(include_dir_ / header));
    const auto body = source.body_of_class(type);
    if (!body) continue;
    auto begin = body->first;
    for (auto i = begin; i < body->second; ++i) {
      const char c = source.code()[i];
      if (c == '{' || c == '(') {
        const auto end = source.closing(i);
        if (end == std::string_view::npos) break;
        i = end;
      } else if (c == ';') {
        if (auto member = member_of(source.code().substr(begin, i - begin)); !member.name.empty()) {
          members.push_back(std::move(member));
        }
        begin = i + 1;
      }
    }
    break;
  }
  return members;
}

std::vector<std::string> ApiNames::identifiers() const {
  std::set<std::string> all;
  for (const auto& header : headers()) {
    for (auto& name : SourceText(file_text(include_dir_ / header)).identifiers())
      all.insert(std::move(name));
  }
  return {all.begin(), all.end()};
}

}  // namespace cppworker::loader
