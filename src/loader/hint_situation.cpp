#include "loader/hint_situation.hpp"

#include "text/did_you_mean.hpp"

namespace cppworker::loader {
namespace {

constexpr std::array kKeywords = std::to_array<std::string_view>(
    {"int",    "for",    "if",     "else",    "auto",      "void",     "const",   "class",
     "struct", "static", "return", "using",   "while",     "public",   "private", "double",
     "float",  "long",   "char",   "bool",    "this",      "true",     "false",   "new",
     "try",    "catch",  "throw",  "include", "namespace", "constexpr"});

}  // namespace

std::optional<Captures> match(std::string_view text, std::string_view pattern) {
  Captures captures;
  bool is_first = true;
  while (true) {
    const auto star = pattern.find('*');
    const auto literal = pattern.substr(0, star);
    const bool is_last = star == std::string_view::npos;
    const auto at = literal.empty() && is_last ? text.size() : text.find(literal);
    if (at == std::string_view::npos) return std::nullopt;
    if (!is_first) captures.emplace_back(text.substr(0, at));
    if (is_last) return captures;
    text.remove_prefix(at + literal.size());
    pattern.remove_prefix(star + 1);
    is_first = false;
  }
}

std::string_view last_part(std::string_view name) {
  const auto colon = name.rfind("::");
  return colon == std::string_view::npos ? name : name.substr(colon + 2);
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::string class_of_error(const CompilerError& error, const SourceText& source) {
  const auto is_of_author = [&source](std::string_view name) {
    const auto owner = name.substr(0, name.rfind("::"));
    return source.line_of_class(last_part(name)) > 0 ||
           source.line_of_class(last_part(owner)) > 0 ||
           (name.find_first_of(":<> ") == std::string_view::npos &&
            source.find_word(name) != std::string_view::npos && !is_one_of(name, kKeywords));
  };
  constexpr auto kPatterns = std::to_array<std::string_view>(
      {"MethodTask<&*>", "MethodTask<*>'", "auto Method = &*]", "UserClassChecks<*>",
       "MemberChecks<*,", "; Set = *]", "[with U = *]", "[with U = *;", "[with Set = *]",
       "[with T = *;", "[with T = *]", "[with Parent = *]", "kUserClass<*>", "kUserClasses<*>"});
  for (const auto* lines : {&error.before, &error.after}) {
    for (const auto& line : *lines) {
      if (!contains(line, "nstantiation of") && !contains(line, "required from")) continue;
      for (const auto& pattern : kPatterns) {
        if (auto found = match(line, pattern); found && is_of_author(found->front())) {
          return found->front();
        }
      }
    }
  }
  return {};
}

std::string similar_name(const Situation& at, std::string_view name) {
  auto own = at.source.identifiers();
  std::erase_if(
      own, [name](const std::string& one) { return one == name || is_one_of(one, kKeywords); });
  const auto edits = std::max<std::size_t>(1, name.size() / 4);
  if (name.size() < 3) return {};
  auto known = at.api.identifiers();
  std::erase(known, name);
  const auto lower = [](std::string_view text) {
    std::string result;
    for (const char c : text) {
      if (c != '_') result += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return result;
  };
  const bool is_class = name[0] >= 'A' && name[0] <= 'Z';
  for (const auto* names : {&own, &known}) {
    for (const auto& one : *names) {
      const bool other_is_class = one[0] >= 'A' && one[0] <= 'Z';
      if (lower(one) == lower(name) && one != name && other_is_class == is_class) return one;
    }
  }
  const auto meant = text::most_similar(name, own, edits);
  return meant.empty() ? text::most_similar(name, known, edits) : meant;
}

}  // namespace cppworker::loader
