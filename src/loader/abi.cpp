#include "loader/abi.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include <cppworker/exception.hpp>
#include <cppworker/version.hpp>

#include "loader/race_check.hpp"

namespace cppworker::loader {
namespace {

constexpr std::string_view kRebuild =
    "Rebuild it with the headers and library of this cpp-worker, or pass its source: -f x.cpp";

[[noreturn]] void refuse_version(std::string_view file, std::string_view theirs) {
  throw Error(fmt::format("'{}' was built against cpp-worker {}, but this is cpp-worker {}. {}",
                          file, theirs, CPPWORKER_VERSION, kRebuild));
}

/// Clang's version ends with a blank.
std::string_view without_last_blanks(std::string_view text) {
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

/// "gcc" and 12 for "gcc 12.2.0".
std::pair<std::string_view, int> name_and_major(std::string_view compiler) {
  const auto space = std::min(compiler.find(' '), compiler.size());
  const auto version = compiler.substr(std::min(space + 1, compiler.size()));
  int major = 0;
  std::from_chars(version.data(), version.data() + version.size(), major);
  return {compiler.substr(0, space), major};
}

std::string sanitizer_text(std::string_view sanitizer) {
  if (sanitizer.empty()) return "without a sanitizer";
  if (sanitizer == "asan") return "with AddressSanitizer (-fsanitize=address)";
  if (sanitizer == "tsan") return "with ThreadSanitizer (-fsanitize=thread)";
  return fmt::format("with the sanitizer '{}'", sanitizer);
}

void check_sanitizer(std::string_view theirs, std::string_view file) {
  if (theirs == CPPWORKER_SANITIZER) return;
  const bool ours_is_none = std::string_view(CPPWORKER_SANITIZER).empty();
  if (ours_is_none && theirs == "tsan" && watches_races()) return;
  throw Error(fmt::format(
      "'{}' was built {}, but this cpp-worker {}. Use the same -fsanitize options for both.", file,
      sanitizer_text(theirs), sanitizer_text(CPPWORKER_SANITIZER)));
}

}  // namespace

bool fits_compiler(std::string_view theirs, std::string_view ours) {
  const auto [their_name, their_major] = name_and_major(theirs);
  const auto [our_name, our_major] = name_and_major(ours);
  return their_name == our_name && their_major >= our_major;
}

void check_abi(const detail::AbiRecord& record, std::string_view file) {
  constexpr std::string_view kMagic = "cppworker-abi";
  if (std::string_view(record.magic, strnlen(record.magic, sizeof(record.magic))) != kMagic ||
      record.size < sizeof(detail::AbiRecord)) {
    throw Error(fmt::format("'{}' has a damaged ABI record. {}", file, kRebuild));
  }
  if (std::string_view(record.version) != CPPWORKER_VERSION) refuse_version(file, record.version);
  if (!fits_compiler(record.compiler, CPPWORKER_COMPILER)) {
    throw Error(fmt::format(
        "'{}' was built with {}, but this cpp-worker with {}. Build it with the same compiler, in "
        "the same or a later major version (for -f x.cpp, set the compiler with CPPWORKER_CXX).",
        file, without_last_blanks(record.compiler), without_last_blanks(CPPWORKER_COMPILER)));
  }
  check_sanitizer(record.sanitizer, file);
}

void check_needed(const std::vector<std::string>& needed, std::string_view file) {
  constexpr std::string_view kLibrary = "libcppworker.so.";
  std::string_view sanitizer = CPPWORKER_SANITIZER;
  bool needs_sanitizer = false;
  for (const std::string_view name : needed) {
    if (name.starts_with(kLibrary) && name.substr(kLibrary.size()) != CPPWORKER_VERSION) {
      refuse_version(file, name.substr(kLibrary.size()));
    }
    for (const auto& [library, its_name] : std::array<std::array<std::string_view, 2>, 2>{
             {{"libasan.so", "asan"}, {"libtsan.so", "tsan"}}}) {
      if (!name.starts_with(library)) continue;
      sanitizer = its_name;
      needs_sanitizer = true;
    }
  }
  if (needs_sanitizer) check_sanitizer(sanitizer, file);
}

}  // namespace cppworker::loader
