#include "loader/abi.hpp"

#include <array>
#include <cstring>

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

std::string compiler_family(std::string_view compiler) {
  const auto space = compiler.find(' ');
  const auto dot = compiler.find('.', space == std::string_view::npos ? 0 : space);
  return std::string(compiler.substr(0, dot));
}

void check_abi(const detail::AbiRecord& record, std::string_view file) {
  constexpr std::string_view kMagic = "cppworker-abi";
  if (std::string_view(record.magic, strnlen(record.magic, sizeof(record.magic))) != kMagic ||
      record.size < sizeof(detail::AbiRecord)) {
    throw Error(fmt::format("'{}' has a damaged ABI record. {}", file, kRebuild));
  }
  if (std::string_view(record.version) != CPPWORKER_VERSION) refuse_version(file, record.version);
  if (compiler_family(record.compiler) != compiler_family(CPPWORKER_COMPILER)) {
    throw Error(fmt::format(
        "'{}' was built with {}, but this cpp-worker with {}. Build both with the same major "
        "version of the same compiler (for -f x.cpp, set the compiler with CPPWORKER_CXX).",
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
