#include "http/url/idna.hpp"

#include <clocale>
#include <cwctype>
#include <memory>

#include <idn2.h>
#include <locale.h>

#include "base/check.hpp"
#include "text/utf8.hpp"

namespace cppworker::http {

namespace {

/// Unicode's rules for upper and lower case. Null if the C library has no such locale: then only
/// labels in lower case are valid.
locale_t unicode_locale() {
  static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return locale;
}

std::u32string decoded(std::string_view utf8) {
  std::u32string characters;
  while (!utf8.empty()) {
    const text::Utf8Step step = text::decode_utf8(utf8);
    characters += step.code_point;
    utf8.remove_prefix(step.length);
  }
  return characters;
}

/// Python's str.lower()
std::string python_lower(std::string_view utf8) {
  constexpr char32_t kDottedI = 0x130;
  constexpr char32_t kDotAbove = 0x307;
  constexpr char32_t kSigma = 0x3a3;
  constexpr char32_t kFinalSigma = 0x3c2;
  const std::u32string characters = decoded(utf8);
  const locale_t locale = unicode_locale();
  const auto is_cased = [&](std::size_t at) {
    const auto character =
        at < characters.size() ? static_cast<wint_t>(characters[at]) : wint_t{L' '};
    return iswlower_l(character, locale) != 0 || iswupper_l(character, locale) != 0;
  };
  std::string lower;
  for (std::size_t i = 0; i < characters.size(); ++i) {
    const char32_t character = characters[i];
    if (locale == nullptr) {
      text::append_utf8(lower, character);
    } else if (character == kDottedI) {
      text::append_utf8(lower, U'i');
      text::append_utf8(lower, kDotAbove);
    } else if (character == kSigma && i > 0 && is_cased(i - 1) && !is_cased(i + 1)) {
      text::append_utf8(lower, kFinalSigma);
    } else {
      text::append_utf8(lower,
                        static_cast<char32_t>(towlower_l(static_cast<wint_t>(character), locale)));
    }
  }
  return lower;
}

struct FreeLabel {
  void operator()(unsigned char* label) const { idn2_free(label); }
};

}  // namespace

std::optional<std::string> idna_label(std::string_view label) {
  if (!text::is_utf8(label)) {
    return std::nullopt;
  }
  const std::string lower = python_lower(label);
  unsigned char* made = nullptr;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes for libidn2
  const auto* const bytes = reinterpret_cast<const unsigned char*>(lower.c_str());
  // The rules for registering a name are the complete ones.
  const int code = idn2_register_u8(bytes, nullptr, &made, 0);
  const std::unique_ptr<unsigned char, FreeLabel> owner(made);
  if (code != IDN2_OK) {
    return std::nullopt;
  }
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes of libidn2
  return std::string(reinterpret_cast<const char*>(made));
}

}  // namespace cppworker::http
