#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include <cppworker/exception.hpp>
#include <cppworker/regex.hpp>

#include "base/check.hpp"
#include "coro/loop_stack.hpp"
#include "text/log_text.hpp"
#include "text/utf8.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8  // NOLINT(cppcoreguidelines-macro-usage): pcre2.h needs it
#include <pcre2.h>

namespace cppworker {
namespace {

/// Limits of one match. The first keeps a pattern with exponential time from blocking the thread.
constexpr std::uint32_t kMaxSteps = 5'000'000;
constexpr std::uint32_t kMaxHeapKib = 64 * 1024;
constexpr std::size_t kMinJitStack = 32 * 1024;
constexpr std::size_t kMaxJitStack = std::size_t{kMaxHeapKib} * 1024;
/// The patterns that each thread keeps.
constexpr std::size_t kMaxPatterns = 500;
/// The maximum number of characters of a text in an error.
constexpr std::size_t kMaxTextInError = 200;

template <auto Free>
struct Freer {
  void operator()(auto* pointer) const { Free(pointer); }
};
using Code = std::unique_ptr<pcre2_code, Freer<pcre2_code_free>>;
using MatchData = std::unique_ptr<pcre2_match_data, Freer<pcre2_match_data_free>>;
using CompileContext = std::unique_ptr<pcre2_compile_context, Freer<pcre2_compile_context_free>>;
using MatchContext = std::unique_ptr<pcre2_match_context, Freer<pcre2_match_context_free>>;
using JitStack = std::unique_ptr<pcre2_jit_stack, Freer<pcre2_jit_stack_free>>;

PCRE2_SPTR units(std::string_view text) {
  return reinterpret_cast<PCRE2_SPTR>(text.empty() ? "" : text.data());
}

std::string pcre_message(int error) {
  std::string text(256, '\0');
  const int size =
      pcre2_get_error_message(error, reinterpret_cast<PCRE2_UCHAR*>(text.data()), text.size());
  text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  return text;
}

std::string quoted_pattern(std::string_view pattern) {
  return fmt::format("\"{}\"", text::quote_for_log(pattern));
}

/// Rewrites what differs in PCRE2: \Z becomes \z, {,3} becomes {0,3}.
std::string in_pcre_syntax(std::string_view pattern) {
  std::string result;
  bool in_class = false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const auto next_is = [&](char c) { return i + 1 < pattern.size() && pattern[i + 1] == c; };
    result += pattern[i];
    if (pattern[i] == '\\' && i + 1 < pattern.size()) {
      result += next_is('Z') && !in_class ? 'z' : pattern[i + 1];
      ++i;
    } else if (in_class) {
      in_class = pattern[i] != ']';
    } else if (pattern[i] == '[') {
      in_class = true;
      if (next_is('^')) result += pattern[++i];
      if (next_is(']')) result += pattern[++i];  // at the beginning it is a member
    } else if (pattern[i] == '{' && next_is(',')) {
      const std::size_t end = pattern.find_first_not_of("0123456789", i + 2);
      if (end != std::string_view::npos && pattern[end] == '}') result += '0';
    }
  }
  return result;
}

/// A compiled pattern. Used by one thread.
class Pattern {
 public:
  /// Throws Error if the pattern is invalid.
  explicit Pattern(std::string_view pattern) : text_(pattern) {
    const std::string syntax = in_pcre_syntax(pattern);
    int error = 0;
    std::size_t position = 0;
    coro::on_loop_stack([&] {
      const CompileContext context(pcre2_compile_context_create(nullptr));
      pcre2_set_newline(context.get(), PCRE2_NEWLINE_LF);
      pcre2_set_compile_extra_options(context.get(), PCRE2_EXTRA_ALT_BSUX);
      code_.reset(pcre2_compile(units(syntax), syntax.size(), PCRE2_UTF | PCRE2_UCP, &error,
                                &position, context.get()));
      if (code_ == nullptr) return;
      // If the system forbids JIT compilation, pcre2_match() interprets the pattern.
      static_cast<void>(pcre2_jit_compile(code_.get(), PCRE2_JIT_COMPLETE));
      data_.reset(pcre2_match_data_create_from_pattern(code_.get(), nullptr));
    });
    if (code_ == nullptr) {
      throw Error(fmt::format("The regular expression {} is invalid at position {}: {}",
                              quoted_pattern(pattern), position, pcre_message(error)));
    }
    CHECK(data_ != nullptr);
    pcre2_pattern_info(code_.get(), PCRE2_INFO_CAPTURECOUNT, &groups_);
  }

  [[nodiscard]] std::uint32_t groups() const { return groups_; }
  [[nodiscard]] const std::string& text() const { return text_; }

  /// The number of the group. Throws Error if the pattern does not have it.
  [[nodiscard]] std::uint32_t number_of(const Group& group) const {
    int number = group.number();
    if (!group.name().empty()) {
      const std::string name(group.name());
      number = pcre2_substring_number_from_name(code_.get(), units(name));
    }
    if (number < 0 || static_cast<std::uint32_t>(number) > groups_) {
      throw Error(fmt::format("The regular expression {} has no group {}", quoted_pattern(text_),
                              group.name().empty() ? std::to_string(group.number())
                                                   : fmt::format("'{}'", group.name())));
    }
    return static_cast<std::uint32_t>(number);
  }

  /// Searches the text from `begin`. Throws Error if that takes too many steps.
  /// @param text UTF-8
  /// @param options PCRE2_NOTEMPTY_ATSTART or 0
  bool find(std::string_view text, std::size_t begin, std::uint32_t options) {
    int result = 0;
    coro::on_loop_stack([&] {
      thread_local const Context context;
      result = pcre2_match(code_.get(), units(text), text.size(), begin,
                           options | PCRE2_NO_UTF_CHECK, data_.get(), context.match.get());
    });
    if (result > 0) return true;
    if (result == PCRE2_ERROR_NOMATCH) return false;
    if (result == PCRE2_ERROR_MATCHLIMIT || result == PCRE2_ERROR_HEAPLIMIT ||
        result == PCRE2_ERROR_JIT_STACKLIMIT) {
      throw Error(
          fmt::format("The regular expression {} takes too many steps on a text of {} "
                      "bytes: {}. Avoid nested repetition such as (a+)+, or write [^x]* "
                      "instead of .*",
                      quoted_pattern(text_), text.size(), pcre_message(result)));
    }
    throw Error(
        fmt::format("The regular expression {} can't be matched with a text of {} bytes: {}",
                    quoted_pattern(text_), text.size(), pcre_message(result)));
  }

  /// A group of the last match; nullopt: the group did not take part in it.
  [[nodiscard]] std::optional<std::string_view> group(std::string_view text,
                                                      std::uint32_t number) const {
    DCHECK(number <= groups_);
    const auto [begin, end] = bounds(number);
    if (begin == PCRE2_UNSET) return std::nullopt;
    if (end < begin) throw Error(fmt::format("{}: \\K in a lookahead", quoted_pattern(text_)));
    return text.substr(begin, end - begin);
  }

  /// Where a group of the last match begins and ends.
  [[nodiscard]] std::pair<std::size_t, std::size_t> bounds(std::uint32_t number) const {
    const PCRE2_SIZE* const vector = pcre2_get_ovector_pointer(data_.get());
    return {vector[std::size_t{2} * number], vector[std::size_t{2} * number + 1]};
  }

 private:
  struct Context {
    Context()
        : stack(pcre2_jit_stack_create(kMinJitStack, kMaxJitStack, nullptr)),
          match(pcre2_match_context_create(nullptr)) {
      CHECK(match != nullptr);
      pcre2_set_match_limit(match.get(), kMaxSteps);
      pcre2_set_heap_limit(match.get(), kMaxHeapKib);
      pcre2_jit_stack_assign(match.get(), nullptr, stack.get());
    }
    JitStack stack;
    MatchContext match;
  };

  std::string text_;
  Code code_;
  MatchData data_;
  std::uint32_t groups_ = 0;
};

struct Hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>()(text);
  }
};

Pattern& compiled(std::string_view pattern) {
  thread_local std::unordered_map<std::string, Pattern, Hash, std::equal_to<>> patterns;
  if (const auto found = patterns.find(pattern); found != patterns.end()) return found->second;
  Pattern made(pattern);
  if (patterns.size() == kMaxPatterns) patterns.clear();
  return patterns.emplace(pattern, std::move(made)).first->second;
}

/// A text in UTF-8, a copy of it only if it is not.
class Utf8Text {
 public:
  explicit Utf8Text(std::string_view text) : view_(text) {
    if (text::is_utf8(text)) return;
    copy_ = text::to_utf8(text);
    view_ = copy_;
  }
  [[nodiscard]] std::string_view view() const { return view_; }

 private:
  std::string copy_;
  std::string_view view_;
};

}  // namespace

std::optional<std::string> search_if(std::string_view text, std::string_view pattern, Group group) {
  Pattern& code = compiled(pattern);
  const std::uint32_t number = code.number_of(group);
  const Utf8Text valid(text);
  if (!code.find(valid.view(), 0, 0)) return std::nullopt;
  const auto found = code.group(valid.view(), number);
  return found ? std::optional<std::string>(*found) : std::nullopt;
}

std::string search(std::string_view text, std::string_view pattern, Group group) {
  if (std::optional<std::string> found = search_if(text, pattern, group)) {
    return *std::move(found);
  }
  throw Error(fmt::format("no match of the regular expression {} in the text \"{}\"",
                          quoted_pattern(pattern), text::quote_for_log(text, kMaxTextInError)));
}

std::vector<std::string> findall(std::string_view text, std::string_view pattern) {
  Pattern& code = compiled(pattern);
  if (code.groups() > 1) {
    throw Error(
        fmt::format("findall(): the regular expression {} has {} groups, but it may have "
                    "only one. Write the others as (?:…)",
                    quoted_pattern(pattern), code.groups()));
  }
  const Utf8Text valid(text);
  std::vector<std::string> all;
  std::size_t begin = 0;
  std::uint32_t options = 0;
  while (code.find(valid.view(), begin, options)) {
    all.emplace_back(code.group(valid.view(), code.groups()).value_or(std::string_view()));
    const auto [match_begin, match_end] = code.bounds(0);
    // After an empty match, the next one at the same place must not be empty, as in Python.
    options = match_begin == match_end ? PCRE2_NOTEMPTY_ATSTART : 0;
    if (match_end < begin) break;  // \K: no progress
    begin = match_end;
  }
  return all;
}

}  // namespace cppworker
